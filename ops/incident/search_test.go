package incident

import (
	"errors"
	"fmt"
	"slices"
	"testing"
)

func TestSearch(t *testing.T) {
	if testing.Short() {
		t.Skip("left out of a short run: it is long, and of one goroutine")
	}
	s := newShelf(t)
	ctx := t.Context()
	web, mail := s.component("Web", ""), s.component("Mail", "")
	const many = 2*readAtOnce + 7
	for n := range many {
		i := Incident{Name: fmt.Sprintf("n%03d", (n*37)%many), Public: n%2 == 0, Status: Status(1 + n%4), Sticky: n%5 == 0, Touched: []Touch{{web, Degraded}}}
		if n%3 == 0 {
			i.Touched = append(i.Touched, Touch{mail, MajorOutage})
		}
		if _, err := s.OpenIncident(ctx, i, Update{Text: "x"}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.RemoveIncident(ctx, 5); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Merge(ctx, 1, 3); err != nil {
		t.Fatal(err)
	}
	find := func(q Search) ([]int64, int) {
		t.Helper()
		if q.Limit == 0 {
			q.Limit = 1000
		}
		ids, total, err := s.FindIncidents(ctx, q)
		if err != nil {
			t.Fatal(err)
		}
		return ids, total
	}
	five, name, yes, no, status := int64(6), "n037", true, false, int64(2)
	for what, test := range map[string]struct {
		q    Search
		want int
	}{
		"all":         {Search{}, many - 2},
		"public":      {Search{Public: true}, (many+1)/2 - 2},
		"drafts":      {Search{Shown: &no}, many / 2},
		"one":         {Search{ID: &five}, 1},
		"one, public": {Search{ID: &five, Public: true}, 0},
		"by name":     {Search{Name: &name}, 1},
		"sticky":      {Search{Sticky: &yes}, 22},
		"of mail":     {Search{Component: &mail}, 36},
		"status":      {Search{Status: &status}, 27},
	} {
		if ids, total := find(test.q); total != test.want || len(ids) != test.want {
			t.Errorf("%s: %d of %d, not %d", what, len(ids), total, test.want)
		}
	}
	ids, total := find(Search{Sort: ByName, Down: true, Offset: 3, Limit: 60})
	if total != many-2 || len(ids) != 60 {
		t.Fatalf("%d of %d", len(ids), total)
	}
	var names []string
	var got []int64
	err := s.EachIncident(ctx, append(ids, 5, 999), func(i *Incident) error {
		names, got = append(names, i.Name), append(got, i.ID)
		if len(i.Updates) == 0 || len(i.Touched) == 0 {
			t.Errorf("%+v is not whole", i)
		}
		return nil
	})
	slices.Reverse(names)
	if err != nil || !slices.Equal(got, ids) || !slices.IsSorted(names) {
		t.Errorf("%v, %v, %v", got, names, err)
	}
}

// TestAmend has a change of several things fail, or be done, together.
func TestAmend(t *testing.T) {
	s := newShelf(t)
	ctx := t.Context()
	web := s.component("Web", "")
	i, err := s.Report(ctx, Incident{Name: "Down", Public: true}, Update{Text: "a"}, map[int64]State{web: Degraded})
	if err != nil || s.state(web) != Degraded {
		t.Fatal(i, err, s.state(web))
	}
	if _, err := s.Report(ctx, Incident{Name: "Down"}, Update{Text: "a"}, map[int64]State{99: Degraded}); !errors.Is(err, ErrNone) {
		t.Error(err)
	}
	change := func(a *Amendment) error {
		a.Incident.Name, a.First.Text = "Was down", "b"
		a.Add = Update{Status: Fixed, Person: "API"}
		a.Hands = map[int64]State{web: Unknown}
		return nil
	}
	_, err = s.Amend(ctx, i.ID, func(a *Amendment) error {
		change(a)
		a.Hands[99] = Degraded
		return nil
	})
	same, _ := s.Incident(ctx, i.ID)
	if !errors.Is(err, ErrNone) || same.Name != "Down" || same.Updates[0].Text != "a" || len(same.Updates) != 1 || s.state(web) != Degraded {
		t.Errorf("half of it was done: %+v, %v", same, err)
	}
	i, err = s.Amend(ctx, i.ID, change)
	if err != nil || i.Name != "Was down" || i.Updates[0].Text != "b" || len(i.Updates) != 2 || i.Open() || s.state(web) != Operational {
		t.Errorf("%+v, %v", i, err)
	}
	into, err := s.OpenIncident(ctx, Incident{Name: "All"}, Update{Text: "x"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Merge(ctx, into.ID, i.ID); err != nil {
		t.Fatal(err)
	}
	var wrong *Invalid
	if _, err := s.Amend(ctx, i.ID, change); !errors.As(err, &wrong) {
		t.Error(err)
	}
}
