package commands

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/diaspote/vigie/ops"
	"github.com/diaspote/vigie/ops/kernel"
)

// diskThen is how full a disk was, as df has it; the zero diskThen is not known.
type diskThen struct {
	at      time.Time
	percent float64
}

// disksThen reads how full the disks were at the beginning of a time, or when they were first seen in it, by their mount
// points.
func (h *Host) disksThen(ctx context.Context, from, to time.Time) (map[string]diskThen, error) {
	then := map[string]diskThen{}
	if h.Graphs == nil {
		return then, nil
	}
	for _, p := range h.Graphs.All() {
		if p.Name != "disk" {
			continue
		}
		g, err := h.Graphs.Graph(ctx, p, from, to, 200)
		if err != nil {
			return then, err
		}
		for _, s := range g.Series {
			for _, point := range s.Points {
				if !math.IsNaN(point.Avg) {
					then[s.Name] = diskThen{point.At, point.Avg}
					break
				}
			}
		}
	}
	return then, nil
}

const (
	leastTrend = time.Hour            // over less than that a trend says nothing
	sureTrend  = 24 * time.Hour       // and over less than that nothing of the weeks to come
	farTrend   = 180 * 24 * time.Hour // nor does it matter what is after that
)

// trend is ", +1.2 GiB since 19 Nov 09:00, full in about 40 days": what has become of it since.
func (b diskThen) trend(d kernel.Disk, now time.Time) string {
	past := now.Sub(b.at)
	whole := float64(d.Used + d.Free)
	if b.at.IsZero() || past < leastTrend || whole == 0 {
		return ""
	}
	grown := float64(d.Used) - b.percent/100*whole
	since := " since " + clock(b.at, now)
	if math.Abs(grown) < whole/1000 {
		return ", the same" + since
	}
	sign := "+"
	if grown < 0 {
		sign = "−"
	}
	text := ", " + sign + ops.Size(uint64(math.Abs(grown))) + since
	if left := float64(d.Free) / grown * float64(past); grown > 0 && past >= sureTrend && left < float64(farTrend) {
		text += fmt.Sprintf(", full in about %s", days(time.Duration(left)))
	}
	return text
}

// days is a time to come, roughly.
func days(d time.Duration) string {
	if d >= 48*time.Hour {
		return plural(int64(d.Hours()/24+0.5), "day")
	}
	return plural(max(int64(d.Hours()+0.5), 1), "hour")
}
