package incident

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/diaspote/vigie/ops"
	"github.com/diaspote/vigie/ops/ledger"
)

// TestBeginsToFollow adds components, and has one follow something else, between two looks at everything.
func TestBeginsToFollow(t *testing.T) {
	n := newNight(t)
	n.round()
	n.skip(time.Second)
	for _, follows := range []string{"web.service", "web.service", "queue.service"} { // also what another one follows already
		id := n.follower(fmt.Sprint("x", n.elapsed), follows)
		if n.skip(time.Second); n.state(id) != Operational {
			t.Errorf("%s is %v", follows, n.state(id))
		}
	}
	if _, err := n.EditComponent(t.Context(), 3, func(c *Component) error { c.Follows = "web.service"; return nil }); err != nil {
		t.Fatal(err)
	}
	if n.skip(time.Second); n.state(3) != Operational {
		t.Errorf("after it follows another it is %v", n.state(3))
	}
}

// TestWokenMeanwhile has a keeper be woken between two looks at everything, which are a minute apart all the same.
func TestWokenMeanwhile(t *testing.T) {
	n := newNight(t)
	n.round()
	n.now, n.elapsed = n.now.Add(40*time.Second), n.elapsed+40*time.Second
	if next := n.round(); next != 20*time.Second {
		t.Errorf("the next look is in %v", next)
	}
}

// TestKilledBetween has the bot die in the transaction that opens an incident, and after it.
func TestKilledBetween(t *testing.T) {
	n := newNight(t)
	n.follower("Web", "web.service")
	n.round()
	n.raise(failed("web.service"))
	ctx, cancel := context.WithCancel(t.Context())
	n.fail = cancel
	if _, err := n.k.round(ctx); err == nil {
		t.Fatal("it was not killed")
	}
	n.fail = nil
	if len(n.all()) != 0 || len(n.collected(1)) != 0 {
		t.Errorf("half of it is there: %+v", n.all())
	}
	if owed := n.owed("xmpp", "ops"); len(owed) != 1 {
		t.Errorf("the room is told of it: %q", owed)
	}
	n.start()
	if _, err := n.k.applyEvents(t.Context()); err != nil { // and no further
		t.Fatal(err)
	}
	n.only()
	if owed := n.owed("xmpp", "ops"); len(owed) != 1 || !strings.HasPrefix(owed[0], "incident 1 opened, a draft: Web is down | ") {
		t.Errorf("the room is told %q", owed)
	}
	before := n.only().Updates
	for range 3 {
		n.start()
		n.round()
	}
	if i := n.only(); len(i.Updates) != len(before) || len(n.collected(i.ID)) != 1 || len(n.owed("xmpp", "ops")) != 0 {
		t.Errorf("it is done twice: %+v", i)
	}
	n.fails("queue.service")
	n.raise(failed("queue.service"))
	n.now = n.now.Add(time.Hour)
	n.raise(failed("db.service"))
	if _, err := n.k.applyEvents(t.Context()); err != nil { // and is killed
		t.Fatal(err)
	}
	for _, i := range n.all() {
		if _, err := n.AddUpdate(t.Context(), i.ID, Update{Status: Fixed, Person: "dada"}); err != nil {
			t.Fatal(err)
		}
	}
	opened := len(n.all())
	n.start()
	n.round()
	if all := n.all(); len(all) != opened {
		t.Errorf("what somebody has resolved is opened by the same event: %+v", all)
	}
}

// TestOff has things recover while the bot is off.
func TestOff(t *testing.T) {
	n := newNight(t)
	web := n.follower("Web", "web.service")
	n.fails("web.service")
	n.pass(5 * time.Minute)
	last := n.now
	n.now = n.now.Add(8 * time.Hour)
	n.start()
	n.mends("web.service")
	began := n.now
	n.pass(10 * time.Minute)
	if i := n.only(); i.Open() || !i.Resolved.Equal(began) {
		t.Errorf("%+v", i)
	}
	turns, err := n.Turns(t.Context(), time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	want := []Turn{{last, Unknown}, {began, Operational}}
	got := turns[web][len(turns[web])-2:]
	for i := range want {
		if got[i].State != want[i].State || !got[i].At.Equal(want[i].At) && got[i].At.Sub(want[i].At) > time.Second {
			t.Errorf("%+v, not %+v", got, want)
		}
	}
	n.now = n.now.Add(4 * time.Minute) // a restart is no gap
	n.start()
	n.round()
	if again, _ := n.Turns(t.Context(), time.Time{}); len(again[web]) != len(turns[web]) {
		t.Errorf("%+v", again[web])
	}
}

// TestClockSteps sets the clock in a calm, and starts the bot in 1970.
func TestClockSteps(t *testing.T) {
	n := newNight(t)
	n.follower("Web", "web.service")
	n.fails("web.service")
	n.mends("web.service")
	n.now = n.now.Add(3 * time.Hour)
	n.pass(5 * time.Minute)
	if i := n.only(); !i.Open() {
		t.Error("a clock that jumps ahead ends it")
	}
	n.now = n.now.Add(-3 * time.Hour)
	n.pass(5 * time.Minute)
	if i := n.only(); i.Open() {
		t.Error("a clock that is set back keeps it open")
	}
	right := n.now
	n.now = time.Unix(10, 0).In(right.Location())
	n.start()
	n.raise(failed("web.service"))
	n.real["web.service"] = MajorOutage
	n.round()
	n.only()
	n.now = right.Add(time.Hour)
	n.round()
	if all := n.all(); len(all) != 2 || !all[1].Opened.Equal(n.now) {
		t.Errorf("once the clock is right: %+v", all)
	}
}

func TestSeed(t *testing.T) {
	n := newNight(t)
	names := func() (all []string) {
		components, err := n.Components(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range components {
			all = append(all, c.Name+" "+c.Follows)
		}
		return all
	}
	seed := func() {
		t.Helper()
		if err := n.Seed(t.Context(), Component{Name: "diaspote.org", Follows: FollowsPod}, Component{Name: "sidekiq", Follows: "sidekiq.service"}); err != nil {
			t.Fatal(err)
		}
	}
	seed()
	if got := names(); !slices.Equal(got, []string{"diaspote.org pod", "sidekiq sidekiq.service"}) {
		t.Error(got)
	}
	for id := range int64(2) {
		if err := n.RemoveComponent(t.Context(), id+1); err != nil {
			t.Fatal(err)
		}
	}
	seed()
	if got := names(); len(got) != 0 {
		t.Error(got)
	}
	db, err := ledger.Open(t.Context(), filepath.Join(t.TempDir(), "vigie.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	b, err := Open(t.Context(), db, func() time.Time { return n.now })
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.AddComponent(t.Context(), Component{Name: "own"}); err != nil {
		t.Fatal(err)
	}
	n.Book = b
	seed()
	if got := names(); len(got) != 1 {
		t.Errorf("who has made components gets others: %v", got)
	}
}

// TestRun has a keeper at work: it is woken by what happens, and by the clock.
func TestRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db, err := ledger.Open(t.Context(), filepath.Join(t.TempDir(), "vigie.db"))
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		time.Sleep(time.Until(time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)))
		b, err := Open(t.Context(), db, time.Now)
		if err != nil {
			t.Fatal(err)
		}
		c, err := b.AddComponent(t.Context(), Component{Name: "Web", Follows: "web.service"})
		if err != nil {
			t.Fatal(err)
		}
		k := NewKeeper(b)
		k.Rules.Calm = 90 * time.Second
		var looks, state atomic.Int64
		state.Store(int64(Operational))
		k.Look = func(context.Context, []string) map[string]State {
			looks.Add(1)
			return map[string]State{"web.service": State(state.Load())}
		}
		ctx, stop := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() { k.Run(ctx) })
		defer func() { stop(); running.Wait() }()
		time.Sleep(10*time.Minute + time.Second)
		if looks.Load() != 11 || b.Page().Components[0].State != Operational {
			t.Errorf("%d looks in ten minutes, %v", looks.Load(), b.Page().Components[0].State)
		}
		soon, err := b.Plan(ctx, Maintenance{Name: "x", Starts: time.Now().Add(10 * time.Second), Ends: time.Now().Add(20 * time.Second)})
		if err != nil {
			t.Fatal(err)
		}
		if _, err = b.AddComponent(ctx, Component{Name: "Web 2", Follows: "web.service"}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		if s := b.Page().Components[1].State; s != Operational {
			t.Errorf("what was added is %v after a second", s)
		}
		time.Sleep(10 * time.Second)
		if soon, err = b.Maintenance(ctx, soon.ID); err != nil || soon.Phase != UnderWay {
			t.Errorf("what was planned for soon: %+v, %v", soon, err)
		}
		time.Sleep(10 * time.Second)
		note := func(e ops.Event) {
			if _, err := db.Note(ctx, time.Now(), func(ops.Event, ops.Severity) []ledger.Debt { return nil }, e); err != nil {
				t.Error(err)
			}
			k.Wake()
			time.Sleep(time.Second)
		}
		e := failed("web.service")
		e.At = time.Now()
		state.Store(int64(MajorOutage))
		note(e)
		one, err := b.Incident(ctx, 1)
		if err != nil || !one.Touches(c.ID) || b.Page().Components[0].State != MajorOutage {
			t.Fatalf("%+v, %v", one, err)
		}
		e.At, e.Resolved = time.Now(), true
		state.Store(int64(Operational))
		note(e)
		time.Sleep(88 * time.Second)
		if one, _ = b.Incident(ctx, 1); one.Status != Watching {
			t.Errorf("%+v", one)
		}
		m, err := b.Plan(ctx, Maintenance{Name: "x", Starts: time.Now().Add(100 * time.Second), Ends: time.Now().Add(time.Hour)})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Second)
		if one, _ = b.Incident(ctx, 1); one.Open() {
			t.Errorf("%+v", one)
		}
		time.Sleep(99 * time.Second)
		if m, err = b.Maintenance(ctx, m.ID); err != nil || m.Phase != UnderWay || m.Started.Sub(m.Starts) > time.Second {
			t.Errorf("%+v, %v", m, err)
		}
	})
}
