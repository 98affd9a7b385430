package bot_test

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"testing"

	"github.com/diaspote/vigie/bot"
)

func TestWaitingLinesAreSmall(t *testing.T) {
	var free chan struct{}
	play(t, bot.Table{read("wait", func(context.Context, *bot.Call) error { <-free; return nil })}, func(s *stage) {
		free = make(chan struct{})
		s.say(dada, "wait")
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		for range 200 {
			s.say(dada, "wait "+strings.Repeat("x", 1<<20))
		}
		s.texts()
		runtime.GC()
		runtime.ReadMemStats(&after)
		if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 20<<20 {
			t.Errorf("200 lines of 1 MiB that wait take %d MiB", grown>>20)
		}
		close(free)
		want(t, s.last(), "that line is too long")
	})
}

// However a line ends, whoever sent it is told once.
func TestDoneIsCalledOnce(t *testing.T) {
	crash := change("crash", echo)
	crash.Target = func(context.Context, []string) (string, error) { panic("oops") }
	empty := change("empty", echo)
	empty.Target = func(context.Context, []string) (string, error) { return "", nil }
	stop := change("stop", echo)
	stop.Asks = true
	table := bot.Table{
		read("echo", echo), change("restart", echo), stop, crash, empty,
		read("fail", func(context.Context, *bot.Call) error { return errors.New("no") }),
		read("panic", func(context.Context, *bot.Call) error { panic("oops") }),
	}
	for line, ok := range map[string]bool{
		"echo x": true, "restart pod": true, "fail": false, "panic": false, "crash pod": false, "empty x": false,
		"nosuch": false, "restart": false, "restart mail": false, "a\x00": false, "yes": false, "stop pod": false,
		"stop nosuch": false,
	} {
		for _, broken := range []bool{false, true} {
			play(t, table, func(s *stage) {
				s.room.mu.Lock()
				s.room.panics = broken
				s.room.mu.Unlock()
				var calls []error
				s.room.in <- bot.Message{Chat: "room", Room: "ops", From: dada, Text: line, Done: func(err error) { calls = append(calls, err) }}
				s.texts()
				if len(calls) != 1 || (calls[0] == nil) != ok {
					t.Errorf("%q, with a chat that panics: %v: done %v", line, broken, calls)
				}
			})
		}
	}
}
