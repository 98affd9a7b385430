package commands

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/diaspote/vigie/ops"
	"github.com/diaspote/vigie/ops/ledger"
	"github.com/diaspote/vigie/ops/schedule"
)

// withJobs gives a host jobs that run for as long as the test, in a ledger on disk. Their lines are kept in ran.
func withJobs(t *testing.T, h *Host, crontab string, jobs ...schedule.Job) (ran func() []string) {
	t.Helper()
	db, err := ledger.Open(context.Background(), filepath.Join(t.TempDir(), "vigie.db"))
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var lines []string
	entries, _ := schedule.ParseCrontab([]byte(crontab), "/etc/cron.d/pod", true)
	h.Jobs = schedule.NewJobs(schedule.Means{
		Ledger: db, Log: slog.New(slog.DiscardHandler), Now: time.Now,
		Do: func(_ context.Context, job schedule.Job) (string, error) {
			mu.Lock()
			defer mu.Unlock()
			lines = append(lines, job.Person+": "+job.Do)
			if job.Do == "restart moon" {
				return "", errors.New("restart moon: no such unit")
			}
			return "answer of " + job.Do, nil
		},
		Gauge:    func(schedule.Condition) (float64, error) { return 41, nil },
		Crontabs: func() []schedule.Entry { return entries },
	})
	if err := h.Jobs.Use(time.UTC, jobs); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	var watch sync.WaitGroup
	watch.Go(func() { h.Jobs.Watch(ctx, func(ops.Event) error { return nil }) })
	t.Cleanup(func() {
		stop()
		watch.Wait()
		db.Close()
	})
	return func() []string {
		mu.Lock()
		defer mu.Unlock()
		return slices.Clone(lines)
	}
}

var (
	nightly = schedule.Job{Name: "nightly-restart", At: "20 4 29 2 *", Do: "restart diaspora", Unless: "memory below 50 %"}
	broken  = schedule.Job{Name: "broken", At: "0 0 29 2 *", Do: "restart moon"}
)

func TestJobsInCron(t *testing.T) {
	h := newHost(t, "board")
	ran := withJobs(t, h, "20 4 * * * root systemctl restart diaspora\n", nightly, broken)
	s := play(t, h)
	steps := []struct{ from, line, want string }{
		{"olga", "cron run nightly-restart", `nightly-restart ran in \d+ ms\nanswer of restart diaspora`},
		{"olga", "cron run broken", `✗ cron run broken: restart moon: no such unit`},
		{"olga", "cron run nightly-rest", `✗ cron run nightly-rest: no such job; did you mean "nightly-restart"\?`},
		{"olga", "cron run xyz", `✗ cron run xyz: no such job; try: cron`},
		{"olga", "cron pause broken", `broken is paused until it is resumed; to end it: cron resume broken`},
		{"olga", "cron pause nightly-restart 2h", `nightly-restart is paused until .*\d\d:\d\d; to end it: cron resume nightly-restart`},
		{"olga", "cron pause broken soon", `✗ cron pause: "soon" is no length of time; try 30m, 2h or 3d`},
		{"olga", "cron pause broken 2h ago", `✗ cron pause: "2h ago" is no length of time; try 30m, 2h or 3d`},
		{"olga", "cron resume nightly-restart", `nightly-restart is paused no more; it runs next at 29 Feb .*, in \d+ days`},
		{"olga", "cron resume nightly-restart", `nightly-restart was not paused; it runs next at 29 Feb .*, in \d+ days`},
		{"lulu", "cron run broken", `✗ cron run is for operators; you are a reader here`},
		{"lulu", "cron pause broken", `✗ cron pause is for operators; you are a reader here`},
		{"olga", `cron add x @daily status`, `✗ cron add is for admins; .*`},
		{"olga", `cron remove x`, `✗ cron remove is for admins; .*`},
		{"dada", `cron add weekly "0 5 29 2 *" say here “it is 'leap' day”`, `weekly is added: say here "it is 'leap' day", with the rights of dada; it runs next at 29 Feb .*`},
		{"dada", `cron add unquoted 0 6 29 2 * whoami`, `unquoted is added: whoami, with the rights of dada; .*`},
		{"dada", `cron add weekly @daily whoami`, `✗ cron add: .*there is one of that name`},
		{"dada", `cron add broken @daily whoami`, `✗ cron add: job broken: the config has one of that name`},
		{"dada", `cron add x "1 24 * * *" whoami`, `✗ cron add: job x: at: bad hour "24": it goes from 0 to 23; .*`},
		{"dada", `cron add x @reboot whoami`, `✗ cron add: job x: at: @reboot is no time of the clock`},
		{"dada", `cron add ../x @daily whoami`, `✗ cron add: job "../x": a name has .*`},
		{"dada", `cron add x @daily rm -rf /`, `✗ cron add: that line cannot be run: no command "rm"; .*`},
		{"dada", `cron add x @daily restart`, `✗ cron add: that line cannot be run: usage: restart UNIT`},
		{"dada", `cron add x @daily`, `✗ usage: cron add NAME "20 4 \* \* \*" LINE`},
		{"dada", `cron remove broken`, `✗ cron remove broken: the config has it, and it goes by taking it out there`},
		{"dada", `cron frobnicate`, `✗ no command "cron frobnicate"; .*`},
		{"dada", `cron run weekly`, `weekly ran in \d+ ms\nanswer of say here "it is 'leap' day"`},
		{"dada", `cron remove unquoted`, `unquoted is removed\.`},
		{"dada", `cron remove unquoted`, `✗ cron remove unquoted: no such job; try: cron`},
	}
	for _, step := range steps {
		text, _ := s.askAs(t, step.from, step.line)
		like(t, text, step.want)
	}
	if got, want := strings.Join(ran(), ", "), `: restart diaspora, : restart moon, dada: say here "it is 'leap' day"`; got != want {
		t.Errorf("ran %s, want %s", got, want)
	}

	text, block := s.askAs(t, "lulu", "cron")
	has(t, text, "▲ nightly-restart restarts diaspora too (/etc/cron.d/pod:1: 20 4 * * *)")
	like(t, strings.Split(block, "\n\nthe host's own:")[0], `
my jobs, of the config:
NEXT +LAST +OUTCOME +NAME +AT +DO
29 Feb .* +\d\d:\d\d +ok +nightly-restart +20 4 29 2 \* +restart diaspora \(unless memory below 50 %\)
– +\d\d:\d\d +✗ failed, paused +broken +0 0 29 2 \* +restart moon

my jobs, added from a chat:
NEXT +LAST +OUTCOME +NAME +AT +DO +BY
29 Feb .* +\d\d:\d\d +ok +weekly +0 5 29 2 \* +say here "it is 'leap' day" +dada`)

	text, _ = s.ask(t, "status")
	has(t, text, "\nnext: nightly-restart at 29 Feb ", " days")

	_, block = s.ask(t, "audit 100")
	has(t, block, "olga: cron run broken ", "✗ failed after ", "olga: cron pause broken ", "dada: cron add weekly ", "lulu: cron run broken ", "✗ refused: cron run is for operators", "dada: cron remove unquoted ")

	text, _ = s.ask(t, "help cron")
	has(t, text, "cron run NAME: run a job now", "(for operators).", `cron add NAME "20 4 * * *" LINE: `, "(for admins).")
}

func TestWhile(t *testing.T) {
	for text, want := range map[string]time.Duration{"2h": 2 * time.Hour, "30 min": 30 * time.Minute, "3 Days": 72 * time.Hour} {
		if got, err := while(text); err != nil || got != want {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "0m", "-2h", "2", "1000000d", "2h\x1b[2J", "2 hours ago"} {
		if got, err := while(text); err == nil {
			t.Errorf("%q: %v", text, got)
		}
	}
}
