package incident

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/diaspote/vigie/ops"
	"github.com/diaspote/vigie/ops/ledger"
)

// BenchmarkRefresh makes the page of 20 components that turned twice a day for 90 days, and of 200 incidents.
func BenchmarkRefresh(b *testing.B) {
	book := full(b)
	b.ReportAllocs()
	for b.Loop() {
		if err := book.Refresh(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
	if p := book.Page(); len(p.Components) != 20 || len(p.Incidents) != 200 || p.Components[0].Days[10].Known != 24*time.Hour {
		b.Errorf("%d components, %d incidents", len(p.Components), len(p.Incidents))
	}
}

// BenchmarkQuietMinute does what a keeper does each minute in which nothing happens and nobody looks at the page.
func BenchmarkQuietMinute(b *testing.B) {
	k := NewKeeper(full(b))
	k.Look = func(_ context.Context, follows []string) map[string]State { return nil }
	b.ReportAllocs()
	for b.Loop() {
		k.lastAll = 0
		if _, err := k.round(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkFlood applies a critical event of a condition of its own, all of one incident, as they come in a thousand at once.
func BenchmarkFlood(b *testing.B) {
	book := full(b)
	k := NewKeeper(book)
	k.Rules = Rules{Calm: time.Minute, Host: "h"}
	nobody := func(ops.Event, ops.Severity) []ledger.Debt { return nil }
	if err := k.Begin(b.Context()); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		var events []ops.Event
		for n := range 1000 {
			events = append(events, ops.Event{Kind: "alertmanager", Key: fmt.Sprint(b.N, "/", n), Severity: ops.Critical, At: book.now(), Lasting: true})
		}
		if _, err := book.db.Note(b.Context(), book.now(), nobody, events...); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
		if _, err := k.applyEvents(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1000, "ns/event")
}

// full is a book with much in it.
func full(b *testing.B) *Book {
	db, err := ledger.Open(b.Context(), filepath.Join(b.TempDir(), "vigie.db"))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { db.Close() })
	zone, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		b.Fatal(err)
	}
	now := time.Date(2026, 11, 20, 12, 0, 0, 0, zone)
	at := now.AddDate(0, 0, -Days)
	book, err := Open(b.Context(), db, func() time.Time { return at })
	if err != nil {
		b.Fatal(err)
	}
	if err := book.write(b.Context(), "fill", func(w *writing) error {
		for n := range 20 {
			c := Component{Name: fmt.Sprintf("Component %d", n), Follows: fmt.Sprintf("%d.service", n)}
			if err := w.addComponent(&c); err != nil {
				return err
			}
			for turn := range 2 * Days {
				if err := w.exec(`INSERT OR IGNORE INTO component_turn (component, at, state) VALUES (?, ?, ?)`,
					c.ID, ms(at.Add(time.Duration(turn)*12*time.Hour)), 1+turn%4); err != nil {
					return err
				}
			}
		}
		for n := range 200 {
			i := Incident{Name: "Web is down", Public: true, Opened: at.Add(time.Duration(n+10) * 10 * time.Hour), Touched: []Touch{{int64(1 + n%20), MajorOutage}}}
			if err := w.open(&i, Update{Text: "Web is down since 03:12 CET."}); err != nil {
				return err
			}
			for _, u := range []Update{{Status: Watching, Text: "Recovered at 03:14 CET."}, {Status: Fixed, Text: "Web was down from 03:12 to 03:14."}} {
				u.At = i.Opened.Add(time.Minute)
				if err := w.update(&i, u); err != nil {
					return err
				}
			}
		}
		return nil
	}); err != nil {
		b.Fatal(err)
	}
	at = now
	return book
}
