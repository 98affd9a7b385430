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

func raise(t *testing.T, s *stage, events ...ops.Event) {
	t.Helper()
	if err := s.Raise(context.Background(), events...); err != nil {
		t.Fatal(err)
	}
}

func down(at time.Time) ops.Event {
	return ops.Event{Kind: "pod", Key: "pod/down", Severity: ops.Critical, At: at, Lasting: true, Title: "pod down", Text: "connection refused"}
}

func up(at time.Time) ops.Event {
	return ops.Event{Kind: "pod", Key: "pod/down", At: at, Resolved: true, Title: "pod answers again"}
}

// begin lets the bot do what it does by the clock.
func begin(t *testing.T, s *stage) {
	t.Helper()
	if err := s.Recover(context.Background()); err != nil {
		t.Fatal(err)
	}
}

func TestAnAlertIsOnePostFromItsBeginningToItsEnd(t *testing.T) {
	play(t, nil, func(s *stage) {
		raise(t, s, down(time.Now()))
		if got := s.texts(); len(got) != 1 || got[0] != "✗ pod down · 00:00:00\nconnection refused" {
			t.Fatalf("posted %q", got)
		}
		time.Sleep(10 * time.Second)
		again := down(time.Now())
		again.Text = "status 502"
		raise(t, s, again)
		time.Sleep(10 * time.Second)
		want(t, s.last(), "✗ pod down · 00:00:10\nstatus 502\n×2 since 00:00:00")
		time.Sleep(17 * time.Second)
		raise(t, s, up(time.Now()))
		time.Sleep(time.Minute)
		if got := s.texts(); len(got) != 1 || got[0] != "✓ pod answers again · 00:00:37\n×2 since 00:00:00 · it lasted 37 s" {
			t.Fatalf("posted %q", got)
		}
	})
}

func TestWhatIsOverForLongIsFollowedByAnotherPost(t *testing.T) {
	play(t, nil, func(s *stage) {
		raise(t, s, down(time.Now()))
		s.texts()
		time.Sleep(3 * time.Hour)
		raise(t, s, up(time.Now()))
		if got := s.texts(); len(got) != 2 || !strings.Contains(got[1], "✓ pod answers again · 03:00:00\nit lasted 3 h") {
			t.Fatalf("posted %q", got)
		}
	})
}

func TestWhatGetsWorseIsPostedAnew(t *testing.T) {
	play(t, nil, func(s *stage) {
		disk := ops.Event{Kind: "disk", Key: "disk//", Severity: ops.Warning, At: time.Now(), Lasting: true, Title: "disk / 91 % full"}
		raise(t, s, disk)
		s.texts()
		disk.Severity, disk.Title = ops.Critical, "disk / 97 % full"
		raise(t, s, disk)
		if got := s.texts(); len(got) != 2 || !strings.HasPrefix(got[1], "✗ disk / 97 % full") {
			t.Fatalf("posted %q", got)
		}
	})
}

func TestTheSameEventIsCountedOnceAndCompleted(t *testing.T) {
	play(t, nil, func(s *stage) {
		kill := ops.Event{ID: "oom/1", Kind: "oom", Key: "oom/diaspora.service", Unit: "diaspora.service", Severity: ops.Critical, At: time.Now(), Title: "OOM kill", Text: "ruby (2211) was killed"}
		raise(t, s, kill)
		raise(t, s, kill)
		s.texts()
		kill.Text += "\nsystemd restarted the unit"
		raise(t, s, kill)
		time.Sleep(10 * time.Second)
		if got := s.texts(); len(got) != 1 || got[0] != "✗ OOM kill · 00:00:00 · diaspora.service\nruby (2211) was killed\nsystemd restarted the unit" {
			t.Fatalf("posted %q", got)
		}
	})
}

func TestAnOutageIsToldInOneDigest(t *testing.T) {
	play(t, nil, func(s *stage) {
		s.room.setOffline(true)
		for i := range 40 {
			raise(t, s, ops.Event{Kind: "job", Key: fmt.Sprint("job/", i), Severity: ops.Warning, At: time.Now(), Title: fmt.Sprintf("job %d failed", i)})
			time.Sleep(time.Minute)
		}
		raise(t, s, down(time.Now()))
		s.room.setOffline(false)
		time.Sleep(time.Minute)
		got := s.texts()
		if len(got) != 1 {
			t.Fatalf("%d posts: %q", len(got), got)
		}
		t.Log(got[0])
		want(t, got[0], "▲ 41 alerts while I could not post here, 00:00:00 to 00:40:00: 1 critical, 40 warning\n✗ pod down · 00:40:00\n▲ job 0 failed · 00:00:00")
		want(t, got[0], "… and 26 more; all of them: history")
	})
}

func TestABurstIsOneDigest(t *testing.T) {
	play(t, nil, func(s *stage) {
		const n = 1000
		for i := range n {
			raise(t, s, ops.Event{Kind: "alertmanager", Key: fmt.Sprint("am/", i), Severity: ops.Warning, At: time.Now(), Title: fmt.Sprintf("alert %d", i)})
			time.Sleep(50 * time.Millisecond)
		}
		time.Sleep(5 * time.Minute)
		posts := s.texts()
		single := 0
		digest := ""
		for _, p := range posts {
			if strings.HasPrefix(p, "▲ alert ") {
				single++
			} else {
				digest = p
			}
		}
		if len(posts) != single+1 || single > 4 {
			t.Fatalf("%d posts: %q", len(posts), posts)
		}
		want(t, digest, fmt.Sprintf("▲ %d alerts in a short time", n-single))
	})
}

// What begins a digest is told in whole, as long as nothing else is in it.
func TestADigestOfOne(t *testing.T) {
	play(t, nil, func(s *stage) {
		for i := range 6 {
			raise(t, s, ops.Event{Kind: "unit", Key: fmt.Sprint("unit/", i), Severity: ops.Warning, At: time.Now(), Title: fmt.Sprintf("unit %d failed", i), Text: "exit status 1\n> no room"})
			time.Sleep(9 * time.Second)
			if whole := fmt.Sprintf("failed · 00:00:%02d", 9*i) + "\nexit status 1\n> no room"; i < 5 {
				want(t, s.last(), whole)
			} else if got := s.last(); strings.Contains(got, whole) {
				t.Errorf("in a digest of two stands all of one: %q", got)
			}
		}
	})
}

func TestAnEndThatBeginsADigest(t *testing.T) {
	play(t, nil, func(s *stage) {
		raise(t, s, down(time.Now()))
		time.Sleep(3 * time.Hour)
		for i := range 4 {
			raise(t, s, ops.Event{Kind: "unit", Key: fmt.Sprint("unit/", i), At: time.Now(), Title: "unit failed"})
		}
		time.Sleep(time.Second)
		raise(t, s, up(time.Now()))
		time.Sleep(10 * time.Second)
		want(t, s.last(), "✓ pod answers again · 03:00:01\nit lasted 3 h")
	})
}

func TestManyRepeatsAreFewEdits(t *testing.T) {
	play(t, nil, func(s *stage) {
		for range 500 {
			raise(t, s, down(time.Now()))
			time.Sleep(20 * time.Millisecond)
		}
		time.Sleep(time.Minute)
		want(t, s.last(), "×500 since 00:00:00")
		if len(s.texts()) != 1 || s.edits > 10 {
			t.Errorf("%d posts, %d edits", len(s.texts()), s.edits)
		}
	})
}

func TestASilenceKeepsQuietAndLosesNothing(t *testing.T) {
	play(t, bot.Table{silencing()}, func(s *stage) {
		s.say(dada, "silence pod/*")
		want(t, s.last(), "silent")
		begin(t, s)
		raise(t, s, down(time.Now()))
		time.Sleep(30 * time.Minute)
		if got := s.texts(); len(got) != 1 {
			t.Fatalf("posted %q", got)
		}
		time.Sleep(31 * time.Minute) // the silence was for an hour
		want(t, s.last(), "✗ pod down · 00:00:00")
	})
}

func silencing() *bot.Command {
	return &bot.Command{Name: "silence", Help: "x", Needs: bot.Reader, MaxArgs: bot.Any, Run: func(ctx context.Context, c *bot.Call) error {
		if err := c.Silence(ctx, c.Args[0], c.Now().Add(time.Hour), "maintenance"); err != nil {
			return err
		}
		c.Say("silent")
		return nil
	}}
}

func TestACriticalAlertThatNobodyTookIsSaidAgain(t *testing.T) {
	ack := &bot.Command{Name: "ack", Help: "x", Needs: bot.Reader, Run: func(ctx context.Context, c *bot.Call) error {
		all, err := c.Alerts(ctx)
		if err != nil {
			return err
		}
		a, err := c.Ack(ctx, all[0].ID)
		c.Say("taken by " + a.Acker)
		return err
	}}
	play(t, bot.Table{ack}, func(s *stage) {
		s.settings.Remind = 30 * time.Minute
		s.use(t)
		begin(t, s)
		time.Sleep(30 * time.Second) // between two looks at the clock
		raise(t, s, down(time.Now()))
		time.Sleep(33 * time.Minute)
		if got := s.texts(); len(got) != 2 || !strings.Contains(got[1], "still so after 30 min; nobody took it yet: ack 1") {
			t.Fatalf("posted %q", got)
		}
		time.Sleep(45 * time.Minute)
		if got := s.texts(); len(got) != 2 {
			t.Fatalf("posted %q", got)
		}
		time.Sleep(20 * time.Minute)
		if got := s.texts(); len(got) != 3 {
			t.Fatalf("posted %q", got)
		}
		s.say(dada, "ack")
		want(t, s.last(), "taken by dada")
		time.Sleep(time.Minute)
		if got := s.texts(); len(got) != 4 || !strings.HasSuffix(got[2], "\ntaken by dada") || strings.Contains(got[0], "taken") {
			t.Fatalf("posted %q", got)
		}
		time.Sleep(24 * time.Hour)
		if got := s.texts(); len(got) != 4 {
			t.Fatalf("posted %q", got)
		}
	})
}

func TestQuietHoursHoldBackWhatCanWait(t *testing.T) {
	play(t, nil, func(s *stage) {
		s.settings.Quiet = bot.Quiet{From: 23 * time.Hour, To: 7 * time.Hour, Passes: ops.Critical}
		s.use(t)
		raise(t, s, ops.Event{Kind: "job", Key: "job/backup", Severity: ops.Warning, At: time.Now(), Title: "backup failed"})
		raise(t, s, down(time.Now()))
		time.Sleep(6 * time.Hour)
		if got := s.texts(); len(got) != 1 || !strings.HasPrefix(got[0], "✗ pod down") {
			t.Fatalf("at night: %q", got)
		}
		time.Sleep(61 * time.Minute)
		if got := s.texts(); len(got) != 2 || got[1] != "▲ backup failed · 00:00:00" {
			t.Fatalf("in the morning: %q", got)
		}
	})
}

func TestRoutes(t *testing.T) {
	play(t, nil, func(s *stage) {
		s.settings.Routes = []bot.Route{
			{Kinds: []string{"pod"}, To: []bot.Home{{Chat: "room", Room: "pod"}}},
			{Severity: ops.Critical, To: []bot.Home{{Chat: "room", Room: "dada@diaspote.org"}}},
		}
		s.use(t)
		at := time.Now()
		raise(t, s, ops.Event{Kind: "job", Key: "job/a", Severity: ops.Warning, At: at, Title: "goes nowhere"})
		raise(t, s, ops.Event{Kind: "pod", Key: "pod/slow", Severity: ops.Warning, At: at, Title: "slow"})
		raise(t, s, ops.Event{Kind: "pod", Key: "pod/down", Severity: ops.Critical, At: at, Title: "down"})
		raise(t, s, ops.Event{Kind: "json", Key: "json/a", Room: "ops", At: at, Title: "for its room"})
		synctest.Wait()
		got := map[string]int{}
		for _, p := range s.room.posts {
			got[p.Room+" "+strings.Fields(p.Text)[1]]++
		}
		if len(got) != 4 || got["pod slow"]*got["pod down"]*got["dada@diaspote.org down"]*got["ops for"] != 1 {
			t.Errorf("posted %v", got)
		}
	})
}

func TestARuleRunsAsOftenAsItMay(t *testing.T) {
	runs := 0
	restart := change("restart", func(_ context.Context, c *bot.Call) error { runs++; c.Say(c.Target + " restarted"); return nil })
	play(t, bot.Table{restart}, func(s *stage) {
		s.settings.Rules = []bot.Rule{{On: "memory/*", Do: "restart pod", Count: 2, Per: 6 * time.Hour}}
		s.use(t)
		for range 5 {
			raise(t, s, ops.Event{Kind: "pressure", Key: "memory/pressure", Severity: ops.Warning, At: time.Now(), Title: "memory is full soon"})
			s.texts()
		}
		if runs != 2 {
			t.Fatalf("ran %d times", runs)
		}
		time.Sleep(time.Minute)
		if got := strings.Join(s.texts(), "\n"); !strings.Contains(got, "● restart pod was run for memory/pressure") || !strings.Contains(got, "pod restarted") {
			t.Errorf("told %q", got)
		}
		time.Sleep(6 * time.Hour)
		raise(t, s, ops.Event{Kind: "pressure", Key: "memory/pressure", Severity: ops.Warning, At: time.Now(), Title: "memory is full soon"})
		s.texts()
		if runs != 3 {
			t.Errorf("ran %d times", runs)
		}
	})
}

func TestWhatTheServiceRefusesIsCutDown(t *testing.T) {
	play(t, nil, func(s *stage) {
		s.room.mu.Lock()
		s.room.refuse = errors.New("policy violation")
		s.room.mu.Unlock()
		raise(t, s, down(time.Now()))
		time.Sleep(2 * time.Minute)
		s.room.mu.Lock()
		s.room.refuse = nil
		s.room.mu.Unlock()
		time.Sleep(time.Minute)
		want(t, s.last(), "✗ pod down · 00:00:00 connection refused (cut short; all of it: alerts 1)")
	})
}

func TestAnIncidentMakesNoDigest(t *testing.T) {
	play(t, nil, func(s *stage) {
		for n := range 4 {
			raise(t, s, ops.Event{Kind: "unit", Key: fmt.Sprintf("unit/%d", n), Severity: ops.Warning, At: time.Now(), Title: "failed"})
		}
		incident := ops.Event{Kind: bot.IncidentKind, Key: "incident/1", At: time.Now(), Lasting: true, Title: "incident 1", Text: "publish it"}
		raise(t, s, incident)
		if got := s.texts(); len(got) != 5 || got[4] != "● incident 1 · 00:00:00\npublish it" {
			t.Fatalf("posted %q", got)
		}
		time.Sleep(2 * time.Minute)
		for n := range 20 {
			incident.Key = fmt.Sprintf("incident/%d", n+2)
			raise(t, s, incident)
		}
		time.Sleep(time.Minute)
		if got := s.texts(); len(got) > 5+20 || !strings.Contains(s.last(), "in a short time") {
			t.Fatalf("posted %q", got)
		}
	})
}

func TestTheEndOfAMaintenanceTellsWhatLasts(t *testing.T) {
	play(t, bot.Table{silencing()}, func(s *stage) {
		begin(t, s)
		time.Sleep(30 * time.Second) // what is looked for each minute is not found right then
		s.say(dada, "silence pod/*")
		want(t, s.last(), "silent")
		raise(t, s, down(time.Now()))
		time.Sleep(time.Hour + time.Second)
		before := len(s.texts())
		raise(t, s, ops.Event{Kind: bot.MaintenanceKind, Key: "maintenance/1", At: time.Now(), Resolved: true})
		if got := s.texts(); len(got) != before+1 || !strings.HasPrefix(got[before], "✗ pod down · 00:00:30") {
			t.Errorf("posted %q", got)
		}
	})
}
