package cachet

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/diaspote/vigie/bot"
	"github.com/diaspote/vigie/fixtures/cachetd"
	"github.com/diaspote/vigie/ops"
	"github.com/diaspote/vigie/ops/incident"
	"github.com/diaspote/vigie/ops/ledger"
)

// A desk is a book, what it owes, and the Cachet that is owed it.
type desk struct {
	*testing.T
	book  *incident.Book
	there *cachetd.Server
	push  *Push
	owed  []string
	told  []string
	now   time.Time
}

func newDesk(t *testing.T, old bool) *desk {
	t.Helper()
	db, err := ledger.Open(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{T: t, there: cachetd.Start(t, old), now: time.Date(2026, 11, 26, 22, 4, 5, 0, paris)}
	d.there.Zone, d.there.Now = paris, func() time.Time { return d.now }
	if d.book, err = incident.Open(t.Context(), db, func() time.Time { return d.now }); err != nil {
		t.Fatal(err)
	}
	d.book.Owe(func() {}, func(c incident.Change) []ledger.Debt { d.owed = append(d.owed, Owed(c)); return nil })
	d.restart()
	return d
}

// restart is what is left of a push after a crash: the book, and what it owes.
func (d *desk) restart() {
	c, err := NewClient(d.there.URL, cachetd.Token, d.now.Location())
	if err != nil {
		d.Fatal(err)
	}
	d.push = &Push{Client: c, Book: d.book, Now: func() time.Time { return d.now }, Notify: true,
		Raise: func(_ context.Context, e ops.Event) error { d.told = append(d.told, e.ID); return nil }}
}

// pay delivers what is owed until something has to wait, as a courier does.
func (d *desk) pay() error {
	for len(d.owed) > 0 {
		if err := d.post(d.owed[0]); err != nil {
			return err
		}
		d.owed = d.owed[1:]
	}
	return nil
}

func (d *desk) post(text string) error {
	_, err := d.push.Post(d.Context(), bot.Post{Room: "x", Text: text})
	return err
}

func (d *desk) mustPay() {
	d.Helper()
	if err := d.pay(); err != nil {
		d.Fatal(err)
	}
}

func must[X any](x X, err error) X {
	if err != nil {
		panic(err)
	}
	return x
}

// is compares fields of the only thing of a path, or of the nth.
func (d *desk) is(path string, n int, want cachetd.Thing) {
	d.Helper()
	all := d.there.All(path)
	if len(all) <= n {
		d.Fatalf("there are %d of %s: %v", len(all), path, all)
	}
	for k, v := range want {
		if got := fmt.Sprint(all[n][k]); got != fmt.Sprint(v) {
			d.Errorf("%s[%d] %s: %q, want %q", path, n, k, got, fmt.Sprint(v))
		}
	}
}

func (d *desk) count(path string, want int) {
	d.Helper()
	if all := d.there.All(path); len(all) != want {
		d.Errorf("there are %d of %s, want %d: %v", len(all), path, want, all)
	}
}

func TestPush(t *testing.T) {
	d := newDesk(t, false)
	g := must(d.book.PutGroup(d.Context(), incident.Group{Name: "Pod"}))
	web := must(d.book.AddComponent(d.Context(), incident.Component{Name: "Web", About: "the site", Link: "https://diaspote.org", Group: g.ID, Tags: []string{"a", "b"}}))
	mail := must(d.book.AddComponent(d.Context(), incident.Component{Name: "Mail"}))
	secret := must(d.book.AddComponent(d.Context(), incident.Component{Name: "Backup", Hidden: true}))
	d.mustPay()
	d.count("components", 2)
	d.is("components/groups", 0, cachetd.Thing{"name": "Pod", "visible": 1})
	d.is("components", 0, cachetd.Thing{"name": "Web", "description": "the site", "link": "https://diaspote.org", "status": 1, "enabled": true, "tags": "a,b",
		"group_id": d.there.All("components/groups")[0]["id"]})

	i := must(d.book.OpenIncident(d.Context(), incident.Incident{Name: "Pod slow", Touched: []incident.Touch{
		{Component: mail.ID, State: incident.Degraded}, {Component: web.ID, State: incident.MajorOutage}, {Component: secret.ID, State: incident.MajorOutage}}},
		incident.Update{Text: "we *look*\nat it", Person: "dada"}))
	d.mustPay()
	d.count("incidents", 0) // it is a draft
	must(d.book.EditIncident(d.Context(), i.ID, func(i *incident.Incident) error { i.Public = true; return nil }))
	d.mustPay()
	d.is("incidents", 0, cachetd.Thing{"name": "Pod slow", "message": "we \\*look\\*  \nat it", "status": 1, "visible": 1, "notify": true,
		"occurred_at": "2026-11-26 22:04:00", "component_id": d.there.All("components")[0]["id"], "component_status": 4})
	d.is("components", 0, cachetd.Thing{"status": 4})
	d.is("components", 1, cachetd.Thing{"status": 2})

	d.now = d.now.Add(time.Minute)
	must(d.book.AddUpdate(d.Context(), i.ID, incident.Update{Status: incident.Identified, Text: "the disk"}))
	d.mustPay()
	path := fmt.Sprintf("incidents/%d/updates", d.there.All("incidents")[0]["id"])
	d.is(path, 0, cachetd.Thing{"status": 2, "message": "the disk"})
	d.is("incidents", 0, cachetd.Thing{"status": 2})

	// What is late says when it was.
	fixed := must(d.book.AddUpdate(d.Context(), i.ID, incident.Update{Status: incident.Fixed, Text: "done"}))
	d.now = d.now.Add(time.Hour)
	d.mustPay()
	d.is(path, 1, cachetd.Thing{"status": 4, "message": "done\n\n(2026-11-26 22:05 CET)"})
	d.is("incidents", 0, cachetd.Thing{"status": 4})
	d.is("components", 0, cachetd.Thing{"status": 1})

	// Nothing is said twice.
	before := len(d.there.Requests())
	for _, text := range []string{OwedAtFirst, fmt.Sprint("incident ", i.ID), fmt.Sprint("component ", web.ID)} {
		if err := d.post(text); err != nil {
			t.Fatal(err)
		}
	}
	if all := d.there.Requests(); len(all) != before {
		t.Errorf("said again: %q", all[before:])
	}

	// An update that is changed, one that is taken away, a component that is hidden and shown again.
	must(d.book.EditUpdate(d.Context(), i.ID, fixed.Updates[1].ID, func(u *incident.Update) error { u.Text = "the disk was full"; return nil }))
	if err := d.book.RemoveUpdate(d.Context(), i.ID, fixed.Updates[2].ID); err != nil {
		t.Fatal(err)
	}
	must(d.book.EditComponent(d.Context(), mail.ID, func(c *incident.Component) error { c.Hidden = true; return nil }))
	d.mustPay()
	d.count(path, 1)
	d.is(path, 0, cachetd.Thing{"message": "the disk was full"})
	d.is("components", 1, cachetd.Thing{"enabled": false})

	if err := d.book.RemoveComponent(d.Context(), mail.ID); err != nil {
		t.Fatal(err)
	}
	must(d.book.EditIncident(d.Context(), i.ID, func(i *incident.Incident) error { i.Public = false; return nil }))
	d.mustPay()
	d.count("components", 1)
	d.count("incidents", 0)
	must(d.book.EditIncident(d.Context(), i.ID, func(i *incident.Incident) error { i.Public = true; return nil }))
	d.mustPay()
	d.count("incidents", 1)
	if err := d.book.RemoveIncident(d.Context(), i.ID); err != nil {
		t.Fatal(err)
	}
	d.mustPay()
	d.count("incidents", 0)
	for _, text := range append(d.there.Requests(), fmt.Sprint(d.there.All("incidents"), d.there.All("components"))) {
		if strings.Contains(text, "Backup") || strings.Contains(text, "dada") {
			t.Errorf("what is private was told: %s", text)
		}
	}
}

// What is no longer for everybody, by itself or with its heading, is named by nothing new.
func TestPushOfWhatWasHidden(t *testing.T) {
	d := newDesk(t, false)
	g := must(d.book.PutGroup(d.Context(), incident.Group{Name: "Inside"}))
	backup := must(d.book.AddComponent(d.Context(), incident.Component{Name: "Backup", Group: g.ID}))
	mail := must(d.book.AddComponent(d.Context(), incident.Component{Name: "Mail"}))
	d.mustPay()
	must(d.book.EditGroup(d.Context(), g.ID, func(g *incident.Group) error { g.Hidden = true; return nil }))
	must(d.book.EditComponent(d.Context(), mail.ID, func(c *incident.Component) error { c.Hidden = true; return nil }))
	d.mustPay()
	must(d.book.OpenIncident(d.Context(), incident.Incident{Name: "Slow", Public: true, Touched: []incident.Touch{
		{Component: backup.ID, State: incident.MajorOutage}, {Component: mail.ID, State: incident.Degraded}}}, incident.Update{}))
	must(d.book.Plan(d.Context(), incident.Maintenance{Name: "Disks", Starts: d.now.Add(time.Hour), Ends: d.now.Add(2 * time.Hour), Components: []int64{backup.ID, mail.ID}}))
	d.mustPay()
	d.is("incidents", 0, cachetd.Thing{"name": "Slow", "component_id": nil})
	d.is("schedules", 0, cachetd.Thing{"name": "Disks", "components": nil})
}

// What nobody looked at is told as that: it has a number in Cachet, 0.
func TestPushOfWhatIsNotKnown(t *testing.T) {
	d := newDesk(t, false)
	web := must(d.book.AddComponent(d.Context(), incident.Component{Name: "Web", Follows: incident.FollowsPod}))
	must(d.book.OpenIncident(d.Context(), incident.Incident{Name: "Odd", Public: true, Touched: []incident.Touch{{Component: web.ID}}}, incident.Update{}))
	d.mustPay()
	d.is("components", 0, cachetd.Thing{"status": 0})
	d.is("incidents", 0, cachetd.Thing{"message": "Odd", "component_status": 0})
}

func TestPushOfMaintenance(t *testing.T) {
	d := newDesk(t, false)
	web := must(d.book.AddComponent(d.Context(), incident.Component{Name: "Web"}))
	starts := d.now.Add(24 * time.Hour).Truncate(time.Minute)
	m := must(d.book.Plan(d.Context(), incident.Maintenance{Name: "PostgreSQL 15 → 17", Text: "short breaks", Starts: starts, Ends: starts.Add(2 * time.Hour), Components: []int64{web.ID}}))
	d.mustPay()
	d.is("schedules", 0, cachetd.Thing{"name": "PostgreSQL 15 → 17", "status": 0, "message": "short breaks\n\nUntil 2026-11-28 00:04 CET", "scheduled_at": "2026-11-27 22:04:00", "completed_at": nil})
	d.now = starts
	must(d.book.EditMaintenance(d.Context(), m.ID, nil, func(m *incident.Maintenance) error { m.Phase = incident.UnderWay; return nil }))
	d.mustPay()
	d.is("schedules", 0, cachetd.Thing{"status": 1})
	d.is("components", 0, cachetd.Thing{"status": 2}) // it has no number for a maintenance
	d.now = starts.Add(time.Hour)
	must(d.book.EditMaintenance(d.Context(), m.ID, &incident.Note{Text: "sooner than planned"}, func(m *incident.Maintenance) error { m.Phase = incident.Complete; return nil }))
	d.mustPay()
	d.is("schedules", 0, cachetd.Thing{"status": 2, "completed_at": "2026-11-27 23:04:00", "message": "short breaks\n\n**2026-11-27 23:04 CET**  \nsooner than planned"})
	d.is("components", 0, cachetd.Thing{"status": 1})
	if err := d.book.RemoveMaintenance(d.Context(), m.ID); err != nil {
		t.Fatal(err)
	}
	d.mustPay()
	d.count("schedules", 0)
}

// A Cachet before 2.4 gets what it can keep, and the admins are told once.
func TestPushToAnOlderCachet(t *testing.T) {
	d := newDesk(t, true)
	follows := must(d.book.AddComponent(d.Context(), incident.Component{Name: "Web", Follows: incident.FollowsPod})) // nobody has looked at it
	i := must(d.book.OpenIncident(d.Context(), incident.Incident{Name: "Pod slow", Public: true, Touched: []incident.Touch{{Component: follows.ID, State: incident.PartialOutage}}}, incident.Update{}))
	d.now = d.now.Add(time.Minute)
	must(d.book.AddUpdate(d.Context(), i.ID, incident.Update{Status: incident.Fixed, Text: "done"}))
	d.mustPay()
	d.is("incidents", 0, cachetd.Thing{"name": "Pod slow", "status": 4, "message": "**2026-11-26 22:05 CET, fixed**  \ndone\n\nPod slow"})
	d.is("components", 0, cachetd.Thing{"status": 1})
	m := must(d.book.Plan(d.Context(), incident.Maintenance{Name: "Upgrade", Starts: d.now.Add(time.Hour), Ends: d.now.Add(2 * time.Hour)}))
	d.mustPay()
	d.is("incidents", 1, cachetd.Thing{"name": "Upgrade", "status": 0, "message": "From 2026-11-26 23:05 CET\n\nUntil 2026-11-27 00:05 CET"})
	must(d.book.EditMaintenance(d.Context(), m.ID, nil, func(m *incident.Maintenance) error { m.Phase = incident.Cancelled; return nil }))
	d.restart()
	d.mustPay()
	d.is("incidents", 1, cachetd.Thing{"status": 4, "message": "From 2026-11-26 23:05 CET\n\nCancelled."})
	d.count("incidents", 2)
	if !slices.Equal(slices.Compact(d.told), []string{"cachet/old/" + d.there.URL}) {
		t.Errorf("told %q", d.told)
	}
}

// What stands there already is taken over, and not removed: it was there before us.
func TestPushTakesComponentsOver(t *testing.T) {
	d := newDesk(t, false)
	d.there.Put("components", cachetd.Thing{"name": "Other", "status": 1})
	theirs := d.there.Put("components", cachetd.Thing{"name": "web", "status": 4, "enabled": true})
	web := must(d.book.AddComponent(d.Context(), incident.Component{Name: "Web"}))
	d.mustPay()
	d.count("components", 2)
	d.is("components", 1, cachetd.Thing{"id": theirs, "name": "Web", "status": 1})
	if err := d.book.RemoveComponent(d.Context(), web.ID); err != nil {
		t.Fatal(err)
	}
	d.mustPay()
	d.count("components", 2)
	d.is("components", 1, cachetd.Thing{"enabled": false})
}

// What was open before the Cachet came into the config is told at first; what is over is not.
func TestPushTellsAtFirstWhatIsOpen(t *testing.T) {
	d := newDesk(t, false)
	must(d.book.OpenIncident(d.Context(), incident.Incident{Name: "over", Public: true, Status: incident.Fixed}, incident.Update{}))
	must(d.book.OpenIncident(d.Context(), incident.Incident{Name: "open", Public: true}, incident.Update{}))
	must(d.book.OpenIncident(d.Context(), incident.Incident{Name: "draft"}, incident.Update{}))
	must(d.book.AddComponent(d.Context(), incident.Component{Name: "Web"}))
	must(d.book.Plan(d.Context(), incident.Maintenance{Name: "soon", Starts: d.now.Add(time.Hour), Ends: d.now.Add(2 * time.Hour)}))
	d.owed = []string{OwedAtFirst}
	d.now = d.now.Add(48 * time.Hour)
	d.mustPay()
	d.count("incidents", 1)
	d.is("incidents", 0, cachetd.Thing{"name": "open", "notify": false}) // its subscribers need not hear of it now
	d.count("components", 1)
	d.count("schedules", 1)
}

// However a request ends, everything is there once and in order in the end.
func TestPushThroughFailures(t *testing.T) {
	for _, status := range []int{500, 503, 429, 408, 401, 403, 302, cachetd.Cut, cachetd.CutAfter, cachetd.HTML, cachetd.Missing} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			d := newDesk(t, false)
			web := must(d.book.AddComponent(d.Context(), incident.Component{Name: "Web"}))
			for n := range 3 {
				i := must(d.book.OpenIncident(d.Context(), incident.Incident{Name: "Pod slow", Public: true, Touched: []incident.Touch{{Component: web.ID, State: incident.MajorOutage}}}, incident.Update{Text: fmt.Sprint("trouble ", n)}))
				must(d.book.AddUpdate(d.Context(), i.ID, incident.Update{Status: incident.Fixed, Text: "done"}))
				must(d.book.AddUpdate(d.Context(), i.ID, incident.Update{Text: "done"}))
				d.now = d.now.Add(time.Minute)
			}
			must(d.book.Plan(d.Context(), incident.Maintenance{Name: "soon", Starts: d.now.Add(time.Hour), Ends: d.now.Add(2 * time.Hour)}))
			dice, failed := rand.New(rand.NewPCG(1, uint64(status))), 0
			d.there.Break(func(*http.Request) int {
				if dice.IntN(3) > 0 {
					return 0
				}
				return status
			})
			for range 200 {
				err := d.pay()
				if err == nil {
					break
				}
				if !errors.Is(err, bot.ErrOffline) {
					t.Fatalf("it gave up: %v", err)
				}
				if strings.Contains(err.Error(), cachetd.Token) || strings.Contains(err.Error(), "127.0.0.1:") && strings.Contains(err.Error(), "->") {
					t.Errorf("the error says too much: %v", err)
				}
				failed++
				d.restart() // as if it had crashed each time
			}
			if len(d.owed) > 0 {
				t.Fatalf("still owed after %d failures: %q", failed, d.owed)
			}
			d.there.Break(nil)
			d.count("components", 1)
			d.count("incidents", 3)
			d.count("schedules", 1)
			for n, i := range d.there.All("incidents") {
				d.is("incidents", n, cachetd.Thing{"message": fmt.Sprint("trouble ", n), "status": 4})
				d.count(fmt.Sprintf("incidents/%d/updates", i["id"]), 2)
			}
			t.Logf("%d failures, %d writes", failed, len(d.there.Requests()))
		})
	}
}

// What is refused for itself is no reason to wait.
func TestPushOfWhatIsRefused(t *testing.T) {
	d := newDesk(t, false)
	must(d.book.AddComponent(d.Context(), incident.Component{Name: "Web"}))
	d.there.Break(func(r *http.Request) int {
		if r.Method == "POST" {
			return 400
		}
		return 0
	})
	err := d.pay()
	if err == nil || errors.Is(err, bot.ErrOffline) || !strings.Contains(err.Error(), "it fails as it was told to") {
		t.Errorf("%v", err)
	}
	d.there.Break(func(*http.Request) int { return cachetd.Hang })
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := d.push.Post(ctx, bot.Post{Text: d.owed[0]}); !errors.Is(err, bot.ErrOffline) {
		t.Errorf("%v", err)
	}
}

// What somebody removed there comes back once it changes.
func TestPushOfWhatWasRemovedThere(t *testing.T) {
	d := newDesk(t, false)
	i := must(d.book.OpenIncident(d.Context(), incident.Incident{Name: "Pod slow", Public: true}, incident.Update{Text: "hm"}))
	must(d.book.AddUpdate(d.Context(), i.ID, incident.Update{Text: "hm"}))
	d.mustPay()
	req, _ := http.NewRequest("DELETE", fmt.Sprintf("%s/api/v1/incidents/%d", d.there.URL, d.there.All("incidents")[0]["id"]), nil)
	req.Header.Set("X-Cachet-Token", cachetd.Token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil || resp.StatusCode != 204 {
		t.Fatal(resp, err)
	}
	must(d.book.AddUpdate(d.Context(), i.ID, incident.Update{Status: incident.Fixed}))
	d.there.Break(func(*http.Request) int { return cachetd.Missing }) // so says a proxy, while the Cachet is being upgraded
	if err := d.pay(); !errors.Is(err, bot.ErrOffline) {
		t.Fatal(err)
	}
	d.there.Break(nil)
	d.mustPay()
	d.count("incidents", 1)
	d.count(fmt.Sprintf("incidents/%d/updates", d.there.All("incidents")[0]["id"]), 2)
}

func TestPoints(t *testing.T) {
	d := newDesk(t, false)
	d.push.Metrics = []Metric{{Name: "Response time", Suffix: "ms", Every: 5 * time.Minute}}
	theirs := d.there.Put("metrics", cachetd.Thing{"name": "Users", "suffix": ""})
	points := Points{d.push}
	at := d.now.Truncate(time.Minute)
	for _, text := range []string{OwedPoint("Response time", at, 182.12345), OwedPoint("Users", at, 5), OwedPoint("Gone", at, 5)} {
		if _, err := points.Post(t.Context(), bot.Post{Text: text}); err != nil {
			t.Fatal(err)
		}
	}
	d.is("metrics", 1, cachetd.Thing{"name": "Response time", "suffix": "ms", "calc_type": 1})
	d.is(fmt.Sprintf("metrics/%d/points", d.there.All("metrics")[1]["id"]), 0, cachetd.Thing{"value": 182.123, "created_at": "2026-11-26 22:04:00"})
	path := fmt.Sprintf("metrics/%d/points", theirs)
	d.is(path, 0, cachetd.Thing{"value": 5})
	d.count("metrics", 2)

	d.there.Break(func(r *http.Request) int { return cachetd.CutAfter })
	next := OwedPoint("Users", at.Add(5*time.Minute), 6)
	if err := d.post(next); !errors.Is(err, bot.ErrOffline) {
		t.Fatal(err)
	}
	d.restart()
	d.there.Break(nil)
	if err := d.post(next); err != nil {
		t.Fatal(err)
	}
	d.count(path, 2)
	if err := d.post("point x"); err == nil {
		t.Error("taken")
	}
}

func TestCheck(t *testing.T) {
	for _, old := range []bool{false, true} {
		d := newDesk(t, old)
		v, err := d.push.Check(t.Context())
		if err != nil || v.Old != old {
			t.Errorf("%+v, %v", v, err)
		}
		other, err := NewClient(d.there.URL+"/", "wrong", time.UTC)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := other.Check(t.Context()); err == nil || !strings.Contains(err.Error(), "401 Unauthorized: it does not take the token") {
			t.Error(err)
		}
		d.there.Break(func(*http.Request) int { return cachetd.HTML })
		if _, err := d.push.Check(t.Context()); err == nil || !strings.Contains(err.Error(), "is the address right?") {
			t.Error(err)
		}
	}
	for _, address := range []string{"", "status.example.org", "ftp://x", "https://user:pw@x", "https://x/?a=b", "http://x\x7f"} {
		if _, err := NewClient(address, "", time.UTC); err == nil {
			t.Errorf("%q is taken", address)
		}
	}
}
