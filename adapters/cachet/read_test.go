package cachet

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/diaspote/vigie/bot"
	"github.com/diaspote/vigie/fixtures/cachetd"
	"github.com/diaspote/vigie/ops/incident"
)

// reads imports what the desk's Cachet has.
func (d *desk) reads(token string) (all incident.Imported) {
	d.Helper()
	c, err := NewClient(d.there.URL, token, d.now.Location())
	if err != nil {
		d.Fatal(err)
	}
	err = c.Read(d.Context(), d.now, func(_ string, some []incident.Foreign, _ int) error {
		came, err := d.book.Import(d.Context(), c.Place, some)
		all.Add(came)
		return err
	}, func(why string) { all.Refused = append(all.Refused, why) })
	if err != nil {
		d.Fatal(err)
	}
	return all
}

func (d *desk) incidents() []incident.Incident {
	d.Helper()
	return must(d.book.Incidents(d.Context(), incident.Query{}))
}

func TestImport(t *testing.T) {
	d := newDesk(t, false)
	mine := must(d.book.AddComponent(d.Context(), incident.Component{Name: "web", Follows: incident.FollowsPod}))
	pod := d.there.Put("components/groups", cachetd.Thing{"name": "Pod", "order": 2, "collapsed": 1, "visible": 1})
	web := d.there.Put("components", cachetd.Thing{"name": "Web", "status": 4, "group_id": pod})
	mail := d.there.Put("components", cachetd.Thing{"name": "Mail", "description": "in & out", "link": "javascript:alert(1)", "status": "3", "order": 7, "group_id": pod, "enabled": true, "tags": "b,a"})
	d.there.Put("components", cachetd.Thing{"name": "Gone", "status": 1, "deleted_at": "2025-01-01 00:00:00"})
	d.there.Put("components", cachetd.Thing{"name": "Hidden", "status": 1, "enabled": false})
	first := d.there.Put("incidents", cachetd.Thing{"name": "Pod slow", "message": "We **look** at [it](https://diaspote.org/x).\n\n- <b>now</b>", "status": 4, "visible": 1, "stickied": true,
		"component_id": web, "occurred_at": "2025-03-30 01:59:00", "created_at": "2025-03-30 04:10:00", "updated_at": "2025-03-30 04:20:00"})
	path := fmt.Sprintf("incidents/%d/updates", first)
	d.there.Put(path, cachetd.Thing{"message": "found", "status": 2, "created_at": "2025-03-30 03:30:00"}) // after the hour that there is not
	d.there.Put(path, cachetd.Thing{"message": "done", "status": 4, "created_at": "2025-03-30 04:15:30"})
	d.there.Put("incidents", cachetd.Thing{"name": "Mail down", "message": "Mail down", "status": 1, "visible": 0, "component_id": mail, "occurred_at": "2026-11-25 10:00:00"})
	d.there.Put("incidents", cachetd.Thing{"name": strings.Repeat("x", 300), "message": strings.Repeat("y", 20_000), "status": 4, "visible": 1, "occurred_at": "2026-11-20 10:00:00", "updated_at": "2026-11-20 11:00:00"})
	d.there.Put("incidents", cachetd.Thing{"name": "Never", "message": "x", "status": 4, "visible": 1, "occurred_at": "0000-00-00 00:00:00", "created_at": ""})
	d.there.Put("schedules", cachetd.Thing{"name": "Upgrade", "message": "of *it*", "status": 0, "scheduled_at": "2026-12-01 22:00:00", "completed_at": nil, "components": []cachetd.Thing{{"component_id": mail}}})
	d.there.Put("schedules", cachetd.Thing{"name": "Forgotten", "message": "", "status": 1, "scheduled_at": "2020-12-01 22:00:00", "completed_at": nil})

	all := d.reads("")
	if all.Incidents != 2 || all.Components != 2 || all.Updates != 2 || all.Maintenances != 2 || all.Groups != 1 || all.Known != 1 || len(all.Refused) != 1 {
		t.Errorf("as a stranger: %+v", all)
	}
	all = d.reads(cachetd.Token)
	if all.Incidents != 1 || all.Components != 0 || all.Updates != 0 || all.Known != 8 || all.Refused[0] != `the incident "Never" (11): it does not say when it was` {
		t.Errorf("with the token: %+v", all)
	}
	if again := d.reads(cachetd.Token); again.Known != 9 || again.Incidents+again.Updates+again.Maintenances+again.Components+again.Groups != 0 {
		t.Errorf("again: %+v", again)
	}

	found := d.incidents()
	if len(found) != 3 {
		t.Fatalf("%+v", found)
	}
	at := func(s string) time.Time {
		return must(time.ParseInLocation("2006-01-02 15:04:05", s, d.now.Location()))
	}
	old, draft, long := found[2], found[0], found[1]
	if old.Name != "Pod slow" || !old.Public || !old.Sticky || old.Status != incident.Fixed || !old.Opened.Equal(at("2025-03-30 01:59:00")) || !old.Resolved.Equal(at("2025-03-30 04:15:30")) ||
		!old.Created.Equal(at("2025-03-30 04:10:00")) || !old.Updated.Equal(at("2025-03-30 04:20:00")) || !old.Touches(mine.ID) || len(old.Updates) != 3 {
		t.Errorf("%+v", old)
	}
	for n, want := range []incident.Update{{At: old.Opened, Status: incident.Investigating, Text: "We look at it (https://diaspote.org/x).\n\n- now"},
		{At: at("2025-03-30 03:30:00"), Status: incident.Identified, Text: "found"}, {At: at("2025-03-30 04:15:30"), Status: incident.Fixed, Text: "done"}} {
		if u := old.Updates[n]; !u.At.Equal(want.At) || u.Status != want.Status || u.Text != want.Text || u.Person != "" {
			t.Errorf("update %d: %+v", n, u)
		}
	}
	if draft.Public || !draft.Open() || draft.Updates[0].Text != "" || draft.Touched[0].State != incident.PartialOutage {
		t.Errorf("%+v", draft)
	}
	if len([]rune(long.Name)) != incident.MostName || len([]rune(long.Updates[0].Text)) != incident.MostText || !long.Resolved.Equal(at("2026-11-20 11:00:00")) {
		t.Errorf("%.300v", long)
	}
	for _, c := range must(d.book.Components(d.Context())) {
		switch c.Name {
		case "web":
			if c.ID != mine.ID || c.Hand != incident.Unknown {
				t.Errorf("%+v", c)
			}
		case "Mail":
			if c.About != "in & out" || c.Link != "" || c.Hand != incident.PartialOutage || c.State != incident.PartialOutage || c.Order != 7 || c.Group == 0 || !reflect.DeepEqual(c.Tags, []string{"a", "b"}) {
				t.Errorf("%+v", c)
			}
		case "Hidden":
			if !c.Hidden {
				t.Errorf("%+v", c)
			}
		default:
			t.Errorf("%+v", c)
		}
	}
	planned := must(d.book.Maintenances(d.Context(), time.Time{}))
	if len(planned) != 2 || planned[0].Phase != incident.Complete || planned[0].Ended.Sub(planned[0].Starts) != time.Hour || planned[1].Phase != incident.Upcoming ||
		planned[1].Text != "of it" || len(planned[1].Components) != 1 || !planned[1].Starts.Equal(at("2026-12-01 22:00:00")) {
		t.Errorf("%+v", planned)
	}
	if subjects := d.owed; len(subjects) == 0 { // of it the desk's own book owes; the command's owes nothing
		t.Error("nothing was changed")
	}

	// What happened there since comes in the next time.
	d.there.Put(path, cachetd.Thing{"message": "again", "status": 1, "created_at": "2026-11-26 12:00:00"})
	if all = d.reads(cachetd.Token); all.Updates != 1 || all.Known != 8 {
		t.Errorf("since: %+v", all)
	}
	if again := must(d.book.Incident(d.Context(), old.ID)); !again.Open() || again.Updates[3].Text != "again" {
		t.Errorf("%+v", again)
	}

	// To the Cachet that it came from nothing of it is written again.
	d.owed = []string{OwedAtFirst}
	for _, i := range found {
		d.owed = append(d.owed, fmt.Sprint("incident ", i.ID))
	}
	d.mustPay()
	d.is("incidents", 0, cachetd.Thing{"message": "We **look** at [it](https://diaspote.org/x).\n\n- <b>now</b>"})
	for _, request := range d.there.Requests() {
		if strings.Contains(request, "incidents") && !strings.HasPrefix(request, "DELETE") {
			t.Errorf("written: %s", request)
		}
	}
}

func TestImportOfMetrics(t *testing.T) {
	d := newDesk(t, false)
	d.push.Metrics = []Metric{{Name: "Response time", Suffix: "ms", Every: 5 * time.Minute}}
	for n := range 250 {
		if err := d.post(OwedPoint("Response time", d.now.Add(time.Duration(n-250)*time.Minute), float64(n)/2)); err != nil {
			t.Fatal(err)
		}
	}
	d.there.Put(fmt.Sprintf("metrics/%d/points", d.there.All("metrics")[0]["id"]), cachetd.Thing{"value": "1.500", "counter": "3", "created_at": "2001-01-01 00:00:00"})
	for _, again := range []bool{false, true} {
		var all incident.Imported
		err := d.push.ReadMetrics(t.Context(), func(_ string, some []incident.Foreign, _ int) error {
			came, err := d.book.Import(t.Context(), d.push.Place, some)
			all.Add(came)
			return err
		})
		if err != nil || !again && (all.Metrics != 1 || all.Points != 250) || again && (all.Metrics != 0 || all.Points != 0) {
			t.Errorf("%+v, %v", all, err)
		}
	}
	m := must(d.book.Metrics(t.Context()))
	points, total, err := d.book.Points(t.Context(), m[0].ID, true, 0, 1)
	if err != nil || total != 250 || points[0].Value != 124.5 || points[0].Count != 1 || m[0].Suffix != "ms" || m[0].Sum {
		t.Errorf("%+v %+v %d %v", m, points, total, err)
	}
}

// What was pushed comes back as it was.
func TestImportOfWhatWasPushed(t *testing.T) {
	for _, old := range []bool{false, true} {
		d := newDesk(t, old)
		web := must(d.book.AddComponent(d.Context(), incident.Component{Name: "Web", About: "the *site*"}))
		i := must(d.book.OpenIncident(d.Context(), incident.Incident{Name: "Pod slow", Public: true, Touched: []incident.Touch{{Component: web.ID, State: incident.MajorOutage}}}, incident.Update{Text: "# of\n<b> & https://x.org/a_b_"}))
		d.now = d.now.Add(time.Minute)
		d.mustPay()
		must(d.book.AddUpdate(d.Context(), i.ID, incident.Update{Status: incident.Watching, Text: "one\n\ntwo"}))
		d.now = d.now.Add(time.Hour)
		i = must(d.book.AddUpdate(d.Context(), i.ID, incident.Update{Status: incident.Fixed}))
		m := must(d.book.Plan(d.Context(), incident.Maintenance{Name: "soon", Text: "1. this", Starts: d.now.Add(time.Hour), Ends: d.now.Add(3 * time.Hour), Components: []int64{web.ID}}))
		gone := must(d.book.Plan(d.Context(), incident.Maintenance{Name: "not", Starts: d.now.Add(time.Hour), Ends: d.now.Add(3 * time.Hour)}))
		must(d.book.EditMaintenance(d.Context(), gone.ID, nil, func(m *incident.Maintenance) error { m.Phase = incident.Cancelled; return nil }))
		d.mustPay()

		e := newDesk(t, old)
		e.there, e.now = d.there, d.now
		if all := e.reads(""); len(all.Refused) > 0 {
			t.Errorf("%+v", all)
		}
		got := e.incidents()
		if len(got) != 1 || got[0].Name != i.Name || got[0].Status != i.Status || len(got[0].Touched) != 1 {
			t.Fatalf("%+v", got)
		}
		for n, u := range i.Updates {
			if old {
				break // which keeps one text for all
			}
			if v := got[0].Updates[n]; v.Text != u.Text || v.Status != u.Status || v.At.Sub(u.At).Abs() > time.Minute {
				t.Errorf("update %d: %+v, was %+v", n, v, u)
			}
		}
		for _, plan := range must(e.book.Maintenances(e.Context(), time.Time{})) {
			want := m
			if plan.Name == "not" {
				want = must(d.book.Maintenance(d.Context(), gone.ID))
			}
			if plan.Text != want.Text || !plan.Starts.Equal(want.Starts.Truncate(time.Minute)) || plan.Phase != want.Phase ||
				plan.Phase == incident.Upcoming && !plan.Ends.Equal(want.Ends.Truncate(time.Minute)) {
				t.Errorf("%+v, was %+v", plan, want)
			}
		}
	}
}

// A hostile Cachet can make the import fail, and nothing else.
func TestImportFromAnybody(t *testing.T) {
	endless := `{"meta":{"pagination":{"total":1,"total_pages":999999999}},"data":[{"id":%d,"name":"x"}]}`
	n := 0
	for name, serve := range map[string]http.HandlerFunc{
		"pages without end": func(w http.ResponseWriter, r *http.Request) {
			n++
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprintf(w, endless, n)
		},
		"an answer without end": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			for r.Context().Err() == nil {
				if _, err := w.Write([]byte(strings.Repeat(" ", 64<<10))); err != nil {
					return
				}
			}
		},
		"no list": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprint(w, `{"data":{"id":"1e400"}}`)
		},
		"a page": func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "<html>") },
		"elsewhere": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://169.254.169.254/", http.StatusFound)
		},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if strings.HasSuffix(r.URL.Path, "/version") {
					w.Header().Set("Content-Type", "application/json")
					fmt.Fprint(w, `{"data":"2.4.1"}`)
					return
				}
				serve(w, r)
			}))
			t.Cleanup(server.Close)
			c, err := NewClient(server.URL, "", time.UTC)
			if err != nil {
				t.Fatal(err)
			}
			taken := 0
			err = c.Read(t.Context(), time.Now(), func(_ string, some []incident.Foreign, _ int) error { taken += len(some); return nil }, func(string) {})
			if err == nil || taken > mostThings {
				t.Errorf("%d taken, %v", taken, err)
			}
			if name != "pages without end" && !errors.Is(err, bot.ErrOffline) {
				t.Error(err)
			}
			t.Log(err)
		})
	}
}

func FuzzRead(f *testing.F) {
	f.Add(`{"id":1,"name":"a","message":"b","status":4,"occurred_at":"2025-01-01 00:00:00","updates":[{"id":1,"status":"2"}]}`, `{"id":"2","scheduled_at":"2025-01-01 00:00","components":[{"id":1}]}`)
	f.Add(`{"id":1,"status":0,"scheduled_at":"x"}`, `{}`)
	f.Fuzz(func(t *testing.T, one, two string) {
		c := &Client{Zone: time.UTC}
		var i incidentThere
		var s schedule
		now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		if c.decode("x", []byte(one), &i) == nil {
			if f, _ := c.foreignIncident(&i, nil, now); f.Incident != nil && (len(f.Incident.Updates) == 0 || f.Incident.Name == "") {
				t.Errorf("%+v", f.Incident)
			}
		}
		if c.decode("x", []byte(two), &s) == nil {
			if f, _ := c.foreignSchedule(&s, now); f.Maintenance != nil && !f.Maintenance.Ends.After(f.Maintenance.Starts) {
				t.Errorf("%+v", f.Maintenance)
			}
		}
	})
}
