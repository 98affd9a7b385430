package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/diaspote/vigie/adapters/web/cachet"
	"github.com/diaspote/vigie/ops/incident"
	"github.com/diaspote/vigie/ops/ledger"
)

const pusherConfig = `
host = "diaspote"
time_zone = "Europe/Paris"
state_dir = "%[1]s/state"
socket = "%[1]s/vigie.sock"

[people.me]
role = "admin"
unix = %[2]q

[watch]
off = ["oom", "pressure", "unit", "upgrade", "disk", "pod", "reboot", "clock"]

[cachet]
url = %[3]q
token_file = "cachet.token"
every = "1h"

[[cachet.metric]]
name = "Load"
series = "node_load1"
suffix = "processes"
`

// A pusher is the program with a book, as a process of its own, and the Cachet that it has say the same: the API of another
// vigie.
type pusher struct {
	*testing.T
	program, dir string
	cmd          *exec.Cmd
	log          strings.Builder

	book   *incident.Book // there
	server *httptest.Server
	breaks atomic.Bool // nothing is answered that writes, though half of it is done
	asked  chan string // each request that writes
}

func openPusher(t *testing.T) *pusher {
	t.Helper()
	apart(t)
	p := &pusher{T: t, program: build(t), dir: t.TempDir(), asked: make(chan string, 10_000)}
	db, err := ledger.Open(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	now := func() time.Time { return time.Now().In(paris) }
	if p.book, err = incident.Open(t.Context(), db, now); err != nil {
		t.Fatal(err)
	}
	api := (&cachet.API{Book: p.book, Token: "s3cret", Base: "http://127.0.0.1", Log: slog.New(slog.DiscardHandler), Now: now}).Handler(http.NotFoundHandler())
	n := 0
	p.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet {
			p.asked <- r.Method + " " + r.URL.Path
		}
		if p.breaks.Load() && r.Method != http.MethodGet {
			if n++; n%2 == 0 {
				api.ServeHTTP(httptest.NewRecorder(), r)
			}
			panic(http.ErrAbortHandler)
		}
		api.ServeHTTP(w, r)
	}))
	t.Cleanup(p.server.Close)
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	p.write("vigie.toml", fmt.Sprintf(pusherConfig, p.dir, me.Username, p.server.URL))
	p.write("cachet.token", "s3cret")
	t.Cleanup(func() {
		p.kill()
		if t.Failed() {
			t.Log(p.log.String())
		}
	})
	return p
}

func (p *pusher) write(name, text string) {
	p.Helper()
	if err := os.WriteFile(filepath.Join(p.dir, name), []byte(text), 0o600); err != nil {
		p.Fatal(err)
	}
}

func (p *pusher) start() {
	p.Helper()
	p.cmd = exec.Command(p.program, "--config", filepath.Join(p.dir, "vigie.toml"))
	p.cmd.Env = append(os.Environ(), "VIGIE_SPOOL="+filepath.Join(p.dir, "spool"))
	p.cmd.Stderr = &p.log
	if err := p.cmd.Start(); err != nil {
		p.Fatal(err)
	}
	p.until("it listens", func() bool {
		return exec.Command(p.program, "--config", filepath.Join(p.dir, "vigie.toml"), "ask", "whoami").Run() == nil
	})
}

func (p *pusher) kill() {
	if p.cmd != nil {
		p.cmd.Process.Kill()
		p.cmd.Wait()
		p.cmd = nil
	}
}

// run runs the program and returns what it says.
func (p *pusher) run(config string, args ...string) string {
	p.Helper()
	out, err := exec.Command(p.program, append([]string{"--config", filepath.Join(p.dir, config)}, args...)...).CombinedOutput()
	if err != nil {
		p.Fatalf("%q: %v\n%s", args, err, out)
	}
	return string(out)
}

func (p *pusher) ask(line string) { p.Helper(); p.run("vigie.toml", "ask", "--yes", line) }

// tries waits until it tries to write there.
func (p *pusher) tries() string {
	p.Helper()
	select {
	case what := <-p.asked:
		return what
	case <-time.After(time.Minute):
		p.Fatal("it does not try")
		return ""
	}
}

func (p *pusher) until(what string, is func() bool) {
	p.Helper()
	ctx, cancel := context.WithTimeout(p.Context(), time.Minute)
	defer cancel()
	for !is() {
		select {
		case <-ctx.Done():
			p.Fatalf("not in time: %s", what)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// said is what a book says to everybody, but for its numbers.
func said(t *testing.T, b *incident.Book) (all []string) {
	t.Helper()
	names, err := b.Names(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	page := b.Page()
	for _, c := range page.Components {
		all = append(all, fmt.Sprintf("component %s: %s", c.Name, c.State))
	}
	for _, i := range page.Incidents {
		text := fmt.Sprintf("incident %s: %s at %s", i.Name, i.Status, i.Opened.Format("15:04"))
		for _, touch := range i.Touched {
			text += " on " + names[touch.Component]
		}
		for _, u := range i.Updates {
			text += fmt.Sprintf(" · %q", u.Text)
		}
		all = append(all, text)
	}
	for _, m := range page.Maintenance {
		text := fmt.Sprintf("maintenance %s: %s from %s to %s: %q", m.Name, m.Phase, m.Starts.In(page.At.Location()).Format(time.DateTime), m.Ends.In(page.At.Location()).Format(time.DateTime), m.Text)
		for _, c := range m.Components {
			text += " on " + names[c]
		}
		all = append(all, text)
	}
	slices.Sort(all)
	return all
}

// TestCachetElsewhere has one vigie push to the API of another, through failures and a kill, and a third import from that: all
// three say the same.
func TestCachetElsewhere(t *testing.T) {
	t.Parallel()
	p := openPusher(t)
	p.start()
	p.ask(`component add Web`)
	p.ask(`component add Mail`)
	day, after := time.Now().AddDate(0, 0, 3).Format(time.DateOnly), time.Now().AddDate(0, 0, 4).Format(time.DateOnly)
	p.ask(`maintenance plan "PostgreSQL 15 to 17" ` + day + ` 22:00 for 2h on Web "short breaks"`)
	p.until("the maintenance is there", func() bool { return len(p.book.Page().Maintenance) == 1 })
	for len(p.asked) > 0 {
		<-p.asked
	}

	p.breaks.Store(true)
	p.ask(`incident open "Pod slow" "we *look*" on Web,Mail major`)
	p.ask(`incident update 1 "the disk is full" identified`)
	p.tries()
	p.tries()
	p.kill()
	p.start()
	p.tries()
	p.ask(`incident resolve 1 "done"`)
	p.kill()
	p.breaks.Store(false)
	p.start()
	p.until("the incident is over", func() bool {
		all := p.book.Page().Incidents
		return len(all) > 0 && all[0].Status == incident.Fixed
	})

	want := []string{"component Mail: operational", "component Web: operational"}
	check := func(who string, b *incident.Book, text string, on string) {
		t.Helper()
		got := said(t, b)
		if len(got) != 4 || !slices.Equal(got[:2], want) || !strings.HasPrefix(got[2], "incident Pod slow: fixed at ") ||
			!strings.HasSuffix(got[2], on+` · "`+text+`" · "the disk is full" · "done"`) ||
			got[3] != `maintenance PostgreSQL 15 to 17: planned from `+day+` 22:00:00 to `+after+` 00:00:00: "short breaks" on Web` {
			t.Errorf("%s:\n%s", who, strings.Join(got, "\n"))
		}
	}
	here, err := ledger.Open(t.Context(), filepath.Join(p.dir, "state", "vigie.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer here.Close()
	paris := p.book.Page().At.Location()
	read := func(db *ledger.DB) *incident.Book {
		b, err := incident.Open(t.Context(), db, func() time.Time { return time.Now().In(paris) })
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	check("here", read(here), "we *look*", " on Web on Mail")
	check("there", p.book, `we \\*look\\*`, " on Web")

	// Nothing is said twice, by a daemon that begins anew either.
	p.until("all is paid", func() bool {
		owed, err := here.Creditors(t.Context())
		return err == nil && len(owed) == 0
	})
	p.kill()
	for len(p.asked) > 0 {
		<-p.asked
	}
	p.start()
	p.ask(`component add Backup`)
	p.until("it has caught up", func() bool { return len(p.book.Page().Components) == 3 })
	if first := p.tries(); first != "POST /api/v1/components" {
		t.Errorf("said again: %s", first)
	}
	if out := p.run("vigie.toml", "check", "--connect"); !strings.Contains(out, "● the Cachet at "+p.server.URL) {
		t.Errorf("%s", out)
	}
	if strings.Contains(p.log.String(), "s3cret") {
		t.Error("the token is in the log")
	}

	// And back.
	if err := p.book.RemoveComponent(t.Context(), 3); err != nil {
		t.Fatal(err)
	}
	p.write("third.toml", fmt.Sprintf("time_zone = \"Europe/Paris\"\nstate_dir = \"%s/third\"\nsocket = \"%[1]s/third.sock\"\n", p.dir))
	path := filepath.Join(p.dir, "third", "vigie.db")
	third, err := ledger.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer third.Close()
	if _, err := p.book.Subscribe(t.Context(), "somebody@example.org", "en", nil, true); err != nil {
		t.Fatal(err)
	}
	token := filepath.Join(p.dir, "cachet.token")
	if out := p.run("third.toml", "import", "cachet", p.server.URL, "--token-file", token, "--subscribers"); !strings.HasSuffix(out, "imported 2 components, 1 maintenance, 1 incident, 2 updates, 1 subscriber\n") {
		t.Errorf("%s", out)
	}
	check("in the third", read(third), "we *look*", " on Web")
	if out := p.run("third.toml", "import", "cachet", p.server.URL); !strings.HasSuffix(out, "imported nothing new; 4 were here already\n") {
		t.Errorf("%s", out)
	}
}
