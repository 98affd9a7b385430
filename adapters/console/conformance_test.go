package console

import (
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/diaspote/vigie/bot"
	"github.com/diaspote/vigie/fixtures/conformance"
)

const prompt = "vigie$ "

func TestConformanceInAPipe(t *testing.T) {
	conformance.Run(t, func(t *testing.T) conformance.Subject {
		in, say, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		// What is printed goes into a socket that keeps apart what was written apart, unlike a pipe.
		ends, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			t.Fatal(err)
		}
		out, read := os.NewFile(uintptr(ends[0]), "out"), os.NewFile(uintptr(ends[1]), "read")
		t.Cleanup(func() {
			for _, f := range []*os.File{in, say, out, read} {
				f.Close()
			}
		})
		seen := make(chan string, 1000)
		go func() {
			defer close(seen)
			buf := make([]byte, 1<<20)
			for {
				n, err := read.Read(buf)
				if n == 0 || err != nil {
					return
				}
				seen <- string(buf[:n])
			}
		}()
		return conformance.Subject{
			Chat: New(in, out, Options{Account: "unix:alice", Prompt: prompt}),
			Say: func(t testing.TB, text string) {
				if _, err := say.WriteString(text + "\n"); err != nil {
					t.Fatal(err)
				}
			},
			Read: func(t testing.TB) conformance.Seen {
				select {
				case text := <-seen:
					return conformance.Seen{Text: strings.TrimSuffix(text, "\n"), Raw: text}
				case <-time.After(patience):
					t.Fatal("nothing was printed")
					return conformance.Seen{}
				}
			},
			AsSaid:           asSaid,
			Tame:             tame,
			Person:           "unix:alice",
			Room:             Room,
			NoRoom:           "ops@conference.diaspote.org",
			PostsUnconnected: true,
			EditsAreNew:      true,
		}
	})
}

func TestConformanceOnATerminal(t *testing.T) {
	t.Setenv("TERM", "xterm")
	t.Setenv("NO_COLOR", "1")
	conformance.Run(t, func(t *testing.T) conformance.Subject {
		p := newPTY(t, 200, 50)
		return conformance.Subject{
			Chat:  New(p.tty, p.tty, Options{Account: "unix:alice", Prompt: prompt}),
			Ready: func(t testing.TB) { p.until(t, prompt) },
			// Ctrl-C brings the prompt back while the line is dealt with: each post is then followed by the prompt.
			Say: func(t testing.TB, text string) {
				keys := text + "\r\x03"
				if len(text) >= maxTyped { // refused, and so not under way
					keys = text + "\r"
				}
				p.press(t, keys)
				p.until(t, prompt)
			},
			Read: func(t testing.TB) conformance.Seen {
				for {
					raw := p.until(t, prompt)
					text := strings.TrimSuffix(raw, prompt)
					edit := up.MatchString(text)
					text = newline.ReplaceAllString(moves.ReplaceAllString(text, ""), "\n")
					if text != "" {
						return conformance.Seen{Text: strings.TrimSuffix(text, "\n"), Raw: text, Edit: edit}
					}
				}
			},
			AsSaid:           asSaid,
			Tame:             tame,
			Person:           "unix:alice",
			Room:             Room,
			NoRoom:           "ops@conference.diaspote.org",
			PostsUnconnected: true,
		}
	})
}

var (
	up      = regexp.MustCompile(`\x1b\[\d+A\r\x1b\[J`) // how an edit begins
	newline = regexp.MustCompile(`\r+\n`)
	moves   = regexp.MustCompile(`\x1b\[\d*[A-DJK]\r?`) // what the line editor sends to take its prompt away
)

// asSaid is the plain text without what a terminal would obey.
func asSaid(p bot.Post) string {
	text := bot.Clean(p.Text)
	if p.Text != "" && p.Block != "" {
		text += "\n"
	}
	return text + bot.Clean(p.Block)
}

func tame(t testing.TB, seen conformance.Seen) {
	for _, r := range newline.ReplaceAllString(seen.Raw, "\n") {
		if r != '\n' && (r < 0x20 || 0x7f <= r && r < 0xa0) {
			t.Errorf("the terminal got a control character: %q", seen.Raw)
			return
		}
	}
}
