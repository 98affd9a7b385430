package history

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/diaspote/vigie/ops"
)

// span tells since and until when there is something in a table.
func span(t testing.TB, s *Store, of table) (from, to time.Time) {
	t.Helper()
	e, err := s.extent(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	p := e.chunks
	if of == days {
		p = e.rollups
	}
	return timeOf(p.from), timeOf(p.to)
}

func TestWhatIsTooOldGoes(t *testing.T) {
	s := filled(t, "", 8*24*time.Hour, Options{Every: 10 * time.Minute, Keep: 3 * 24 * time.Hour, KeepRollups: 6 * 24 * time.Hour})
	end := night.Add(8 * 24 * time.Hour)
	packAll(t, s, end.Add(2*time.Minute))
	if from, to := span(t, s, hours); !from.Equal(end.Add(-3*24*time.Hour)) || !to.Equal(end) {
		t.Errorf("samples from %v to %v", from, to)
	}
	if from, _ := span(t, s, days); !from.Equal(end.Add(-6 * 24 * time.Hour).Truncate(24 * time.Hour)) {
		t.Errorf("rollups from %v", from)
	}
	// What is asked for is older than the samples: the rollups are told.
	lines, err := s.Range(t.Context(), Query{[]ops.Series{gauge, counter}, end.Add(-100 * time.Hour), end.Add(-99 * time.Hour), 1000})
	if err != nil || lines[0].Step != 10*time.Minute || len(lines[0].Columns) != 6 {
		t.Fatalf("%+v, %v", lines, err)
	}
	if c := lines[0].Columns[0]; c.Count != 1 || c.Avg != (92*time.Hour).Seconds() {
		t.Errorf("column %+v", c)
	}
	if c := lines[1].Columns[2]; c.Count != 1 || c.Avg != 10 {
		t.Errorf("column %+v", c)
	}
}

// A clock that is far ahead for an hour costs a day of the oldest, and its samples do not refuse those that come later.
func TestAClockThatIsAYearAhead(t *testing.T) {
	s := filled(t, "", 4*24*time.Hour, Options{Every: 10 * time.Minute, Keep: 30 * 24 * time.Hour})
	end := night.Add(4 * 24 * time.Hour)
	ahead := end.AddDate(1, 0, 0)
	for i := range 12 {
		if err := s.Write(t.Context(), ahead.Add(time.Duration(i)*10*time.Minute), []ops.Sample{{Series: gauge, Value: -1}}); err != nil {
			t.Fatal(err)
		}
	}
	packAll(t, s, ahead.Add(2*time.Hour))
	if from, _ := span(t, s, hours); !from.Equal(night.Add(24 * time.Hour)) {
		t.Errorf("samples from %v, want all but the first day", from)
	}
	for i := range 12 { // the clock is right again
		at := end.Add(time.Duration(i) * 10 * time.Minute)
		if err := s.Write(t.Context(), at, []ops.Sample{{Series: gauge, Value: 7}}); err != nil {
			t.Fatal(err)
		}
		packAll(t, s, at)
	}
	lines, err := s.Range(t.Context(), Query{[]ops.Series{gauge}, end, end.Add(2 * time.Hour), 2})
	if err != nil || lines[0].Columns[0] != (Column{7, 7, 7, 6}) || lines[0].Columns[1] != (Column{7, 7, 7, 6}) {
		t.Errorf("%+v, %v", lines, err)
	}
	if from, _ := span(t, s, hours); !from.Equal(night.Add(24 * time.Hour)) {
		t.Errorf("then samples from %v", from)
	}
}

// A counter that is read after the clock was set back has grown by hours in seconds, as it seems.
func TestAClockThatIsSetBackIsNoSpike(t *testing.T) {
	s := store(t, "", Options{})
	total := 0.0
	for i := range 400 {
		at := night.Add(time.Duration(i) * 15 * time.Second)
		if i >= 240 {
			at = at.Add(-30 * time.Minute)
		}
		total += 150
		if err := s.Write(t.Context(), at, []ops.Sample{{Series: counter, Value: total}}); err != nil {
			t.Fatal(err)
		}
	}
	look := func(columns int) {
		t.Helper()
		lines, err := s.Range(t.Context(), Query{[]ops.Series{counter}, night, night.Add(time.Hour), columns})
		if err != nil {
			t.Fatal(err)
		}
		for i, c := range lines[0].Columns {
			if c.Count == 0 || c.Max > 10 || c.Min < 10 {
				t.Errorf("column %d of %d: %+v", i, columns, c)
			}
		}
	}
	look(4)
	look(1)
	packAll(t, s, night.Add(2*time.Hour))
	look(4)
	look(1)
}

func TestTooMuchGoesOldestFirst(t *testing.T) {
	if testing.Short() {
		t.Skip("left out of a short run: it is long, and of one goroutine")
	}
	s := enrolled(t, "", Options{Every: 2 * time.Minute})
	makeHistory(t, s, 24*3)
	before, err := s.Bytes(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	// The oldest is the scrape of the first minute.
	first, to := span(t, s, hours)
	s.MaxBytes = before - before/20
	packAll(t, s, to)
	from, end := span(t, s, hours)
	if after, err := s.Bytes(t.Context()); err != nil || after > s.MaxBytes || !from.After(first) || !end.Equal(to) {
		t.Errorf("%d bytes of %d, from %v to %v, %v", after, s.MaxBytes, from, end, err)
	}
	s.MaxBytes = 1
	packAll(t, s, to)
	if from, end := span(t, s, hours); !end.Equal(to) || end.Sub(from) > 48*time.Hour || end.Sub(from) < 24*time.Hour {
		t.Errorf("then from %v to %v", from, end)
	}
}

func TestThereAreOnlySoManySeries(t *testing.T) {
	s := store(t, "", Options{})
	scrape := func(at time.Time, name string, n int) error {
		var all []ops.Sample
		for i := range n {
			all = append(all, ops.Sample{Series: ops.Series{Name: name, Labels: ops.Labels("n", fmt.Sprint(i))}, Value: 1})
		}
		return s.Write(t.Context(), at, append(all, ops.Sample{Series: gauge, Value: 1}))
	}
	if err := scrape(night, "a", maxSeries+5); !errors.Is(err, ErrTooMany) {
		t.Errorf("error %v", err)
	}
	if _, last := s.Last(); len(last) != maxSeries {
		t.Errorf("%d were written", len(last))
	}
	if err := scrape(night.Add(time.Hour), "b", 0); !errors.Is(err, ErrTooMany) {
		t.Errorf("an hour later: %v", err)
	}
	if err := scrape(night.Add(25*time.Hour), "b", 10); err != nil {
		t.Errorf("a day later, when the others are gone: %v", err)
	}
	if n := len(s.Series()); n != maxSeries {
		t.Errorf("%d are known", n)
	}
	if err := s.Write(t.Context(), night.Add(26*time.Hour), []ops.Sample{{Series: ops.Series{Name: strings.Repeat("x", 2000)}}, {Series: gauge, Value: 3}}); !errors.Is(err, ErrName) {
		t.Errorf("a long name: %v", err)
	}
	if _, last := s.Last(); len(last) != 1 || last[0].Value != 3 {
		t.Errorf("beside it was written %v", last)
	}
}

func TestBadRanges(t *testing.T) {
	s := filled(t, "", 2*time.Hour, Options{Every: time.Minute})
	for _, q := range []Query{
		{[]ops.Series{gauge}, night, night, 10},
		{[]ops.Series{gauge}, night.Add(time.Hour), night, 10},
		{[]ops.Series{gauge}, night, night.Add(time.Hour), 0},
		{[]ops.Series{gauge}, night, night.Add(time.Hour), 1 << 30},
		{[]ops.Series{gauge}, night, night.AddDate(500, 0, 0), 10},
		{make([]ops.Series, 101), night, night.Add(time.Hour), 10},
	} {
		if lines, err := s.Range(t.Context(), q); err == nil {
			t.Errorf("%v: %v", q, lines)
		}
	}
	for _, q := range []Query{ // odd, but answered
		{nil, night, night.Add(time.Hour), 10},
		{[]ops.Series{gauge, gauge}, night, night.Add(time.Nanosecond), 10},
		{[]ops.Series{gauge, gauge}, night.AddDate(-50, 0, 0), night.AddDate(40, 0, 0), 10_000},
		{[]ops.Series{gauge}, time.Unix(0, 0), time.Unix(1, 0), 1},
		{[]ops.Series{gauge}, night.AddDate(1000, 0, 0), night.AddDate(1001, 0, 0), 100},
	} {
		if _, err := s.Range(t.Context(), q); err != nil {
			t.Errorf("%v: %v", q, err)
		}
	}
}

func TestPoints(t *testing.T) {
	s := filled(t, "", 3*time.Hour, Options{Every: time.Minute})
	end := night.Add(3 * time.Hour)
	points, err := s.Points(t.Context(), counter, night, end, 30*time.Minute)
	if err != nil || len(points) != 6 || points[1].Value != 10*59*60 || !points[1].At.Equal(night.Add(59*time.Minute)) {
		t.Errorf("points %v, %v", points, err)
	}
}
