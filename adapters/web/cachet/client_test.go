package cachet

import (
	"reflect"
	"strings"
	"testing"

	cachet "github.com/andygrunwald/cachet"

	"github.com/diaspote/vigie/ops/incident"
)

// TestClient has a program made for Cachet make every call that it knows.
func TestClient(t *testing.T) {
	s := newScene(t)
	c, err := cachet.NewClient(s.url, nil)
	if err != nil {
		t.Fatal(err)
	}
	code := func(what string, want int, resp *cachet.Response, err error) {
		t.Helper()
		if resp == nil || resp.StatusCode != want || (err == nil) != (want < 300) {
			t.Errorf("%s: %v, %v", what, resp, err)
		}
	}
	if _, resp, err := c.Incidents.Create(&cachet.Incident{Name: "x", Message: "y", Status: 1}); err == nil {
		t.Error("a stranger writes")
	} else {
		code("create without a token", 401, resp, err)
	}
	c.Authentication.SetTokenAuth(secret)

	t.Run("general", func(t *testing.T) {
		if pong, _, err := c.General.Ping(); pong != "Pong!" || err != nil {
			t.Error(pong, err)
		}
		v, _, err := c.General.Version()
		if err != nil || v.Data != "2.4.1" || v.Meta.Latest.TagName != "v2.4.1" || !v.Meta.OnLatest {
			t.Errorf("%+v, %v", v, err)
		}
		if st, _, err := c.General.Status(); err != nil || st.Status != "success" || st.Message != "System operational" {
			t.Errorf("%+v, %v", st, err)
		}
	})

	g, resp, err := c.ComponentGroups.Create(&cachet.ComponentGroup{Name: "Web", Order: 2, Collapsed: 1, Visible: cachet.ComponentGroupVisibilityPublic})
	code("create a group", 200, resp, err)
	comp, resp, err := c.Components.Create(&cachet.Component{Name: "Pod", Description: "diaspora*", Link: "https://example.org/", Status: 1, Order: 3, GroupID: g.ID, Enabled: true})
	code("create a component", 200, resp, err)

	t.Run("components", func(t *testing.T) {
		want := cachet.Component{ID: comp.ID, Name: "Pod", Description: "diaspora*", Link: "https://example.org/", Status: 1, Order: 3, Enabled: true, GroupID: g.ID,
			CreatedAt: "2026-11-20 12:30:15", UpdatedAt: "2026-11-20 12:30:15", StatusName: "Operational"}
		if *comp != want {
			t.Errorf("%+v", comp)
		}
		back := *comp
		back.Status = 3
		if got, _, err := c.Components.Update(comp.ID, &back); err != nil || got.Status != 3 || got.StatusName != "Partial Outage" || got.Link != want.Link {
			t.Errorf("%+v, %v", got, err)
		}
		if got, _, err := c.Components.Get(comp.ID); err != nil || got.Status != 3 {
			t.Errorf("%+v, %v", got, err)
		}
		if got, _, err := c.Components.Update(comp.ID, &cachet.Component{Status: 1}); err != nil || got.Status != 1 || got.Name != "Pod" {
			t.Errorf("%+v, %v", got, err)
		}
		other, _, err := c.Components.Create(&cachet.Component{Name: "Mail", Status: 1})
		if err != nil || !other.Enabled {
			t.Fatal(other, err)
		}
		all, _, err := c.Components.GetAll(&cachet.ComponentsQueryParams{QueryOptions: cachet.QueryOptions{PerPage: 1, Page: 2}})
		if err != nil || len(all.Components) != 1 || all.Components[0].Name != "Mail" || all.Meta.Pagination.TotalPages != 2 ||
			!strings.HasSuffix(all.Meta.Pagination.Links.PreviousPage, "/api/v1/components?page=1&per_page=1") || all.Meta.Pagination.Links.NextPage != "" {
			t.Errorf("%+v, %v", all, err)
		}
		all, _, err = c.Components.GetAll(&cachet.ComponentsQueryParams{Name: "Pod", Enabled: true, GroupID: g.ID, Status: 1})
		if err != nil || len(all.Components) != 1 || all.Components[0].ID != comp.ID {
			t.Errorf("%+v, %v", all, err)
		}
		resp, err := c.Components.Delete(other.ID)
		code("delete", 204, resp, err)
		_, resp, err = c.Components.Get(other.ID)
		code("what was deleted", 404, resp, err)
	})

	t.Run("groups", func(t *testing.T) {
		got, _, err := c.ComponentGroups.Get(g.ID)
		if err != nil || got.Name != "Web" || got.Collapsed != 1 || got.Visible != 1 || got.LowestHumanStatus != "Operational" ||
			len(got.EnabledComponents) != 1 || len(got.EnabledComponentsLowest) != 1 || got.EnabledComponents[0].Name != "Pod" {
			t.Errorf("%+v, %v", got, err)
		}
		got.Name = "All of it"
		if got, _, err = c.ComponentGroups.Update(g.ID, got); err != nil || got.Name != "All of it" || got.Order != 2 {
			t.Errorf("%+v, %v", got, err)
		}
		all, _, err := c.ComponentGroups.GetAll(&cachet.ComponentGroupsQueryParams{Name: "All of it", Visible: 1})
		if err != nil || len(all.ComponentGroups) != 1 || all.Meta.Pagination.Total != 1 {
			t.Errorf("%+v, %v", all, err)
		}
		other, _, err := c.ComponentGroups.Create(&cachet.ComponentGroup{Name: "Rest"})
		if err != nil {
			t.Fatal(err)
		}
		resp, err := c.ComponentGroups.Delete(other.ID)
		code("delete", 204, resp, err)
	})

	t.Run("incidents", func(t *testing.T) {
		i, resp, err := c.Incidents.Create(&cachet.Incident{Name: "Pod slow", Message: "We look into it.", Status: cachet.IncidentStatusInvestigating,
			Visible: 1, ComponentID: comp.ID, ComponentStatus: 2, Notify: true, Stickied: true, OccurredAt: "2026-11-20 12:00"})
		code("create", 200, resp, err)
		want := cachet.Incident{ID: i.ID, Name: "Pod slow", Message: "We look into it.", Status: 1, Visible: 1, ComponentID: comp.ID, ComponentStatus: 2, Stickied: true,
			OccurredAt: "2026-11-20 12:00:00", CreatedAt: "2026-11-20 12:00:00", UpdatedAt: "2026-11-20 12:30:15", Updates: []cachet.IncidentUpdate{},
			HumanStatus: "Investigating", LatestStatus: 1, LatestHumanStatus: "Investigating", LatestIcon: "icon ion-flag oranges",
			Permalink: "https://status.example.org/incidents/1"}
		if !reflect.DeepEqual(*i, want) {
			t.Errorf("%+v", i)
		}
		if got, _, _ := c.Components.Get(comp.ID); got.Status != 2 {
			t.Errorf("the component is %d", got.Status)
		}
		if st, _, _ := c.General.Status(); st.Status != "info" {
			t.Errorf("%+v", st)
		}
		u, resp, err := c.IncidentUpdates.Create(i.ID, &cachet.IncidentUpdate{Status: 2, Message: "It is the database."})
		code("create an update", 200, resp, err)
		if u.IncidentID != i.ID || u.Status != 2 || u.HumanStatus != "Identified" || u.Message != "It is the database." || !strings.Contains(u.Permalink, "/incidents/1#") {
			t.Errorf("%+v", u)
		}
		u.Message = "It was the database."
		if u, _, err = c.IncidentUpdates.Update(i.ID, u.ID, u); err != nil || u.Message != "It was the database." {
			t.Errorf("%+v, %v", u, err)
		}
		if got, _, err := c.IncidentUpdates.Get(i.ID, u.ID); err != nil || got.Message != u.Message {
			t.Errorf("%+v, %v", got, err)
		}
		second, _, err := c.IncidentUpdates.Create(i.ID, &cachet.IncidentUpdate{Status: 3, Message: "oops"})
		if err != nil {
			t.Fatal(err)
		}
		if all, _, err := c.IncidentUpdates.GetAll(i.ID); err != nil || len(all.IncidentUpdates) != 2 || all.IncidentUpdates[0].ID != second.ID {
			t.Errorf("%+v, %v", all, err)
		}
		resp, err = c.IncidentUpdates.Delete(i.ID, second.ID)
		code("delete an update", 204, resp, err)

		got, _, err := c.Incidents.Get(i.ID)
		if err != nil || len(got.Updates) != 1 || got.LatestUpdateID != u.ID || got.Message != want.Message {
			t.Errorf("%+v, %v", got, err)
		}
		got.Status, got.ComponentStatus = 4, 1
		if got, _, err = c.Incidents.Update(i.ID, got); err != nil || !got.IsResolved || got.HumanStatus != "Fixed" || got.OccurredAt != want.OccurredAt ||
			got.Message != want.Message || got.ComponentID != comp.ID || got.Duration != 30*60+15 {
			t.Errorf("%+v, %v", got, err)
		}
		if got, _, _ := c.Components.Get(comp.ID); got.Status != 1 {
			t.Errorf("the component is %d", got.Status)
		}
		all, _, err := c.Incidents.GetAll(&cachet.IncidentsQueryParams{Status: 4, Visible: 1, ComponentID: comp.ID, Stickied: true, Name: "Pod slow",
			QueryOptions: cachet.QueryOptions{SortField: "id", OrderType: "desc", PerPage: 10000}})
		if err != nil || len(all.Incidents) != 1 || all.Meta.Pagination.PerPage != 10000 {
			t.Errorf("%+v, %v", all, err)
		}
		resp, err = c.Incidents.Delete(i.ID)
		code("delete", 204, resp, err)
		_, resp, err = c.Incidents.Get(i.ID)
		code("what was deleted", 404, resp, err)
	})

	t.Run("metrics", func(t *testing.T) {
		m, resp, err := c.Metrics.Create(&cachet.Metric{Name: "Answer time", Suffix: "ms", Description: "of the pod", DefaultValue: 5, CalcType: cachet.MetricsCalculationAverage,
			DisplayChart: true, Places: 1, DefaultView: cachet.MetricsViewLastWeek, Threshold: 3, Order: 4, Visible: cachet.MetricsVisibilityPublic})
		code("create", 200, resp, err)
		want := cachet.Metric{ID: m.ID, Name: "Answer time", Suffix: "ms", Description: "of the pod", DefaultValue: 5, CalcType: 1, DisplayChart: true, Places: 1, DefaultView: 2,
			Threshold: 3, Order: 4, Visible: 1, CreatedAt: "2026-11-20 12:30:15", UpdatedAt: "2026-11-20 12:30:15", DefaultViewName: "Week"}
		if *m != want {
			t.Errorf("%+v", m)
		}
		if got, _, err := c.Metrics.Get(m.ID); err != nil || *got != want {
			t.Errorf("%+v, %v", got, err)
		}
		p, resp, err := c.Metrics.AddPoint(m.ID, 42, "1795170000")
		code("add a point", 200, resp, err)
		if p.Value != 42 || p.MetricID != m.ID || p.Counter != 1 || p.CalculatedValue != 42 || p.CreatedAt != "2026-11-20 11:20:00" {
			t.Errorf("%+v", p)
		}
		for range 2 { // of now, and so the same one
			if p, _, err = c.Metrics.AddPoint(m.ID, 7, ""); err != nil {
				t.Error(err)
			}
		}
		if p.Counter != 2 || p.CalculatedValue != 14 {
			t.Errorf("%+v", p)
		}
		all, _, err := c.Metrics.GetPoints(m.ID)
		if err != nil || len(*all) != 2 || (*all)[0].Value != 42 || (*all)[1].Value != 7 {
			t.Errorf("%+v, %v", all, err)
		}
		resp, err = c.Metrics.DeletePoint(m.ID, p.ID)
		code("delete a point", 204, resp, err)
		if all, _, err := c.Metrics.GetAll(nil); err != nil || len(all.Metrics) != 1 {
			t.Errorf("%+v, %v", all, err)
		}
		resp, err = c.Metrics.Delete(m.ID)
		code("delete", 204, resp, err)
	})

	t.Run("schedules", func(t *testing.T) {
		m, resp, err := c.Schedules.Create(&cachet.Schedule{Name: "PostgreSQL 15", Message: "half an hour", Status: cachet.ScheduleUpcoming,
			ScheduledAt: "2026-11-29 22:00", Components: []cachet.Component{*comp}})
		code("create", 200, resp, err)
		if m.ScheduledAt != "2026-11-29 22:00:00" || m.CompletedAt != "2026-11-29 23:00:00" || m.HumanStatus != "Upcoming" ||
			len(m.Components) != 1 || m.Components[0].ID != comp.ID || m.Components[0].Name != "Pod" {
			t.Errorf("%+v", m)
		}
		m.Status = cachet.ScheduleInProgress
		if m, _, err = c.Schedules.Update(m.ID, m); err != nil || m.Status != 1 || m.ScheduledAt != "2026-11-29 22:00:00" || len(m.Components) != 1 {
			t.Errorf("%+v, %v", m, err)
		}
		if got, _, _ := c.Components.Get(comp.ID); got.Status != 2 { // under maintenance
			t.Errorf("the component is %d", got.Status)
		}
		if _, _, err = c.Components.Update(comp.ID, &cachet.Component{Status: 2}); err != nil { // as it was shown
			t.Error(err)
		}
		m.Status = cachet.ScheduleComplete
		if m, _, err = c.Schedules.Update(m.ID, m); err != nil || m.Status != 2 || m.CompletedAt != "2026-11-20 12:30:15" {
			t.Errorf("%+v, %v", m, err)
		}
		if got, _, _ := c.Components.Get(comp.ID); got.Status != 1 {
			t.Errorf("after that the component is %d", got.Status)
		}
		if got, _, err := c.Schedules.Get(m.ID); err != nil || got.Name != "PostgreSQL 15" {
			t.Errorf("%+v, %v", got, err)
		}
		if all, _, err := c.Schedules.GetAll(&cachet.SchedulesQueryParams{Name: "PostgreSQL 15"}); err != nil || len(all.Schedules) != 1 {
			t.Errorf("%+v, %v", all, err)
		}
		resp, err = c.Schedules.Delete(m.ID)
		code("delete", 204, resp, err)
	})

	t.Run("subscribers", func(t *testing.T) {
		sub, resp, err := c.Subscribers.Create("lena@example.org", 0)
		code("create", 200, resp, err)
		if sub.Email != "lena@example.org" || sub.VerifiedAt != "" || sub.VerifyCode != "" {
			t.Errorf("%+v", sub)
		}
		if sub, _, err = c.Subscribers.Create("dada@example.org", 1); err != nil || sub.VerifiedAt != "2026-11-20 12:30:15" {
			t.Errorf("%+v, %v", sub, err)
		}
		if all, _, err := c.Subscribers.GetAll(nil); err != nil || len(all.Subscribers) != 2 {
			t.Errorf("%+v, %v", all, err)
		}
		resp, err = c.Subscribers.Delete(sub.ID)
		code("delete", 204, resp, err)
		of, err := s.book.Subscribe(t.Context(), "mail@example.org", "en", []int64{int64(comp.ID)}, true)
		if err != nil {
			t.Fatal(err)
		}
		resp, err = c.Subscriptions.Delete(int(of.Components[0].ID))
		code("delete a subscription", 204, resp, err)
	})

	// All of it is in the book, under the name of who wrote it.
	all, err := s.book.Incidents(t.Context(), incident.Query{})
	if err != nil || len(all) != 0 {
		t.Errorf("%+v, %v", all, err)
	}
}
