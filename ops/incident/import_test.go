package incident

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/diaspote/vigie/ops/ledger"
)

// What cannot be taken keeps up nothing else, leaves nothing of itself, and nobody is told of what came in.
func TestImportOfSomethingBad(t *testing.T) {
	b := newShelf(t)
	now := b.now
	told := 0
	b.Owe(func() {}, func(c Change) []ledger.Debt {
		if c.News != nil {
			told++
		}
		return nil
	})
	var tags []string
	for n := range mostTags + 1 {
		tags = append(tags, fmt.Sprint(n))
	}
	incident := func(there int64, name string, updates ...Update) Foreign {
		i := &Incident{Name: name, Public: true, Status: Identified, Opened: now.Add(-time.Hour), Created: now.Add(-time.Hour), Updated: now.Add(-time.Minute), Updates: updates}
		return Foreign{There: there, Incident: i}
	}
	first := Update{At: now.Add(-time.Hour), Status: Investigating, Text: "hm"}
	things := []Foreign{
		{There: 1, Component: &Component{Name: "Web", Tags: tags}},
		{There: 2, Component: &Component{Name: "Mail"}},
		incident(3, "good", first, Update{ID: 31, At: now.Add(-time.Minute), Status: Identified, Text: "found"}),
		incident(4, "", first),
		incident(5, "bad update", first, Update{ID: 51, At: time.Unix(0, 0), Status: Identified}),
		incident(6, "no update"),
		{There: 7, Maintenance: &Maintenance{Name: "long", Starts: now, Ends: now.Add(100 * 24 * time.Hour)}},
		{There: 8, Maintenance: &Maintenance{Name: "soon", Starts: now.Add(time.Hour), Ends: now.Add(2 * time.Hour), Components: []int64{1, 2}}},
	}
	for n := range 2 * mostImported {
		things = append(things, incident(int64(100+n), fmt.Sprint("more ", n), first))
	}
	all, err := b.Import(t.Context(), "there", things)
	if err != nil || all.Components != 1 || all.Incidents != 1+2*mostImported || all.Updates != 1 || all.Maintenances != 1 || len(all.Refused) != 5 {
		t.Errorf("%+v, %v", all, err)
	}
	for _, want := range []string{"the component Web (1): the tags are 51", "the incident bad update (5)", "the maintenance long (7)"} {
		if !strings.Contains(strings.Join(all.Refused, "\n"), want) {
			t.Errorf("%q is not in %q", want, all.Refused)
		}
	}
	found, err := b.Incidents(t.Context(), Query{})
	if err != nil || len(found) != 1+2*mostImported {
		t.Errorf("%d incidents, %v", len(found), err)
	}
	if planned, err := b.Maintenances(t.Context(), time.Time{}); err != nil || len(planned) != 1 || len(planned[0].Components) != 1 {
		t.Errorf("%+v, %v", planned, err)
	}
	if told != 0 {
		t.Errorf("%d were news", told)
	}
	good := incident(3, "good", first, Update{ID: 31, At: now.Add(-time.Minute), Status: Identified, Text: "found"})
	if again, err := b.Import(t.Context(), "there", []Foreign{good}); err != nil || again.Known != 1 || again.Updates != 0 {
		t.Errorf("again: %+v, %v", again, err)
	}
	if other, err := b.Import(t.Context(), "elsewhere", []Foreign{incident(3, "other", first)}); err != nil || other.Incidents != 1 {
		t.Errorf("of that number elsewhere: %+v, %v", other, err)
	}
	// It is news again once something happens here.
	if _, err := b.AddUpdate(t.Context(), found[0].ID, Update{Status: Fixed, Text: "done"}); err != nil || told != 1 {
		t.Errorf("told %d, %v", told, err)
	}
}
