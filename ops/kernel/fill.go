package kernel

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/diaspote/vigie/ops"
	"github.com/diaspote/vigie/ops/ledger"
)

const (
	fillStep  = time.Minute
	fillLeast = 2 * time.Hour   // a trend of a disk is believed after; a copy or an upgrade is over by then
	fillCalm  = 5 * time.Minute // as long must a disk be well before it is over
	fillBack  = 3               // percent below a threshold that it must be
)

// Levels of a disk, each told once.
const (
	fillsUp = 1 + iota // by its trend
	isFull             // more than the warning
	isFuller
)

// Fill warns of disks that are full or will be, in bytes and in inodes, for each of [Host]'s local file
// systems.
//
// The events have the Kind "disk" and the Key "disk" with the mount point behind it: "disk/", "disk/srv". They
// last, are told again only when it gets worse, and are over after five minutes well below the thresholds.
// Details: mount, used_percent, inodes_percent, free_bytes, rise_bytes_per_hour and full_at (null where not known).
type Fill struct {
	Host   *Host
	Ledger *ledger.DB
	Now    func() time.Time // in the zone of the admins
	Log    *slog.Logger

	Warning  int           // percent, as df prints it; 0 for 90
	Critical int           // 0 for 97
	Horizon  time.Duration // a disk that is full within this is told; 0 for 24 h

	trends map[string]*fillTrend // by mount point
	unread string                // what could not be read, as last logged
}

type fillTrend struct{ bytes, inodes Trend }

// Watch is that of [ops.Watcher].
func (f *Fill) Watch(ctx context.Context, emit ops.Emit) error {
	open, err := f.Ledger.Conditions(ctx, "disk")
	if err != nil {
		return err
	}
	tick := time.NewTicker(fillStep)
	defer tick.Stop()
	for {
		if err := f.look(ctx, emit, open); err != nil {
			return fmt.Errorf("watch the disks: %w", err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

func (f *Fill) look(ctx context.Context, emit ops.Emit, open *ledger.Conditions) error {
	disks, unread := f.Host.disks()
	f.complain(unread)
	now := f.Now()
	mounted := map[string]*fillTrend{}
	for _, d := range disks {
		trend := f.trends[d.Mount]
		if trend == nil {
			trend = &fillTrend{}
		}
		mounted[d.Mount] = trend
		if err := f.judge(ctx, emit, open, d, trend, now); err != nil {
			return err
		}
	}
	if len(unread) > 0 {
		// A disk that does not answer is not gone.
		for mount, trend := range f.trends {
			if mounted[mount] == nil {
				mounted[mount] = trend
			}
		}
		f.trends = mounted
		return nil
	}
	f.trends = mounted
	return f.forget(ctx, emit, open, now)
}

// forget resolves what was told of disks that are not mounted any more.
func (f *Fill) forget(ctx context.Context, emit ops.Emit, open *ledger.Conditions, now time.Time) error {
	for key := range open.Keys() {
		mount := strings.TrimPrefix(key, "disk")
		if f.trends[mount] != nil || !open.Calmed(key, now, fillCalm) {
			continue
		}
		e := ops.Event{Kind: "disk", Key: key, At: now, Title: "disk " + ops.OneLine(mount, 100) + " is not mounted any more"}
		if err := open.Resolve(ctx, emit, e); err != nil {
			return err
		}
	}
	return nil
}

func (f *Fill) complain(unread []error) {
	text := ""
	for _, err := range unread {
		text += err.Error() + "; "
	}
	if text != f.unread && text != "" {
		f.Log.Warn("some disks cannot be watched", "err", strings.TrimSuffix(text, "; "))
	}
	f.unread = text
}

func (f *Fill) judge(ctx context.Context, emit ops.Emit, open *ledger.Conditions, d Disk, trend *fillTrend, now time.Time) error {
	trend.bytes.Add(now, d.Used)
	trend.inodes.Add(now, d.Inodes-min(d.InodesFree, d.Inodes))
	s := stock{d.Percent(), d.Free, &trend.bytes, false}
	if d.Inodes > 0 {
		inodes := stock{d.InodesPercent(), d.InodesFree, &trend.inodes, true}
		if f.level(inodes) > f.level(s) || f.level(inodes) == f.level(s) && inodes.percent > s.percent {
			s = inodes
		}
	}
	level := f.level(s)
	e := ops.Event{Kind: "disk", Key: "disk" + d.Mount, At: now, Details: f.details(d, s, now)}
	switch {
	case level > 0:
		e.Severity = ops.Warning
		if level == isFuller {
			e.Severity = ops.Critical
		}
		e.Title = s.title(ops.OneLine(d.Mount, 100), now, f.horizon())
		e.Text = f.text(d)
		return open.Raise(ctx, emit, level, "", e)
	case f.nearly(s):
		open.Unsettle(e.Key)
	case open.Calmed(e.Key, now, fillCalm):
		e.Title = fmt.Sprintf("disk %s %d %% full again", ops.OneLine(d.Mount, 100), d.Percent())
		e.Text = f.text(d)
		return open.Resolve(ctx, emit, e)
	}
	return nil
}

func (f *Fill) text(d Disk) string {
	text := ops.Size(float64(d.Free)) + " of " + ops.Size(float64(d.Total)) + " free"
	if d.Inodes > 0 {
		text += fmt.Sprintf(", %d %% of the inodes used", d.InodesPercent())
	}
	return text + "."
}

func (f *Fill) details(d Disk, s stock, now time.Time) ops.Details {
	var rise, full any
	if rate, ok := s.trend.rate(TrendSpan, fillLeast); ok && !s.inodes {
		rise = int64(rate)
	}
	if left, ok := s.left(); ok && left <= f.horizon() {
		full = now.Add(left).Format(time.RFC3339)
	}
	return ops.Details{{Name: "mount", Value: d.Mount}, {Name: "used_percent", Value: d.Percent()},
		{Name: "inodes_percent", Value: d.InodesPercent()}, {Name: "free_bytes", Value: d.Free},
		{Name: "rise_bytes_per_hour", Value: rise}, {Name: "full_at", Value: full}}
}

// A stock is what a disk has of bytes or of inodes.
type stock struct {
	percent int
	free    uint64
	trend   *Trend
	inodes  bool
}

// left is how long until it is used up. ok is false while that is not known, and when it does not get less.
func (s stock) left() (left time.Duration, ok bool) {
	rate, ok := s.trend.rate(TrendSpan, fillLeast)
	if !ok || rate <= 0 {
		return 0, false
	}
	return hours(float64(s.free) / rate), true
}

// fills tells whether it will be used up within a horizon and goes on to the last.
func (s stock) fills(horizon time.Duration) bool {
	left, ok := s.left()
	if !ok || left > horizon {
		return false
	}
	rate, _ := s.trend.rate(TrendSpan, fillLeast)
	return s.trend.still(rate, TrendSpan)
}

// title: "disk / 91 % full; full at about 14:00 tomorrow at +1.2 GiB/h".
func (s stock) title(mount string, now time.Time, horizon time.Duration) string {
	what, unit := "full", ""
	if s.inodes {
		what, unit = "of its inodes used", "none left"
	} else {
		unit = "full"
	}
	title := fmt.Sprintf("disk %s %d %% %s", mount, s.percent, what)
	if !s.fills(horizon) {
		return title
	}
	left, _ := s.left()
	rate, _ := s.trend.rate(TrendSpan, fillLeast)
	pace := ops.Size(rate)
	if s.inodes {
		pace = fmt.Sprintf("%.0f", rate)
	}
	return fmt.Sprintf("%s; %s at about %s at +%s/h", title, unit, hour(now.Add(left), now), pace)
}

func (f *Fill) warning() int {
	if f.Warning > 0 {
		return f.Warning
	}
	return 90
}

func (f *Fill) critical() int {
	if f.Critical > 0 {
		return f.Critical
	}
	return 97
}

func (f *Fill) horizon() time.Duration {
	if f.Horizon > 0 {
		return f.Horizon
	}
	return 24 * time.Hour
}

// level is 0 when all is well.
func (f *Fill) level(s stock) int {
	switch {
	case s.percent >= f.critical():
		return isFuller
	case s.percent >= f.warning():
		return isFull
	case s.fills(f.horizon()):
		return fillsUp
	}
	return 0
}

// nearly tells whether a stock is too near to what is told for it to be over.
func (f *Fill) nearly(s stock) bool {
	left, filling := s.left()
	return s.percent > f.warning()-fillBack || filling && left <= f.horizon()*3/2
}
