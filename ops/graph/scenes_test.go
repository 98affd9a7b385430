package graph

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/diaspote/vigie/ops"
)

// A scene is a graph as one sees them, and the size of its picture.
type scene struct {
	name          string
	width, height int
	graph         Graph
}

func paris(t testing.TB) *time.Location {
	zone, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatalf("load the zone: %v", err)
	}
	return zone
}

// noise is much the same as a measured value's, and the same each time: -1 to 1.
func noise(i int) float64 {
	x := uint32(i)*2654435761 + 12345
	x ^= x >> 15
	x *= 2246822519
	x ^= x >> 13
	return float64(x%2001)/1000 - 1
}

// every makes points from from to to, each a sample.
func every(step time.Duration, from, to time.Time, value func(i int, at time.Time) float64) []Point {
	var all []Point
	for i, at := 0, from; at.Before(to); i, at = i+1, at.Add(step) {
		v := value(i, at)
		all = append(all, Point{at, v, v, v})
	}
	return all
}

const (
	mib = 1 << 20
	gib = 1 << 30
)

// memoryDay is what is drawn most: 24 hours of memory at 15 s, a leak, a kill and the nightly restart.
func memoryDay(t testing.TB) Graph {
	to := time.Date(2026, 11, 26, 9, 30, 0, 0, paris(t))
	from := to.Add(-24 * time.Hour)
	killed, restarted := time.Date(2026, 11, 26, 3, 12, 44, 0, paris(t)), time.Date(2026, 11, 26, 4, 20, 0, 0, paris(t))
	leak := func(_ int, at time.Time) float64 {
		since := from.Add(-5 * time.Hour)
		for _, t := range []time.Time{killed, restarted} {
			if !at.Before(t) {
				since = t
			}
		}
		return 612*mib + 30*mib*at.Sub(since).Hours()
	}
	step := 15 * time.Second
	return Graph{
		Title: "memory", From: from, To: to, Unit: Bytes, Stacked: true, Ceiling: 1.97 * gib,
		Series: []Series{
			{Name: "diaspora", Points: every(step, from, to, func(i int, at time.Time) float64 { return leak(i, at) + 6*mib*noise(i) })},
			{Name: "postgresql", Points: every(step, from, to, func(i int, _ time.Time) float64 { return 121*mib + 20*mib*math.Sin(float64(i)/700) })},
			{Name: "sidekiq", Points: every(step, from, to, func(i int, _ time.Time) float64 { return 180*mib + 9*mib*noise(i/12) })},
			{Name: "cached", Points: every(step, from, to, func(i int, at time.Time) float64 {
				return max(80*mib, 1000*mib-leak(i, at)*0.9) + 30*mib*math.Sin(float64(i)/300) + 3*mib*noise(i)
			})},
		},
		Marks: []Mark{
			{killed, "OOM kill: ruby of diaspora", ops.Critical},
			{restarted, "restart diaspora", ops.Info},
			{to.Add(-20 * time.Hour), "upgrade: 3 packages", ops.Info},
		},
	}
}

// loadWeek is three lines with their extremes, at 15 minutes.
func loadWeek(t testing.TB) Graph {
	to := time.Date(2026, 11, 26, 9, 30, 0, 0, paris(t))
	from := to.AddDate(0, 0, -7)
	line := func(wild float64) []Point {
		points := every(15*time.Minute, from, to, func(i int, at time.Time) float64 {
			h := float64(at.Hour()) + float64(at.Minute())/60
			return 0.5 + 0.45*math.Sin((h-9)/12*math.Pi) + 0.12*noise(i/6)
		})
		for i := range points {
			p := &points[i]
			p.Avg = max(p.Avg+wild*0.1*noise(i), 0.02)
			p.Min, p.Max = p.Avg*(1-0.3*wild), p.Avg*(1+wild*(0.6+0.4*noise(i+7)))
			if i == 400 {
				p.Max = 3.9
			}
		}
		return points
	}
	return Graph{
		Title: "cpu load", From: from, To: to,
		Series: []Series{{Name: "load1", Points: line(1)}, {Name: "load5", Points: line(0.4)}, {Name: "load15", Points: line(0.1)}},
		Marks: []Mark{
			{to.AddDate(0, 0, -3), "reboot", ops.Warning},
			{to.AddDate(0, 0, -5), "kernel upgraded", ops.Info},
		},
	}
}

// gapAndReset is a network whose counters began anew after the host was away for two hours.
func gapAndReset(t testing.TB) Graph {
	to := time.Date(2026, 11, 26, 9, 30, 0, 0, paris(t))
	from := to.Add(-12 * time.Hour)
	away, back := from.Add(5*time.Hour), from.Add(7*time.Hour)
	points := func(level float64) (all []Point) {
		for i, p := range every(time.Minute, from, to, func(i int, _ time.Time) float64 {
			return level * (1 + 0.5*math.Sin(float64(i)/60) + 0.2*noise(i/5))
		}) {
			p.Min, p.Max = p.Avg*0.7, p.Avg*(1.4+0.2*noise(i))
			if p.At.Equal(back) {
				p.Avg = math.NaN() // the first rate after a reset is none
			}
			if p.At.Before(away) || !p.At.Before(back) {
				all = append(all, p)
			}
		}
		all[200].Avg = math.NaN()
		return all
	}
	return Graph{
		Title: "net eth0", From: from, To: to, Unit: BitsPerSecond,
		Series: []Series{{Name: "in", Points: points(8e6)}, {Name: "out", Points: points(3e6)}},
		Marks:  []Mark{{back, "boot: power was lost", ops.Critical}},
		Bands:  []Band{{From: away, To: back, Label: "incident 12: host away", Severity: ops.Critical}},
	}
}

// shiftDay is a day on which clocks change.
func shiftDay(t testing.TB, month time.Month, day int) Graph {
	from := time.Date(2026, month, day, 0, 0, 0, 0, paris(t))
	to := from.AddDate(0, 0, 1)
	return Graph{
		Title: "pod response time", From: from, To: to, Unit: Seconds,
		Series: []Series{{Name: "https://diaspote.org", Points: every(time.Minute, from, to, func(i int, _ time.Time) float64 {
			return 0.18 + 0.05*noise(i) + 0.4*math.Exp(-math.Pow(float64(i-260)/20, 2))
		})}},
		Marks: []Mark{{from.Add(2*time.Hour + 30*time.Minute), "backup", ops.Info}, {from.Add(3*time.Hour + 30*time.Minute), "backup", ops.Info}},
	}
}

// diskTrend is one series of percent below two thresholds, one of them reached.
func diskTrend(t testing.TB) Graph {
	to := time.Date(2026, 11, 26, 9, 30, 0, 0, paris(t))
	from := to.AddDate(0, 0, -30)
	return Graph{
		Title: "disk /", From: from, To: to, Unit: Percent, Ceiling: 100, Stacked: true,
		Series: []Series{{Name: "used", Points: every(time.Hour, from, to, func(i int, _ time.Time) float64 {
			return 71 + float64(i)*0.03 - 5*float64(i/300) + 0.4*noise(i/24)
		})}},
		Bands:      []Band{{From: to.AddDate(0, 0, -3), Label: "disk / fills up", Severity: ops.Warning}},
		Thresholds: []Threshold{{90, "warning 90 %", ops.Warning}, {97, "critical 97 %", ops.Critical}},
	}
}

// manyMarks is a night in which everything happened.
func manyMarks(t testing.TB) Graph {
	g := memoryDay(t)
	g.Title = "memory, a bad night"
	for i := range 40 {
		g.Marks = append(g.Marks, Mark{g.From.Add(time.Duration(i*i) * 40 * time.Second), "restart sidekiq", ops.Warning})
	}
	for i := range 60 {
		g.Marks = append(g.Marks, Mark{g.From.Add(time.Duration(i) * 24 * time.Minute), fmt.Sprintf("job %d", i), ops.Info})
	}
	return g
}

// hostileNames has what attackers and other people write into names.
func hostileNames(t testing.TB) Graph {
	g := loadWeek(t)
	g.Title = "<script>alert(1)</script> & \"graph\" ]]> \x00\x1b[31m\u202egnp.exe"
	names := []string{
		"日本語の系列 名前", "Ελληνικά Кириллица žluťoučký", "a\u0300\u0301\u0302\u0303\u0304\u0305zalgo\nnew\tline", "👩‍👩‍👧 emoji",
		"\xff\xfe broken", "very " + fmt.Sprintf("%0500d", 7), "", "' onload='x", "%s%n%d", "مرحبا",
	}
	points := g.Series[0].Points
	g.Series = nil
	for i, name := range names {
		moved := make([]Point, len(points))
		for j, p := range points {
			v := p.Avg + float64(i)/3
			moved[j] = Point{p.At, v, v, v}
		}
		g.Series = append(g.Series, Series{Name: name, Points: moved})
	}
	g.Marks[0].Label = "</text><script>\u202e\x07 日本"
	g.Marks[1].Label = ""
	g.Thresholds = []Threshold{{3, "</g>&lt;", ops.Critical}}
	g.Bands = []Band{{From: g.From.AddDate(0, 0, 1), To: g.From.AddDate(0, 0, 2), Label: "]]>&amp;\u0000"}}
	return g
}

// comparison has the day before as a thin line.
func comparison(t testing.TB) Graph {
	to := time.Date(2026, 11, 26, 9, 30, 0, 0, paris(t))
	from := to.Add(-24 * time.Hour)
	users := func(scale float64, seed int) []Point {
		return every(5*time.Minute, from, to, func(i int, at time.Time) float64 {
			h := float64(at.Hour()) + float64(at.Minute())/60
			return scale*(40+35*math.Sin((h-10)/12*math.Pi)) + 4*noise(i/3+seed)
		})
	}
	return Graph{
		Title: "requests", From: from, To: to, Unit: PerSecond,
		Series: []Series{{Name: "nginx", Points: users(1.2, 0)}, {Name: "nginx, 7 days before", Points: users(1, 500), Thin: true}},
	}
}

// stackBefore compares a stack with all of it the day before.
func stackBefore(t testing.TB) Graph {
	g := memoryDay(t)
	g.Series = append(g.Series, Series{Name: "all, the day before", Thin: true, Points: every(time.Minute, g.From, g.To, func(i int, _ time.Time) float64 {
		return 1300*mib + 200*mib*math.Sin(float64(i)/200)
	})})
	return g
}

// negative has values on both sides of zero, and one that jumps.
func negative(t testing.TB) Graph {
	to := time.Date(2026, 1, 3, 9, 30, 0, 0, paris(t))
	from := to.Add(-72 * time.Hour)
	return Graph{
		Title: "temperature", From: from, To: to, Unit: Celsius, Zoom: true,
		Series: []Series{{Name: "outside", Points: every(10*time.Minute, from, to, func(i int, at time.Time) float64 {
			return -2 + 5*math.Sin(float64(i)/70) + 0.5*noise(i)
		})}},
		Thresholds: []Threshold{{0, "frost", ops.Info}},
	}
}

func scenes(t testing.TB) []scene {
	empty := memoryDay(t)
	for i := range empty.Series {
		empty.Series[i].Points = nil
	}
	narrow := memoryDay(t)
	return []scene{
		{"memory-24h", 1000, 420, memoryDay(t)},
		{"load-7d", 1000, 360, loadWeek(t)},
		{"gap-and-reset", 1000, 320, gapAndReset(t)},
		{"day-of-25-hours", 1000, 320, shiftDay(t, time.October, 25)},
		{"day-of-23-hours", 1000, 320, shiftDay(t, time.March, 29)},
		{"disk-percent", 1000, 420, diskTrend(t)},
		{"empty", 1000, 320, empty},
		{"many-marks", 1000, 420, manyMarks(t)},
		{"hostile-names", 1000, 360, hostileNames(t)},
		{"comparison", 1000, 420, comparison(t)},
		{"stack-before", 1000, 320, stackBefore(t)},
		{"negative", 1000, 320, negative(t)},
		{"phone", 480, 320, narrow},
	}
}
