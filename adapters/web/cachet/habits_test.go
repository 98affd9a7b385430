package cachet

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"

	"github.com/diaspote/vigie/ops/incident"
	"github.com/diaspote/vigie/ops/ledger"
)

const (
	asJSON = "application/json"
	asForm = "application/x-www-form-urlencoded"
)

// TestHabits has programs send what programs made for Cachet send.
func TestHabits(t *testing.T) {
	s := newScene(t)
	var b bytes.Buffer
	parts := multipart.NewWriter(&b)
	parts.WriteField("name", "by parts")
	parts.WriteField("status", "1")
	parts.Close()
	for what, q := range map[string]request{
		"all in the address":        {path: "?name=in+the+address&status=1&enabled=True"},
		"a form":                    {kind: asForm, body: "name=a+form&status=1&enabled=1"},
		"JSON":                      {kind: asJSON, body: `{"name": "JSON", "status": 1, "enabled": true}`},
		"JSON as in Cachet's docs":  {kind: asJSON + ";", body: `{"name": "as in the docs", "description": "An example description", "status": 1}`},
		"JSON of text":              {kind: asJSON + "; charset=utf-8", body: `{"name": "JSON of text", "status": "1", "enabled": "true"}`},
		"JSON that is called form":  {kind: asForm, body: `{"name": "called form", "status": 1}`},
		"JSON that is called else":  {kind: "application/vnd.api+json", body: `{"name": "called else", "status": 1.0}`},
		"JSON without a type":       {body: `{"name": "no type", "status": 1}`},
		"parts":                     {kind: parts.FormDataContentType(), body: b.String()},
		"half in the address":       {path: "?status=4&name=x", kind: asJSON, body: `{"name": "half", "status": 1}`},
		"nulls":                     {kind: asJSON, body: `{"name": "nulls", "status": 1, "link": null, "group_id": null, "description": null, "order": null, "enabled": null, "tags": null}`},
		"what cannot be written":    {kind: asJSON, body: `{"name": "read-only", "status": 1, "id": 77, "created_at": "x", "status_name": "y", "deleted_at": null, "meta": {"a": [1]}}`},
		"a slash at the end":        {path: "/?name=slash&status=1"},
		"an Accept of everything":   {path: "?name=accept&status=1", head: map[string]string{"Accept": "*/*"}},
		"an Accept of something":    {path: "?name=html&status=1", head: map[string]string{"Accept": "text/html"}},
		"an emoji, a quote, markup": {kind: asJSON, body: `{"name": "👩‍🚀 <b>\"x\"</b>", "status": 1}`},
	} {
		q.method, q.path = "POST", "/api/v1/components"+q.path
		if got := s.data(q); got["status"] != 1.0 || got["enabled"] != true || got["id"] == 77.0 || got["group_id"] != 0.0 || got["deleted_at"] != nil {
			t.Errorf("%s: %v", what, got)
		}
	}
	got := s.data(request{method: "POST", path: "/api/v1/incidents", kind: asForm, body: "name=a+100%+sure;+really&status=1&message=%41%zz%4"})
	if got["name"] != "a 100% sure; really" || got["message"] != "A%zz%4" {
		t.Error(got)
	}
	if got := s.list("/api/v1/components?per_page=10000&name=half", "-"); got.Meta.Pagination.Total != 1 || len(got.Data) != 1 {
		t.Errorf("%+v", got)
	}
	if got := s.data(request{method: "PUT", path: "/api/v1/components/1?status=3"}); got["status"] != 3.0 || got["status_name"] != "Partial Outage" {
		t.Error(got)
	}
	for _, q := range []request{
		{method: "DELETE", path: "/api/v1/components/1"},
		{method: "DELETE", path: "/api/v1/components/2/", kind: asJSON, body: "{}"},
	} {
		if got := s.do(q); got.code != http.StatusNoContent || got.text != "" {
			t.Errorf("%s: %+v", q.path, got)
		}
	}
}

func TestTags(t *testing.T) {
	s := newScene(t)
	c := s.data(request{method: "POST", path: "/api/v1/components", kind: asForm, body: "name=Web&status=1&tags=Front+End,+web ,,"})
	if fmt.Sprint(c["tags"]) != "map[front-end:Front End web:web]" {
		t.Error(c["tags"])
	}
	s.data(request{method: "POST", path: "/api/v1/components?name=Mail&status=1"})
	whole, _ := json.Marshal(c)
	if again := s.data(request{method: "PUT", path: "/api/v1/components/1", kind: asJSON, body: string(whole)}); fmt.Sprint(again) != fmt.Sprint(c) {
		t.Errorf("%v\n%v", again, c)
	}
	if got := s.list("/api/v1/components?tags=nothing,front-end", "-"); len(got.Data) != 1 {
		t.Error(got)
	}
	if c = s.data(request{method: "PUT", path: "/api/v1/components/1", kind: asJSON, body: `{"tags": ["a", "b"]}`}); fmt.Sprint(c["tags"]) != "map[a:a b:b]" {
		t.Error(c["tags"])
	}
}

// TestWholeObjects sends back what was shown, with one thing changed: nothing else may change by it.
func TestWholeObjects(t *testing.T) {
	s := newScene(t)
	s.now = s.now.Add(421e6) // times are not whole seconds
	ctx := t.Context()
	must := func(_ any, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"Web", "Mail"} {
		must(s.book.AddComponent(ctx, incident.Component{Name: name}))
	}
	must(s.book.OpenIncident(ctx, incident.Incident{Name: "Pod slow", Public: true, Impact: incident.Major,
		Touched: []incident.Touch{{Component: 1, State: incident.MajorOutage}, {Component: 2}}}, incident.Update{Text: "a", Person: "dada"}))
	must(s.book.Plan(ctx, incident.Maintenance{Name: "PostgreSQL", Starts: s.now.Add(3e12), Ends: s.now.Add(5e12), Components: []int64{1, 2}}))
	must(s.book.AddMetric(ctx, incident.Metric{Name: "Load", Suffix: "%", Default: 1.5, Chart: true, Places: 2, View: 1, Merge: 5, Seen: incident.Everyone}))
	must(s.book.PutGroup(ctx, incident.Group{Name: "All", Order: 3}))
	for path, name := range map[string]string{"incidents/1": "name", "schedules/1": "message", "components/1": "description", "metrics/1": "suffix", "components/groups/1": "name"} {
		before := s.data(request{method: "GET", path: "/api/v1/" + path})
		before[name] = "other words"
		whole, err := json.Marshal(before)
		if err != nil {
			t.Fatal(err)
		}
		after := s.data(request{method: "PUT", path: "/api/v1/" + path, kind: asJSON, body: string(whole)})
		if fmt.Sprint(after) != fmt.Sprint(before) {
			t.Errorf("%s:\n%v\n%v", path, after, before)
		}
	}
	// The states of the components were no words of anybody.
	c, err := s.book.Component(ctx, 1)
	if err != nil || c.Hand > incident.Operational || c.State != incident.MajorOutage {
		t.Errorf("%+v, %v", c, err)
	}
	if err := s.book.RemoveComponent(ctx, 1); err != nil {
		t.Fatal(err)
	}
	before := s.data(request{method: "GET", path: "/api/v1/incidents/1"})
	whole, err := json.Marshal(before)
	if err != nil {
		t.Fatal(err)
	}
	if after := s.data(request{method: "PUT", path: "/api/v1/incidents/1", kind: asJSON, body: string(whole)}); fmt.Sprint(after) != fmt.Sprint(before) || before["component_id"] != 1.0 {
		t.Errorf("of a component that was removed:\n%v\n%v", after, before)
	}
	s.refused(request{method: "POST", path: "/api/v1/incidents?name=x&message=y&status=1&component_id=1"}, 400, "was removed")
	if got := s.data(request{method: "GET", path: "/api/v1/incidents/1", token: "-"}); got["component_id"] != 2.0 {
		t.Errorf("strangers see a component that was removed: %v", got)
	}
	i, err := s.book.Incident(ctx, 1)
	if err != nil || len(i.Updates) != 1 || len(i.Touched) != 2 || i.Touched[1].State != incident.PartialOutage || i.Opened.Nanosecond() == 0 {
		t.Errorf("%+v, %v", i, err)
	}
}

// TestComponentStatus is what becomes of a component by incidents, as a program sees it that watches something.
func TestComponentStatus(t *testing.T) {
	s := newScene(t)
	post := func(path, body string) map[string]any {
		return s.data(request{method: "POST", path: "/api/v1/" + path, kind: asForm, body: body})
	}
	put := func(path, body string) map[string]any {
		return s.data(request{method: "PUT", path: "/api/v1/" + path, kind: asForm, body: body})
	}
	is := func(what string, want float64) {
		t.Helper()
		if got := s.data(request{method: "GET", path: "/api/v1/components/1", token: "-"}); got["status"] != want {
			t.Errorf("%s: %v, not %v", what, got["status"], want)
		}
	}
	post("components", "name=Web&status=1")
	post("components", "name=Mail&status=1")
	put("components/1", "status=4")
	is("set", 4)
	post("incidents", "name=Down&message=x&status=1&component_id=1&component_status=4")
	is("with an incident", 4)
	put("incidents/1", "status=4&component_status=1&component_id=1")
	is("over, and said to be well", 1)
	i := s.data(request{method: "GET", path: "/api/v1/incidents/1"})
	if i["component_status"] != 4.0 || len(i["updates"].([]any)) != 1 {
		t.Errorf("what it was is gone: %v", i)
	}
	put("incidents/1", "status=2&component_id=1&component_status=3")
	is("open again", 3)
	post("incidents/1/updates", "status=3&message=better&component_id=1&component_status=2")
	is("better", 2)
	put("incidents/1", "component_id=2&component_status=3")
	is("it was another", 1)
	if i = s.data(request{method: "GET", path: "/api/v1/incidents/1"}); i["component_id"] != 2.0 || len(i["components"].([]any)) != 1 {
		t.Error(i)
	}
	post("incidents", "name=Past&message=x&status=4&component_id=1&component_status=2")
	is("of one that is over", 2)
	post("incidents", "name=Well&message=x&status=4&component_id=1&component_status=1")
	is("well", 1)
	post("incidents", "name=Draft&message=x&status=1&component_id=1&component_status=4&visible=0")
	is("a draft", 1)
}

// TestWords is which text of an incident is which.
func TestWords(t *testing.T) {
	s := newScene(t)
	s.data(request{method: "POST", path: "/api/v1/incidents", kind: asJSON, body: `{"name": "Down", "message": "first", "status": 1, "created_at": "2026-11-20 08:00:00"}`})
	s.data(request{method: "POST", path: "/api/v1/incidents/1/updates", kind: asJSON, body: `{"message": "second", "status": 2}`})
	s.now = s.now.Add(60e9)
	got := s.data(request{method: "PUT", path: "/api/v1/incidents/1?status=4&message=first,+in+other+words"})
	updates := got["updates"].([]any)
	if got["message"] != "first, in other words" || len(updates) != 2 || got["status"] != 4.0 || got["is_resolved"] != true || got["created_at"] != "2026-11-20 08:00:00" {
		t.Error(got)
	}
	if last := updates[0].(map[string]any); last["message"] != "" || last["status"] != 4.0 || last["created_at"] != "2026-11-20 12:31:15" {
		t.Error(last)
	}
	i, err := s.book.Incident(t.Context(), 1)
	if err != nil || len(i.Updates) != 3 {
		t.Fatal(i, err)
	}
	for _, u := range i.Updates {
		if u.Person != "API" {
			t.Errorf("%+v", u)
		}
	}
	// The message is no update, nor is an update of another incident one of this.
	s.data(request{method: "POST", path: "/api/v1/incidents?name=x&message=y&status=1"})
	for _, path := range []string{fmt.Sprintf("1/updates/%d", i.Updates[0].ID), "2/updates/2", "1/updates/99", "1/updates/x", "3/updates/2"} {
		for _, method := range []string{"GET", "PUT", "DELETE"} {
			s.refused(request{method: method, path: "/api/v1/incidents/" + path + "?message=z&status=1"}, http.StatusNotFound, "")
		}
	}
}

func TestSchedules(t *testing.T) {
	s := newScene(t)
	for _, name := range []string{"Web", "Mail", "Queue"} {
		s.data(request{method: "POST", path: "/api/v1/components?status=1&name=" + name})
	}
	for body, want := range map[string]string{
		"components[]=1&components[]=3":           "[1 3]",
		"components[0]=1&components[1]=2":         "[1 2]",
		"components[3]=2":                         "[3]",
		"components=2,3":                          "[2 3]",
		`{"components": [2, "3", 2]}`:             "[2 3]",
		`{"components": {"2": 1, "3": 4}}`:        "[2 3]",
		`{"components": [{"id": 3}]}`:             "[3]",
		`{"components": [{"component_id": "1"}]}`: "[1]",
		`{"components": []}`:                      "[]",
		`{"components": null}`:                    "[]",
	} {
		var ids []any
		got := s.data(request{method: "POST", path: "/api/v1/schedules?name=x&status=0&scheduled_at=2026-12-01+04:00", body: body, kind: asForm})
		for _, c := range got["components"].([]any) {
			ids = append(ids, c.(map[string]any)["component_id"])
		}
		if fmt.Sprint(ids) != want {
			t.Errorf("%s: %v", body, ids)
		}
	}
	m := s.data(request{method: "POST", path: "/api/v1/schedules?name=x&status=2&scheduled_at=2026-11-19+04:00&completed_at=2026-11-19+05:30"})
	if m["status"] != 2.0 || m["completed_at"] != "2026-11-19 05:30:00" || m["human_status"] != "Complete" {
		t.Error(m)
	}
	path := fmt.Sprintf("/api/v1/schedules/%v", m["id"])
	if m = s.data(request{method: "PUT", path: path + "?name=y"}); m["name"] != "y" || m["completed_at"] != "2026-11-19 05:30:00" {
		t.Error(m)
	}
	s.data(request{method: "POST", path: "/api/v1/schedules?name=goes+on&status=0&scheduled_at=2026-12-01+04:00"})
	goes := s.list("/api/v1/schedules?name=goes+on", "").Data[0]["id"]
	for _, status := range []int{1, 1, 2} {
		s.data(request{method: "PUT", path: fmt.Sprintf("/api/v1/schedules/%v?status=%d", goes, status)})
	}
	if m, err := s.book.Maintenance(t.Context(), int64(goes.(float64))); err != nil || len(m.Updates) != 2 || m.Updates[1].Text != incident.CompleteText || m.Updates[1].Person != "API" {
		t.Errorf("%+v, %v", m, err)
	}
	m = s.data(request{method: "POST", path: "/api/v1/schedules?name=moved&status=0&scheduled_at=2026-12-01+04:00&completed_at=2026-12-01+06:00"})
	path = fmt.Sprintf("/api/v1/schedules/%v", m["id"])
	if m = s.data(request{method: "PUT", path: path + "?scheduled_at=2026-12-02+04:00"}); m["completed_at"] != "2026-12-02 06:00:00" {
		t.Error(m)
	}
	id := int64(m["id"].(float64))
	if _, err := s.book.EditMaintenance(t.Context(), id, nil, func(m *incident.Maintenance) error { m.Phase = incident.Cancelled; return nil }); err != nil {
		t.Fatal(err)
	}
	s.refused(request{method: "GET", path: path}, http.StatusNotFound, "")
	s.refused(request{method: "PUT", path: path + "?status=1"}, http.StatusNotFound, "")
	if got := s.list("/api/v1/schedules?name=moved", ""); len(got.Data) != 0 {
		t.Error(got)
	}
}

// TestRefused is what is wrong, said so that one sees what to do.
func TestRefused(t *testing.T) {
	s := newScene(t)
	s.data(request{method: "POST", path: "/api/v1/components?name=Web&status=1"})
	s.data(request{method: "POST", path: "/api/v1/metrics?name=Load&suffix=x"})
	s.data(request{method: "POST", path: "/api/v1/incidents?name=Down&message=x&status=1"})
	long := strings.Repeat("x", incident.MostText+1)
	for _, test := range []struct {
		method, path, body string
		code               int
		says               string
	}{
		{"POST", "components", ``, 400, "The name field is required. The status field is required."},
		{"POST", "components", `{"name": " ", "status": null}`, 400, "The name field is required."},
		{"POST", "components", `{"name": "Web", "status": 1}`, 400, "is that of component 1"},
		{"POST", "components", `{"name": "x", "status": 9}`, 400, "The status is 9; it goes from 0 to 4"},
		{"POST", "components", `{"name": "x", "status": "up"}`, 400, "The status must be an integer"},
		{"POST", "components", `{"name": "x", "status": 99999999999999}`, 400, "The status must be an integer"},
		{"POST", "components", `{"name": "x", "status": 1, "link": "javascript:alert(1)"}`, 400, "The link is no http"},
		{"POST", "components", `{"name": "x", "status": 1, "group_id": 9}`, 400, "there is no such group"},
		{"POST", "components", `{"name": "x", "status": 1, "enabled": "perhaps"}`, 400, "The enabled must be true or false"},
		{"POST", "components", `{"name": ["x"], "status": 1}`, 400, "The name must be a string"},
		{"POST", "components", `{"name": "x", `, 400, "The JSON cannot be read"},
		{"POST", "components", `[1, 2]`, 400, "The JSON cannot be read"},
		{"PUT", "components/9", `{}`, 404, ""},
		{"PUT", "components/0", `{}`, 404, ""},
		{"PUT", "components/-1", `{}`, 404, ""},
		{"PUT", "components/+1", `{}`, 404, ""},
		{"PUT", "components/99999999999999999999", `{}`, 404, ""},
		{"DELETE", "components/1%2f..%2f1", `{}`, 404, ""},
		{"PUT", "components/groups/1", `{"name": "x"}`, 404, ""},
		{"POST", "incidents", `{"name": "x", "status": 1}`, 400, "The message field is required."},
		{"POST", "incidents", `{"name": "x", "message": "y", "status": 0}`, 400, "maintenance is under schedules"},
		{"POST", "incidents", `{"name": "x", "message": "y", "status": 1, "component_id": 9}`, 400, "there is no such component"},
		{"POST", "incidents", `{"name": "x", "message": "y", "status": 1, "component_id": 1, "component_status": 7}`, 400, "The component_status is 7"},
		{"POST", "incidents", `{"name": "x", "message": "y", "status": 1, "occurred_at": "2026-02-30 10:00"}`, 400, "The occurred_at is no date"},
		{"POST", "incidents", `{"name": "x", "message": "y", "status": 1, "occurred_at": "2026-03-29 02:30"}`, 400, "is an hour that there is not in Europe/Paris"},
		{"POST", "incidents", `{"name": "x", "message": "y", "status": 1, "occurred_at": "1815-06-18 11:00"}`, 400, "cannot be meant"},
		{"POST", "incidents", `{"name": "x", "message": "` + long + `", "status": 1}`, 400, "has 10001 characters"},
		{"POST", "incidents/1/updates", `{"status": 5, "message": "x"}`, 400, "The status is 5"},
		{"POST", "incidents/7/updates", `{"status": 1, "message": "x"}`, 404, ""},
		{"POST", "schedules", `{"name": "x", "status": 0}`, 400, "The scheduled_at field is required"},
		{"POST", "schedules", `{"name": "x", "status": 3, "scheduled_at": "2026-12-01 04:00"}`, 400, "The status is 3"},
		{"POST", "schedules", `{"name": "x", "scheduled_at": "2026-12-01 04:00", "completed_at": "2026-12-01 03:00"}`, 400, "is not after the start"},
		{"POST", "schedules", `{"name": "x", "scheduled_at": "2026-12-01 04:00", "components": [8]}`, 400, "there is no such component"},
		{"POST", "components", `{"name": "x", "status": 1, "tags": "` + strings.Repeat("a,", 1000) + `"}`, 400, "The tags must be 500 at most"},
		{"POST", "schedules", `{"name": "x", "scheduled_at": "2026-12-01 04:00", "components": "` + strings.Repeat("1,", 1000) + `1"}`, 400, "500 at most"},
		{"POST", "schedules", `{"name": "x", "scheduled_at": "2026-12-01 04:00", "components": "all"}`, 400, "must be a list of components"},
		{"POST", "metrics", `{"name": "x", "suffix": "y", "places": 5}`, 400, "The places is 5; it goes from 0 to 4"},
		{"POST", "metrics", `{"name": "x", "suffix": "y", "calc_type": 3}`, 400, "The calc_type is neither"},
		{"POST", "metrics/1/points", `{}`, 400, "The value field is required"},
		{"POST", "metrics/1/points", `{"value": "NaN"}`, 400, "The value must be a number"},
		{"POST", "metrics/1/points", `{"value": 1e300}`, 400, "too big a one"},
		{"POST", "metrics/1/points", `{"value": 1, "timestamp": "1600000000"}`, 400, "more than a year ago"},
		{"POST", "metrics/1/points", `{"value": 1, "timestamp": "2000000000"}`, 400, "in the future"},
		{"POST", "metrics/1/points", `{"value": 1, "timestamp": "soon"}`, 400, "is no date"},
		{"POST", "metrics/9/points", `{"value": 1}`, 404, ""},
		{"PUT", "metrics/1/points/1", `{"value": 1}`, 404, ""},
		{"POST", "subscribers", `{"email": "nobody"}`, 400, "is no address"},
		{"POST", "subscribers", `{"email": "a@example.org\nBcc: b@example.org"}`, 400, "is no address"},
		{"DELETE", "subscribers/1", ``, 404, ""},
		{"DELETE", "subscription/1", ``, 404, ""},
		{"PATCH", "components/1", `{}`, 405, "GET, HEAD"},
		{"GET", "metrics/1/points/1", ``, 405, "PUT"},
		{"POST", "ping", ``, 405, "GET"},
	} {
		s.refused(request{method: test.method, path: "/api/v1/" + test.path, kind: asJSON, body: test.body}, test.code, test.says)
	}
	s.refused(request{method: "POST", path: "/api/v1/components", kind: "application/xml", body: "<x/>"}, 415, "neither JSON nor a form")
	s.refused(request{method: "POST", path: "/api/v1/components", kind: asForm, body: "name=" + strings.Repeat("x", maxBody)}, 413, "256 KiB")
	// Nothing was written by any of it.
	if got := s.list("/api/v1/incidents", ""); got.Meta.Pagination.Total != 1 {
		t.Error(got)
	}
	if got := s.list("/api/v1/schedules", ""); got.Meta.Pagination.Total != 0 {
		t.Error(got)
	}
}

// TestNotify has those who subscribed be told of what programs write, unless they say not to.
func TestNotify(t *testing.T) {
	s := newScene(t)
	var told []string
	s.book.Owe(func() {}, func(c incident.Change) []ledger.Debt {
		if c.News != nil {
			told = append(told, c.News.Thing)
		}
		return nil
	})
	for n, test := range []struct {
		method, path string
		want         string
	}{
		{"POST", "incidents?name=a&message=x&status=1&notify=true", "[incident/1]"},
		{"POST", "incidents?name=b&message=x&status=1&notify=False", "[]"},
		{"POST", "incidents?name=c&message=x&status=1&visible=0", "[]"},
		{"PUT", "incidents/1?status=2&notify=0", "[]"},
		{"POST", "incidents/1/updates?status=3&message=y", "[incident/1]"},
		{"PUT", "incidents/3?visible=1", "[incident/3]"},
		{"POST", "schedules?name=a&scheduled_at=2026-12-01+04:00", "[maintenance/1]"},
		{"PUT", "schedules/1?status=1&notify=0", "[]"},
		{"PUT", "schedules/1?status=2", "[maintenance/1]"},
	} {
		told = nil
		s.data(request{method: test.method, path: "/api/v1/" + test.path})
		if got := fmt.Sprint(told); got != test.want {
			t.Errorf("%d, %s: %s, not %s", n, test.path, got, test.want)
		}
	}
}
