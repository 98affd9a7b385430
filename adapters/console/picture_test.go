package console

import (
	"bytes"
	"encoding/base64"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/diaspote/vigie/bot"
)

// picture has the size of a graph. It is drawn as one line of its width.
func picture() *bot.Picture {
	return &bot.Picture{
		Name: "memory.png", Type: "image/png", Data: append([]byte("\x89PNG\r\n\x1a\n"), bytes.Repeat([]byte("memory"), 4096)...), Width: 1000, Height: 420,
		Draw: func(columns int) string { return strings.Repeat("⣀", columns) },
	}
}

func TestImagerOf(t *testing.T) {
	for env, want := range map[string]string{
		"TERM=xterm-kitty KITTY_WINDOW_ID=1":                      "kitty",
		"TERM=xterm-kitty":                                        "kitty", // over ssh
		"TERM=xterm-kitty VTE_VERSION=7006":                       "kitty", // started from a terminal that is none
		"TERM=xterm-ghostty TERM_PROGRAM=ghostty":                 "kitty",
		"TERM=xterm-256color TERM_PROGRAM=iTerm.app":              "iterm",
		"TERM=xterm-256color LC_TERMINAL=iTerm2":                  "iterm", // over ssh
		"TERM=xterm-256color TERM_PROGRAM=WezTerm":                "iterm",
		"TERM=xterm-256color TERM_PROGRAM=Apple_Terminal":         "",
		"TERM=xterm-256color KITTY_WINDOW_ID=1 XTERM_VERSION=379": "", // xterm, started from kitty
		"TERM=xterm-256color TERM_PROGRAM=WezTerm VTE_VERSION=1":  "",
		"TERM=xterm-kitty TMUX=/tmp/tmux-0/default,1,0":           "",
		"TERM=tmux-256color TERM_PROGRAM=iTerm.app":               "",
		"TERM=screen STY=1.pts LC_TERMINAL=iTerm2":                "",
		"TERM=xterm": "", "": "",
	} {
		got := ""
		if image := imagerOf(func(name string) string {
			for pair := range strings.FieldsSeq(env) {
				if value, ok := strings.CutPrefix(pair, name+"="); ok {
					return value
				}
			}
			return ""
		}); image != nil {
			got = map[bool]string{true: "kitty", false: "iterm"}[strings.HasPrefix(image([]byte("x"), 1), "\x1b_G")]
		}
		if got != want {
			t.Errorf("%s: %q, wanted %q", env, got, want)
		}
	}
}

// shownBy is the picture that a terminal would make of what was printed, and the text around it.
func shownBy(t *testing.T, kind, out string) (png []byte, around string) {
	t.Helper()
	codes := map[string]*regexp.Regexp{
		"kitty": regexp.MustCompile(`\x1b_G(?:a=T,f=100,q=2,c=80,)?m=[01];([A-Za-z0-9+/=]*)\x1b\\`),
		"iterm": regexp.MustCompile(`\x1b\]1337;File=inline=1;size=24584;width=80;preserveAspectRatio=1:([A-Za-z0-9+/=]*)\a`),
	}[kind]
	var all string
	for _, chunk := range codes.FindAllStringSubmatch(out, -1) {
		all += chunk[1]
		if kind == "kitty" && len(chunk[1]) > 4096 {
			t.Errorf("a chunk of %d bytes", len(chunk[1]))
		}
	}
	png, err := base64.StdEncoding.DecodeString(all)
	if err != nil {
		t.Fatal(err)
	}
	return png, codes.ReplaceAllString(out, "PICTURE")
}

func TestImageOnATerminal(t *testing.T) {
	for kind, env := range map[string][2]string{"kitty": {"TERM", "xterm-kitty"}, "iterm": {"TERM_PROGRAM", "WezTerm"}} {
		t.Run(kind, func(t *testing.T) {
			for _, name := range []string{"TMUX", "STY", "VTE_VERSION", "XTERM_VERSION", "KONSOLE_VERSION", "LC_TERMINAL", "TERM_PROGRAM"} {
				t.Setenv(name, "")
			}
			t.Setenv("TERM", "xterm-256color")
			t.Setenv(env[0], env[1])
			s := openOn(t, newPTY(t, 80, 24), Options{})
			s.press(t, "graph memory\r")
			m := s.next(t)
			r, err := s.Post(t.Context(), bot.Post{Room: Room, Text: "memory 61 % now", Picture: picture()})
			if err != nil {
				t.Fatal(err)
			}
			m.Done(nil)
			out := s.until(t, prompt)
			png, around := shownBy(t, kind, out)
			if !bytes.Equal(png, picture().Data) {
				t.Errorf("the terminal gets %d bytes", len(png))
			}
			around = strings.ReplaceAll(regexp.MustCompile(`(PICTURE)+`).ReplaceAllString(around, "PICTURE"), "\r", "")
			if !strings.HasSuffix(around, "memory 61 % now\nPICTURE\n"+prompt) {
				t.Errorf("around it stands %q", around)
			}
			// The picture stays: what comes of the post is printed below.
			if err := s.Edit(t.Context(), r, bot.Post{Room: Room, Text: "memory 62 % now", Picture: picture()}); err != nil {
				t.Fatal(err)
			}
			if out := s.until(t, prompt); !strings.Contains(out, "memory 62 % now") || strings.Contains(out, "A\r\x1b[J") || strings.Contains(out, "1337") || strings.Contains(out, "_G") {
				t.Errorf("the edit is printed as %q", out)
			}
		})
	}
}

func TestPictureIsDrawn(t *testing.T) {
	s := open(t, Options{})
	s.resize(t, 60, 24)
	if _, err := s.Post(t.Context(), bot.Post{Room: Room, Text: "memory 61 % now", Picture: picture()}); err != nil {
		t.Fatal(err)
	}
	if out := s.until(t, prompt); !strings.Contains(strings.ReplaceAll(out, "\r", ""), "memory 61 % now\n"+strings.Repeat("⣀", 60)+"\n") {
		t.Errorf("printed %q", out)
	}
	out := pipeThrough(t, "graph memory\n", func(c *Chat, m bot.Message) {
		_, _ = c.Post(t.Context(), bot.Post{Room: Room, Text: "memory 61 % now", Picture: picture()})
		m.Done(nil)
	})
	if out != "memory 61 % now\n"+strings.Repeat("⣀", 80)+"\n" {
		t.Errorf("a pipe gets %q", out)
	}
}

func TestRedirect(t *testing.T) {
	for _, test := range []struct{ line, command, file string }{
		{"graph memory > m.png", "graph memory", "m.png"},
		{"graph memory >m.PNG  ", "graph memory", "m.PNG"},
		{`graph "Pod slow" 24h > "~/my graphs/m.png"`, `graph "Pod slow" 24h`, "~/my graphs/m.png"},
		{"graph memory > /tmp/m.png", "graph memory", "/tmp/m.png"},
		{"graph memory as csv > m.csv", "graph memory as csv", "m.csv"},
		{"graph memory > m.txt", "", ""},
		{"graph memory>m.png", "", ""},
		{"graph memory > a b.png", "", ""},
		{"> m.png", "", ""},
		{`say ops "look > m.png"`, "", ""},
		{`say ops "look > m.png`, "", ""},
		{"graph memory > .png", "graph memory", ".png"},
		{"graph memory > \x1b[31m.png", "", ""},
		{"graph memory > > m.png", "graph memory >", "m.png"}, // for the command to refuse
	} {
		command, file, ok := redirect(test.line)
		if !ok && command == test.line {
			command = ""
		}
		if command != test.command || file != test.file || ok != (test.file != "") {
			t.Errorf("%q: %q into %q", test.line, command, file)
		}
	}
}

func TestPictureIntoAFile(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("HOME", dir)
	if err := os.WriteFile(filepath.Join(dir, "old.png"), make([]byte, 100_000), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mkfifo(filepath.Join(dir, "fifo.png"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "folder.png"), 0o700); err != nil {
		t.Fatal(err)
	}
	lines := "graph memory > ~/new.png\ngraph memory > ~/old.png\ngraph memory > ~/none/x.png\ngraph memory > ~/fifo.png\n" +
		"graph memory > ~/folder.png\nstatus > ~/status.png\ngraph memory\n"
	var heard []string
	out := pipeThrough(t, lines, func(c *Chat, m bot.Message) {
		heard = append(heard, m.Text)
		p := bot.Post{Room: m.Room, Thread: m.Thread, Text: "memory 61 % now", Picture: picture()}
		if m.Text == "status" {
			p.Picture = nil
		}
		_, _ = c.Post(t.Context(), p)
		_, _ = c.Post(t.Context(), bot.Post{Room: Room, Text: "▲ disk / 91 % full"})
		m.Done(nil)
	})
	const size = ": 24.0 KiB, 1000×420"
	want := ""
	for _, told := range []string{
		"~/new.png" + size, "~/old.png" + size, "✗ write " + dir + "/none/x.png: no such file or directory",
		"✗ write " + dir + "/fifo.png: no such device or address", "✗ write " + dir + "/folder.png: is a directory", "", strings.Repeat("⣀", 80),
	} {
		want += "memory 61 % now\n"
		if told != "" {
			want += told + "\n"
		}
		want += "▲ disk / 91 % full\n"
		if told == "" {
			want += "~/status.png was not written: no picture came\n"
		}
	}
	if out != want {
		t.Errorf("printed\n%s\nwanted\n%s", out, want)
	}
	if heard[0] != "graph memory" || heard[5] != "status" {
		t.Errorf("heard %q", heard)
	}
	for _, name := range []string{"new.png", "old.png"} {
		if data, err := os.ReadFile(filepath.Join(dir, name)); err != nil || !bytes.Equal(data, picture().Data) {
			t.Errorf("%s has %d bytes: %v", name, len(data), err)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "status.png")); err == nil {
		t.Error("a file without a picture was written")
	}
}
