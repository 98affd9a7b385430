package main

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/diaspote/vigie/fixtures/prosody"
	"github.com/diaspote/vigie/fixtures/shortage"
)

// TestPicturesOfAlerts has the kernel kill and a disk fill up, in a house that knows its last day.
func TestPicturesOfAlerts(t *testing.T) {
	t.Parallel()
	d := openDisk(t, 64)
	s := openStudio(t, slices.Concat(hearing(t, shortage.Alone), []string{"--bind=" + d.dir + ":/srv/data"})...)
	s.remember(t, 24*time.Hour)
	s.measured(t, "disk", "disk /srv/data")

	shortage.New(t, s.Name+"/system.slice/foreign.service", 16<<20).Kill(t, "sidekiq 7.1")
	s.illustrated(t, "OOM kill", 420)

	d.fill()
	s.restartBot(t) // it looks at disks as it starts, and each minute
	s.illustrated(t, "/srv/data", 420)
	s.answers(t, "graph alert 1")
	s.picture(t, s.next(), 420)
}

// illustrated wants an alert with that word in it, and its picture after it.
func (s *studio) illustrated(t *testing.T, word string, height int) {
	t.Helper()
	isPicture := func(n prosody.Node) bool { return strings.HasPrefix(n.Child("body").Text, "https://") }
	alert, before := s.dada.Until("the alert", func(n prosody.Node) bool {
		return n.Is("message", "groupchat", opsRoom+"/vigie") && strings.Contains(n.Child("body").Text, word)
	})
	t.Logf("\n%s", alert.Child("body").Text)
	if slices.ContainsFunc(before, isPicture) {
		t.Error("the picture came before its alert")
	}
	s.picture(t, s.dada.Expect("the picture", isPicture), height)
}

// TestScheduledPicture has a job post its picture when its time comes, and who is not sent a picture get it drawn.
func TestScheduledPicture(t *testing.T) {
	t.Parallel()
	s := openStudioUnder(t, "http_file_share_size_limit = 32 * 1024\nhttp_file_share_daily_quota = 60 * 1024")
	s.measured(t, "memory", "memory used")
	s.remember(t, 24*time.Hour)
	s.configure(t, "\n[[job]]\nname = \"clockwork\"\nat = \"* * * * *\"\ndo = \"graph memory 6h\"\n")
	s.Run(t, "root", "systemctl", "reload", "vigie")
	time.Sleep(time.Until(time.Now().Truncate(time.Minute).Add(time.Minute - 5*time.Second))) // until the clock says so
	s.illustrated(t, "● clockwork · ", 420)
	s.say("vigie: cron pause clockwork")
	s.hears("is paused")

	t.Run("too large", func(t *testing.T) { s.drawn(t, "graph all", "refuses files over 32 KiB") })
	t.Run("quota", func(t *testing.T) {
		for range 12 {
			if s.say("vigie: graph memory 6h"); strings.Contains(s.next().Child("body").Text, "no picture:") {
				break
			}
			s.next()
		}
		s.drawn(t, "graph memory 6h", "Daily quota reached")
	})
}

// drawn wants the answer to a line drawn with characters, with the reason and the link.
func (s *studio) drawn(t *testing.T, line, why string) {
	t.Helper()
	text := s.answers(t, line)
	for _, want := range []string{"no picture: ", why, "\n" + s.site + "/graphs?token=", "█", "\n```"} {
		if !strings.Contains(text, want) {
			t.Errorf("there is no %q in it", want)
		}
	}
	for l := range strings.Lines(text) {
		if n := len([]rune(strings.TrimSpace(l))); n > 60 && !strings.Contains(l, "://") && !strings.HasPrefix(l, "no picture") && !strings.Contains(l, ": ") {
			t.Errorf("%d characters wide: %s", n, l)
		}
	}
}
