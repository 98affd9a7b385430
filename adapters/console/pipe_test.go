package console

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/diaspote/vigie/bot"
)

// pipeThrough gives input to a console and answers each line by answer. It returns what was printed.
func pipeThrough(t *testing.T, input string, answer func(c *Chat, m bot.Message)) string {
	t.Helper()
	dir := t.TempDir()
	inName, outName := filepath.Join(dir, "in"), filepath.Join(dir, "out")
	if err := os.WriteFile(inName, []byte(input), 0o600); err != nil {
		t.Fatal(err)
	}
	in, err := os.Open(inName)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := os.Create(outName)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	c := New(in, out, Options{Account: "unix:alice", Prompt: prompt, HistoryFile: filepath.Join(dir, "history")})
	heard := make(chan bot.Message)
	ended := make(chan error, 1)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	go func() {
		ended <- c.Listen(ctx, heard)
		close(heard)
	}()
	for m := range heard {
		answer(c, m)
	}
	if err := <-ended; err != nil {
		t.Fatalf("Listen: %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "history")); err == nil {
		t.Error("piped lines went into the history")
	}
	text, err := os.ReadFile(outName)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestPipedLinesRunInOrder: each answer comes late, from another goroutine, and still before the next line is heard.
func TestPipedLinesRunInOrder(t *testing.T) {
	out := pipeThrough(t, "one\n\n  \ntwo\r\nthree", func(c *Chat, m bot.Message) {
		go func() {
			time.Sleep(time.Millisecond)
			_, _ = c.Post(t.Context(), bot.Post{Room: Room, Text: "● heard " + m.Text + "\x1b[31m!"})
			m.Done(nil)
		}()
	})
	if want := "● heard one[31m!\n● heard two[31m!\n● heard three[31m!\n"; out != want {
		t.Errorf("printed\n%q\nwanted\n%q", out, want)
	}
}

func TestPipedEdits(t *testing.T) {
	out := pipeThrough(t, "restart\nlater\n", func(c *Chat, m bot.Message) {
		r, _ := c.Post(t.Context(), bot.Post{Room: Room, Text: "restarting diaspora …"})
		for _, text := range []string{"restarting diaspora …\nstopped", "restarting diaspora …\nstopped\nstarted", "restarting diaspora …\nstopped\nstarted\nup"} {
			if err := c.Edit(t.Context(), r, bot.Post{Room: Room, Text: text}); err != nil {
				t.Error(err)
			}
		}
		_ = c.Edit(t.Context(), r, bot.Post{Room: Room, Text: "restarted " + m.Text})
		m.Done(nil)
		if m.Text == "later" { // progress after the end, printed as it comes
			_ = c.Edit(t.Context(), r, bot.Post{Room: Room, Text: "restarted later\nand well"})
			_ = c.Edit(t.Context(), r, bot.Post{Room: Room, Text: "restarted later\nand well"})
		}
	})
	want := "restarting diaspora …\nrestarted restart\nrestarting diaspora …\nrestarted later\nand well\n"
	if out != want {
		t.Errorf("printed\n%q\nwanted\n%q", out, want)
	}
}

func TestPipedRubbish(t *testing.T) {
	var heard []string
	long := strings.Repeat("x", maxLine+1)
	out := pipeThrough(t, long[1:]+"\n"+long+"\nnul \x00 and \xff\n"+long, func(_ *Chat, m bot.Message) {
		heard = append(heard, m.Text)
		m.Done(nil)
	})
	if len(heard) != 2 || heard[0] != long[1:] || heard[1] != "nul \x00 and \xff" {
		t.Errorf("heard %d lines, the last %q", len(heard), heard[len(heard)-1])
	}
	if want := "line 2 not run: longer than 64 KiB\nline 4 not run: longer than 64 KiB\n"; out != want {
		t.Errorf("printed %q", out)
	}
}

// TestPipedInputStops: ctx ends while nothing comes in, and while a line is dealt with.
func TestPipedInputStops(t *testing.T) {
	for name, line := range map[string]string{"waiting": "", "busy": "restart\n"} {
		t.Run(name, func(t *testing.T) {
			in, say, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			defer in.Close()
			defer say.Close()
			ctx, cancel := context.WithCancel(t.Context())
			heard, ended := make(chan bot.Message), make(chan error)
			go func() { ended <- New(in, in, Options{}).Listen(ctx, heard) }()
			if line != "" {
				_, _ = say.WriteString(line)
				<-heard
			}
			cancel()
			select {
			case err := <-ended:
				if !errors.Is(err, context.Canceled) {
					t.Errorf("Listen: %v", err)
				}
			case <-time.After(patience):
				t.Fatal("Listen does not return")
			}
		})
	}
}

// FuzzReadLine: lines come out whole or not at all, and nothing comes out that was not a line.
func FuzzReadLine(f *testing.F) {
	f.Add("one\ntwo\r\n\nthree")
	f.Add(strings.Repeat("x", maxLine) + "\n" + strings.Repeat("y", maxLine+1) + "\nz")
	f.Fuzz(func(t *testing.T, text string) {
		r := bufio.NewReader(strings.NewReader(text))
		for line := range strings.SplitAfterSeq(text, "\n") {
			if line == "" {
				break // a newline ended the text
			}
			want := strings.TrimSuffix(line, "\n")
			if want != line {
				want = strings.TrimSuffix(want, "\r")
			}
			got, err := readLine(r)
			switch {
			case errors.Is(err, errTooLong) && len(line) > maxLine:
			case err != nil || got != want:
				t.Fatalf("read %q, %v; wanted %q", got, err, want)
			}
		}
		if line, err := readLine(r); !errors.Is(err, io.EOF) {
			t.Fatalf("after the end: %q, %v", line, err)
		}
	})
}
