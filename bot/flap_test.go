package bot_test

import (
	"strings"
	"testing"
	"time"

	"github.com/diaspote/vigie/bot"
	"github.com/diaspote/vigie/ops"
)

// A condition that goes up and down each minute is neither posted nor edited each time, and its end is told all the same.
func TestWhatFlapsIsHeldDown(t *testing.T) {
	play(t, nil, func(s *stage) {
		begin(t, s)
		for range 55 {
			raise(t, s, down(time.Now()))
			time.Sleep(30 * time.Second)
			raise(t, s, up(time.Now()))
			time.Sleep(30 * time.Second)
		}
		if got := s.texts(); len(got) != 1 || s.edits > 14 { // six before it flaps, then one in ten minutes; one more where two fall on the same instant
			t.Errorf("%d edits of %q", s.edits, got)
		}
		time.Sleep(2 * time.Minute)
		got := s.texts()
		if len(got) != 1 || got[0] != "✓ pod answers again · 00:54:30\n×55 since 00:00:00 · so often that I update this every 10 min at most · this time it lasted 30 s" {
			t.Errorf("posted %q", got)
		}
	})
}

// What stays down at the end of it is told so, too, and what gets worse meanwhile at once.
func TestWhatFlapsAndStays(t *testing.T) {
	play(t, nil, func(s *stage) {
		disk := ops.Event{Kind: "disk", Key: "disk/", Severity: ops.Warning, Lasting: true, Title: "disk / 91 % full"}
		for range 10 {
			disk.At, disk.Resolved = time.Now(), false
			raise(t, s, disk)
			time.Sleep(10 * time.Second)
			disk.At, disk.Resolved = time.Now(), true
			raise(t, s, disk)
			time.Sleep(10 * time.Second)
		}
		disk.At, disk.Resolved = time.Now(), false
		raise(t, s, disk)
		time.Sleep(3 * time.Minute)
		want(t, s.last(), "▲ disk / 91 % full · 00:03:20\n×11 since 00:00:00")
		disk.At, disk.Severity, disk.Title = time.Now(), ops.Critical, "disk / 97 % full"
		raise(t, s, disk)
		if got := s.texts(); len(got) != 2 || !strings.HasPrefix(got[1], "✗ disk / 97 % full") {
			t.Errorf("posted %q", got)
		}
	})
}

// Who read that the pod answers again would not see that post edited half an hour later.
func TestACriticalConditionThatComesBackIsPostedAnew(t *testing.T) {
	play(t, nil, func(s *stage) {
		raise(t, s, down(time.Now()))
		time.Sleep(5 * time.Minute)
		raise(t, s, up(time.Now()))
		time.Sleep(30 * time.Minute)
		raise(t, s, down(time.Now()))
		time.Sleep(2 * time.Minute)
		raise(t, s, up(time.Now()))
		time.Sleep(time.Minute)
		got := s.texts()
		if len(got) != 2 || got[0] != "✓ pod answers again · 00:05:00\nit lasted 5 min" || got[1] != "✓ pod answers again · 00:37:00\n×2 since 00:00:00 · this time it lasted 2 min" {
			t.Errorf("posted %q", got)
		}
	})
}

// A board without a battery boots in 1970: how long something lasted is not known then.
func TestNothingLastedSince1970(t *testing.T) {
	play(t, nil, func(s *stage) {
		raise(t, s, down(time.Unix(60, 0)))
		s.texts()
		raise(t, s, up(time.Now()))
		time.Sleep(10 * time.Second)
		if got := s.texts(); len(got) != 1 || got[0] != "✓ pod answers again · 00:00:00" {
			t.Errorf("posted %q", got)
		}
	})
}

func TestWhatIsToldAndThenSilencedIsNotSaidAgain(t *testing.T) {
	play(t, bot.Table{silencing()}, func(s *stage) {
		s.settings.Remind = 10 * time.Minute
		s.use(t)
		begin(t, s)
		raise(t, s, down(time.Now()))
		s.texts()
		s.say(dada, "silence pod/*")
		time.Sleep(59 * time.Minute)
		if got := s.texts(); len(got) != 2 {
			t.Fatalf("posted %q", got)
		}
		time.Sleep(3 * time.Minute) // the silence is over
		want(t, s.last(), "still so after 1 h")
	})
}

// What ended while it was silenced stands in the room as if it lasted still.
func TestAnEndWithinASilenceIsToldAfterIt(t *testing.T) {
	play(t, bot.Table{silencing()}, func(s *stage) {
		begin(t, s)
		raise(t, s, down(time.Now()))
		s.texts()
		s.say(dada, "silence pod/*")
		time.Sleep(20 * time.Minute)
		raise(t, s, up(time.Now()))
		raise(t, s, ops.Event{Kind: "pod", Key: "pod/slow", Severity: ops.Warning, Lasting: true, At: time.Now(), Title: "slow"},
			ops.Event{Kind: "pod", Key: "pod/slow", Resolved: true, At: time.Now(), Title: "fast"})
		time.Sleep(30 * time.Minute)
		if got := s.texts(); len(got) != 2 || !strings.HasPrefix(got[0], "✗ pod down") {
			t.Fatalf("posted %q", got)
		}
		time.Sleep(11 * time.Minute)
		got := strings.Join(s.texts(), "\n")
		want(t, got, "✓ pod answers again · 00:20:00\nit lasted 20 min")
		if strings.Contains(got, "fast") {
			t.Errorf("the end of what nobody was told of is told: %q", got)
		}
	})
}

// What went up and down again within a silence is down, whatever stands in the room.
func TestWhatChangedWithinASilenceIsToldAfterIt(t *testing.T) {
	play(t, bot.Table{silencing()}, func(s *stage) {
		begin(t, s)
		raise(t, s, down(time.Now()))
		raise(t, s, up(time.Now()))
		time.Sleep(time.Minute)
		s.say(dada, "silence pod/*")
		time.Sleep(time.Minute)
		raise(t, s, down(time.Now()))
		time.Sleep(time.Hour)
		want(t, strings.Join(s.texts(), "\n"), "✗ pod down · 00:02:00\nconnection refused\n×2 since")
	})
}

func TestWhatIsCriticalAndOverIsSaidOnceMore(t *testing.T) {
	play(t, nil, func(s *stage) {
		s.settings.Remind = 30 * time.Minute
		s.use(t)
		begin(t, s)
		raise(t, s, ops.Event{Kind: "oom", Key: "oom/x", Severity: ops.Critical, At: time.Now(), Title: "OOM kill"})
		time.Sleep(33 * time.Minute)
		if got := s.texts(); len(got) != 2 || got[1] != "✗ OOM kill · 00:00:00\nnobody took it yet: ack 1" {
			t.Fatalf("posted %q", got)
		}
		time.Sleep(12 * time.Hour)
		if got := s.texts(); len(got) != 2 {
			t.Errorf("posted %q", got)
		}
	})
}
