package history

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/diaspote/vigie/ops"
)

// A reference keeps samples in the plainest way there is, and tells columns by looking at all of them.
type reference struct {
	points map[ops.Series]map[int64]point
	prev   int64
}

func (r *reference) write(ts int64, samples []ops.Sample) {
	for _, a := range samples {
		if r.points[a.Series] == nil {
			r.points[a.Series] = map[int64]point{}
		}
		r.points[a.Series][ts] = point{ts, a.Value, ts <= r.prev}
	}
	r.prev = ts
}

// columns are those of a gauge's values or a counter's rates, one of every wide milliseconds. With a unit, what begins in
// one of its multiples before to counts as a whole.
func (r *reference) columns(series ops.Series, from, to, wide, unit int64, apart float64) []Column {
	var all []point
	for _, p := range r.points[series] {
		all = append(all, p)
	}
	slices.SortFunc(all, func(a, b point) int { return cmp.Compare(a.ts, b.ts) })
	columns := make([]Column, (to-from+wide-1)/wide)
	weights := make([]float64, len(columns))
	for i, p := range all {
		value, weight := p.v, 1.0
		if series.Counter {
			if i == 0 || p.cut || p.v < all[i-1].v {
				continue
			}
			weight = float64(p.ts-all[i-1].ts) / 1000
			if weight > apart {
				continue
			}
			value = (p.v - all[i-1].v) / weight
		}
		begin := p.ts - p.ts%unit
		if begin < from || begin >= to {
			continue
		}
		c := &columns[(begin-from)/wide]
		if c.Count == 0 {
			c.Min, c.Max = value, value
		}
		c.Min, c.Max = math.Min(c.Min, value), math.Max(c.Max, value)
		c.Avg += value * weight
		c.Count++
		weights[(begin-from)/wide] += weight
	}
	for i := range columns {
		columns[i].Avg /= weights[i]
	}
	return columns
}

// A life is a host whose clock jumps, that sleeps, and whose series come, go and begin anew.
type life struct {
	rng    *rand.Rand
	clock  int64
	series []ops.Series
	values []float64
	away   []int // for how many scrapes a series is not there
}

func newLife(seed uint64) *life {
	l := &life{rng: rand.New(rand.NewPCG(seed, 7)), clock: night.Add(-7 * time.Hour).UnixMilli()}
	for i := range 8 {
		l.series = append(l.series, ops.Series{Name: fmt.Sprintf("s%d", i), Counter: i < 4})
	}
	l.values, l.away = make([]float64, 8), make([]int, 8)
	return l
}

func (l *life) scrape() (int64, []ops.Sample) {
	l.clock += 15_000
	switch n := l.rng.IntN(400); {
	case n < 8: // a scrape or two fail
		l.clock += 15_000 * int64(1+l.rng.IntN(4))
	case n < 10: // the host sleeps
		l.clock += l.rng.Int64N(2*hour) / 15_000 * 15_000
	case n < 14: // a timer is late
		l.clock += l.rng.Int64N(9000)
	case n < 16: // the clock is set back
		l.clock -= l.rng.Int64N(2 * hour)
	case n < 30:
		l.clock -= l.clock % 15_000
	}
	var samples []ops.Sample
	for i, name := range l.series {
		l.step(i)
		if l.away[i] > 0 {
			l.away[i]--
		} else {
			samples = append(samples, ops.Sample{Series: name, Value: l.values[i]})
		}
	}
	return l.clock, samples
}

func (l *life) step(i int) {
	v := &l.values[i]
	switch i {
	case 0:
		*v += float64(l.rng.IntN(100_000))
	case 1:
		*v = math.Round((*v+l.rng.Float64()*30)*100) / 100
	case 2:
		*v += l.rng.Float64()
	case 3:
		*v += float64(l.rng.IntN(50) / 49)
	case 4:
		*v = 2.1e9 + 4096*float64(l.rng.IntN(10_000))
	case 5:
		*v = l.rng.NormFloat64()
	case 6:
		*v = -1e300 * l.rng.Float64()
	}
	if l.rng.IntN(300) == 0 {
		*v = 0
	}
	if l.rng.IntN(300) == 0 {
		l.away[i] = l.rng.IntN(200)
	}
}

// TestRangeIsWhatOneWouldCount holds Range against the reference, over rows, chunks, rollups and all in between.
func TestRangeIsWhatOneWouldCount(t *testing.T) {
	for seed := range uint64(12) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			l, r := newLife(seed), reference{points: map[ops.Series]map[int64]point{}}
			path := "" // in memory, for speed
			if seed == 0 {
				path = filepath.Join(t.TempDir(), "vigie.db")
			}
			s := store(t, path, Options{})
			packed, late := map[int64]bool{}, map[int64]bool{}
			for i := range 2500 {
				ts, samples := l.scrape()
				if packed[ts/hour] {
					late[ts/hour] = true
				}
				r.write(ts, samples)
				if err := s.Write(t.Context(), time.UnixMilli(ts), samples); err != nil {
					t.Fatal(err)
				}
				if i%97 == 0 && l.rng.IntN(2) == 0 {
					packAll(t, s, time.UnixMilli(ts))
					for h := ts/hour - 1; h > ts/hour-40; h-- {
						packed[h] = true
					}
				}
				if i%250 == 249 {
					compare(t, s, &r, l, late)
				}
			}
		})
	}
}

func packAll(t testing.TB, s *Store, now time.Time) {
	t.Helper()
	for more := true; more; {
		var err error
		if more, err = s.Pack(t.Context(), now); err != nil {
			t.Fatal(err)
		}
	}
}

// compare looks at a random range. The rate over the end of an hour that samples came to after it was packed is told as it was
// then, so rollups are not compared there.
func compare(t *testing.T, s *Store, r *reference, l *life, late map[int64]bool) {
	t.Helper()
	long := 1 + l.rng.Int64N(20*hour)
	from := l.clock - l.rng.Int64N(20*hour)
	q := Query{append(slices.Clone(l.series), ops.Series{Name: "unknown"}), time.UnixMilli(from), time.UnixMilli(from + long), 1 + l.rng.IntN(200)}
	lines, err := s.Range(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	e, err := s.extent(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	coarse := e.isCoarse(from, max(above(long, int64(q.Columns)), 15_000))
	for i, line := range lines {
		unit, exact := int64(1), 1e-9
		if coarse {
			unit, exact = slot, 2e-6
		}
		step := line.Step.Milliseconds()
		if line.Series != q.Series[i] || line.From.UnixMilli() != from-from%unit || step%unit != 0 || len(line.Columns) > q.Columns {
			t.Fatalf("asked %v, got %v from %v, step %v, %d columns", q, line.Series, line.From, line.Step, len(line.Columns))
		}
		want := r.columns(line.Series, from-from%unit, from+long, step, unit, 60)
		if len(want) != len(line.Columns) {
			t.Fatalf("%v: %d columns, want %d", line.Series, len(line.Columns), len(want))
		}
		for j, got := range line.Columns {
			begin := line.At(j).UnixMilli()
			if coarse && line.Series.Counter && touched(late, begin, begin+step) {
				continue
			}
			if w := want[j]; got.Count != w.Count || got.Count == 0 && !math.IsNaN(got.Avg) ||
				got.Count > 0 && !(near(got, w, exact)) {
				t.Errorf("%v at %v, step %v, rollups %v: %+v, want %+v", line.Series, line.At(j), line.Step, coarse, got, w)
			}
		}
	}
}

// touched tells whether the end of an hour that samples came late to is in a range.
func touched(late map[int64]bool, from, to int64) bool {
	for h := from / hour; h*hour < to; h++ {
		if late[h-1] {
			return true
		}
	}
	return false
}

// near tells whether two columns are the same but for the last digits.
func near(a, b Column, exact float64) bool {
	exact *= max(math.Abs(b.Min), math.Abs(b.Max), 1e-9)
	return math.Abs(a.Min-b.Min) <= exact && math.Abs(a.Avg-b.Avg) <= exact && math.Abs(a.Max-b.Max) <= exact
}
