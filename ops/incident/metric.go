package incident

import (
	"fmt"
	"math"
	"time"
)

// A Metric is a number that other programs report for the page, with what Cachet keeps of it
// (https://docs.cachethq.io/v2.x/api/metrics). What the bot measures itself is none: that is the affair of ops/history.
type Metric struct {
	ID      int64
	Name    string
	Suffix  string // its unit
	About   string
	Default float64 // its value where there is no point
	Sum     bool    // points of one time are added up, not averaged
	Chart   bool    // it is drawn
	Places  int     // decimal places, 0 to 4
	View    int     // what is drawn at first: 0 an hour, 1 twelve hours, 2 a week, 3 a month
	Merge   int     // for so many minutes a value that does not change is one point, 0 to 10
	Order   int
	Seen    Audience

	Created, Updated time.Time
}

// An Audience is who sees a metric, in Cachet's numbers.
type Audience int

// The audiences.
const (
	Insiders Audience = 0 // who has the token
	Everyone Audience = 1
	Nobody   Audience = 2 // it is in no chart; who has the token may read it still
)

// A Point is a value of a metric at a time.
type Point struct {
	ID      int64
	At      time.Time
	Value   float64
	Count   int // how often it was reported
	Updated time.Time
}

// What is kept of metrics at most. A point a minute for a month is 43,200.
const (
	MostMetrics = 100
	MostPoints  = 50_000 // of one metric; the oldest go first
	pointsKept  = 366 * 24 * time.Hour
	pointsAhead = 24 * time.Hour // clocks differ, and some programs mistake their zone
	pointsAtA   = 1000           // time are dropped, so that nobody waits for long
)

func (m *Metric) check() (err error) {
	if m.Name, err = name("name", m.Name); err != nil {
		return err
	}
	if m.Suffix, err = name("suffix", m.Suffix); err != nil {
		return err
	}
	if m.About, err = text("description", m.About); err != nil {
		return err
	}
	if err := finite("default_value", m.Default); err != nil {
		return err
	}
	for _, one := range []struct {
		field     string
		got, most int
	}{
		{"places", m.Places, 4}, {"default_view", m.View, 3}, {"threshold", m.Merge, 10}, {"visible", int(m.Seen), int(Nobody)},
	} {
		if one.got < 0 || one.got > one.most {
			return &Invalid{one.field, fmt.Sprintf("is %d; it goes from 0 to %d", one.got, one.most)}
		}
	}
	return nil
}

func (p *Point) check(now time.Time) error {
	if err := finite("value", p.Value); err != nil {
		return err
	}
	switch {
	case p.At.After(now.Add(pointsAhead)):
		return &Invalid{"timestamp", "is in the future"}
	case p.At.Before(now.Add(-pointsKept)):
		return &Invalid{"timestamp", "is more than a year ago, and such are not kept"}
	}
	return nil
}

func finite(field string, v float64) error {
	if math.IsNaN(v) || math.Abs(v) > 1e15 { // Cachet keeps fifteen digits
		return &Invalid{field, "is no number, or too big a one"}
	}
	return nil
}
