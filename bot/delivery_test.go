package bot_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/diaspote/vigie/bot"
	"github.com/diaspote/vigie/ops"
)

func failed(n int) ops.Event {
	return ops.Event{Kind: "job", Key: fmt.Sprint("job/", n), Severity: ops.Warning, At: time.Now(), Title: fmt.Sprintf("job %d failed", n)}
}

// What the service does not take for what is in it does not keep up the rest.
func TestOnePoisonedPostLetsTheOthersPass(t *testing.T) {
	play(t, nil, func(s *stage) {
		s.room.mu.Lock()
		s.room.poison = "job 0"
		s.room.mu.Unlock()
		raise(t, s, failed(0), failed(1))
		time.Sleep(2 * time.Minute)
		if got := s.texts(); len(got) != 1 || !strings.HasPrefix(got[0], "▲ job 1 failed") {
			t.Fatalf("posted %q", got)
		}
		s.room.mu.Lock()
		s.room.poison = ""
		s.room.mu.Unlock()
		time.Sleep(3 * time.Minute)
		want(t, s.last(), "▲ job 0 failed")
	})
}

func TestWhatWaitedForTheMorningIsOneDigest(t *testing.T) {
	play(t, nil, func(s *stage) {
		s.settings.Quiet = bot.Quiet{From: 23 * time.Hour, To: 7 * time.Hour, Passes: ops.Critical}
		s.use(t)
		for i := range 6 {
			raise(t, s, failed(i))
			time.Sleep(time.Hour)
		}
		time.Sleep(61 * time.Minute)
		got := s.texts()
		if len(got) != 1 || !strings.HasPrefix(got[0], "▲ 6 alerts in the quiet hours, 00:00:00 to 05:00:00: 6 warning\n▲ job 0 failed · 00:00:00") {
			t.Errorf("posted %q", got)
		}
	})
}

// Nothing is lost with a room that is taken out of the config, and nothing is owed for ever to a hook.
func TestWhatIsOwedToARoomThatIsGoneGoesToTheOthers(t *testing.T) {
	play(t, nil, func(s *stage) {
		begin(t, s)
		old := []bot.Route{{To: []bot.Home{{Chat: "hook:pager", Room: "pager"}}}}
		s.settings.Routes = []bot.Route{{To: []bot.Home{{Chat: "attic", Room: "old"}}}}
		s.settings.Hooks = old
		s.use(t)
		raise(t, s, failed(1))
		time.Sleep(5 * time.Minute)
		if got := s.texts(); len(got) != 0 {
			t.Fatalf("posted %q", got)
		}
		s.settings.Routes, s.settings.Hooks = nil, nil
		s.use(t)
		time.Sleep(2 * time.Minute)
		if got := s.texts(); len(got) != 1 || got[0] != "▲ job 1 failed · 00:00:00" {
			t.Errorf("posted %q", got)
		}
		if owed, err := s.db.Creditors(context.Background()); err != nil || len(owed) != 0 {
			t.Errorf("still owed: %+v, %v", owed, err)
		}
	})
}

// A room that takes nothing any more is told in the others, and so is that it does again.
func TestARoomThatTakesNothingIsToldElsewhere(t *testing.T) {
	play(t, nil, func(s *stage) {
		d, end := s.withDesk(t)
		defer end()
		s.room.setOffline(false)
		s.settings.Routes = []bot.Route{{To: []bot.Home{{Chat: "room", Room: "ops"}, {Chat: "desk", Room: "desk"}}}}
		s.settings.Host, s.settings.Rooms = "diaspote", s.settings.Routes[0].To
		if err := s.Use(s.settings); err != nil {
			t.Fatal(err)
		}
		begin(t, s)
		s.room.mu.Lock()
		s.room.refuse = errors.New("the room was closed")
		s.room.mu.Unlock()
		raise(t, s, failed(1))
		time.Sleep(9 * time.Minute)
		raise(t, s, failed(2))
		time.Sleep(3 * time.Minute)
		want(t, d.last(), "▲ alerts do not reach ops · 00:00:00\nthe room was closed\nThey wait until they do.")
		s.room.mu.Lock()
		s.room.refuse = nil
		s.room.mu.Unlock()
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		want(t, d.last(), "✓ alerts reach ops again")
		want(t, strings.Join(s.texts(), "\n"), "job 1 failed")
	})
}

// A report reaches the rooms whatever the routes say of severities, and whole, whatever comes with it.
func TestAReportIsReadWhole(t *testing.T) {
	play(t, nil, func(s *stage) {
		s.settings.Routes = []bot.Route{{Severity: ops.Warning, To: []bot.Home{{Chat: "room", Room: "ops"}}}}
		s.use(t)
		s.room.setOffline(true)
		for i := range 6 {
			raise(t, s, failed(i))
		}
		raise(t, s, ops.Event{Kind: bot.ReportKind, Key: "job/weekly", At: time.Now(), Title: "weekly", Text: "pod up 99 %\nno OOM kill"},
			ops.Event{Kind: "job", Key: "job/nightly", At: time.Now(), Title: "nightly ran"})
		time.Sleep(10 * time.Minute)
		s.room.setOffline(false)
		time.Sleep(time.Minute)
		got := strings.Join(s.texts(), "\n\n")
		if !strings.Contains(got, "● weekly · 00:00:00\npod up 99 %\nno OOM kill\n") || !strings.Contains(got, "▲ 6 alerts while") || strings.Contains(got, "nightly") {
			t.Errorf("posted %s", got)
		}
	})
}

func TestARuleIsNotFollowedForWhatIsLongPast(t *testing.T) {
	play(t, nil, func(s *stage) {
		s.settings.Rules = []bot.Rule{{On: "oom/*", Do: "restart pod", Count: 5, Per: time.Hour}}
		s.use(t)
		raise(t, s, ops.Event{Kind: "oom", Key: "oom/pod", Severity: ops.Critical, At: time.Now().Add(-time.Hour), Title: "OOM kill of the last boot"})
		time.Sleep(time.Minute)
		if got := s.texts(); len(got) != 1 {
			t.Errorf("posted %q", got)
		}
	})
}
