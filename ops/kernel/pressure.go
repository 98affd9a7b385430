package kernel

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"time"

	"github.com/diaspote/vigie/ops"
	"github.com/diaspote/vigie/ops/ledger"
)

const (
	pressureKey  = "memory/pressure"
	pressureStep = 20 * time.Second // between two looks, unless the kernel calls
	pressureSpan = time.Hour        // what the trend looks back on
	pressureCalm = 5 * time.Minute  // as long must all be well before it is over

	fullWarning  = 2 * time.Hour
	fullCritical = 10 * time.Minute
	fullCalm     = 3 * time.Hour

	scarce      = 0.25 // of memory and swap; above, neither a trend nor a wait is told
	scarceCalm  = 0.30
	waitWarning = 40 // percent of the last 10 s in which some program waited for memory
	waitAll     = 20 // and in which all of them did, so that nothing was done
	waitCalm    = 5
)

// Pressure warns before the kernel must kill: when memory and swap will be full within two hours at the rise
// of the last hour, and when programs spend their time waiting for memory, by the kernel's pressure stall
// information (Documentation/accounting/psi.rst). Files that are cached count as free, as in MemAvailable.
//
// The event has the Kind "pressure" and the Key "memory/pressure"; it lasts, is told once and once more if it
// becomes critical, and is over after five minutes well below the thresholds. Details: available_bytes and
// total_bytes, both with swap, rise_bytes_per_hour, full_in_seconds, waiting_percent and stalled_percent,
// null where not known.
type Pressure struct {
	Host   *Host
	Ledger *ledger.DB
	Now    func() time.Time // in the zone of the admins
	Log    *slog.Logger

	// Largest names what holds the most memory, in bytes, "" if it cannot tell. Without it, or then, it is the
	// largest process.
	Largest func(context.Context) (name string, bytes uint64)

	trend Trend // of what is used of memory and swap
}

// Watch is that of [ops.Watcher].
func (p *Pressure) Watch(ctx context.Context, emit ops.Emit) error {
	open, err := p.Ledger.Conditions(ctx, "pressure")
	if err != nil {
		return err
	}
	var stalled chan struct{}
	if t, err := armTrigger(filepath.Join(p.Host.root, "pressure", "memory")); err != nil {
		p.Log.Info("memory pressure is looked at every 20 s, as the kernel does not call", "why", err)
	} else {
		defer t.close()
		stalled = t.fired
	}
	tick := time.NewTicker(pressureStep)
	defer tick.Stop()
	for {
		if err := p.look(ctx, emit, open); err != nil {
			return fmt.Errorf("watch the memory: %w", err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		case <-stalled:
		}
	}
}

func (p *Pressure) look(ctx context.Context, emit ops.Emit, open *ledger.Conditions) error {
	now := p.Now()
	s, err := p.read(now)
	if err != nil {
		return err
	}
	switch level := s.level(); {
	case level != ops.Info:
		return open.Raise(ctx, emit, int(level), "", p.event(ctx, now, level, s))
	case !s.calm():
		open.Unsettle(pressureKey)
	case open.Calmed(pressureKey, now, pressureCalm):
		e := ops.Event{Kind: "pressure", Key: pressureKey, At: now, Title: "memory is no longer short",
			Text: s.leftText() + "."}
		e.Details = s.details()
		return open.Resolve(ctx, emit, e)
	}
	return nil
}

// A strain is how short memory is at one moment.
type strain struct {
	free, total uint64  // bytes, of memory and swap together
	memory      float64 // share of the memory alone that is available, 0 to 1
	rise        float64 // bytes an hour; NaN if not known yet
	still       bool    // it does so to the last
	some, all   float64 // percent of the last 10 s in which some program waited, and all; NaN if not told
}

func (p *Pressure) read(now time.Time) (strain, error) {
	m, err := p.Host.Memory()
	if err != nil {
		return strain{}, err
	}
	s := strain{free: m.Available + m.SwapFree, total: m.Total + m.SwapTotal, rise: math.NaN(), some: math.NaN(), all: math.NaN()}
	if m.Total > 0 {
		s.memory = float64(m.Available) / float64(m.Total)
	}
	p.trend.Add(now, s.total-min(s.free, s.total))
	if rise, ok := p.trend.rate(pressureSpan, trendLeast); ok {
		s.rise, s.still = rise, p.trend.still(rise, pressureSpan)
	}
	if psi, err := p.Host.proc.PSIStatsForResource("memory"); err == nil && psi.Some != nil && psi.Full != nil {
		s.some, s.all = psi.Some.Avg10, psi.Full.Avg10
	}
	return s, nil
}

// left is how long it takes until all is used, the longest duration if it does not rise.
func (s strain) left() time.Duration {
	if !(s.rise > 0) {
		return math.MaxInt64
	}
	return hours(float64(s.free) / s.rise)
}

// share is what is left of memory and swap, 0 to 1.
func (s strain) share() float64 { return float64(s.free) / max(float64(s.total), 1) }

// waits tells whether programs wait for memory because there is little of it, and not because files are copied
// through the cache. Swap does not count: what is slow is to use it.
func (s strain) waits(percent float64, of float64) bool { return of >= percent && s.memory < scarce }

// level is Info when all is well.
func (s strain) level() ops.Severity {
	soon := s.still && s.share() < scarce
	switch {
	case soon && s.left() <= fullCritical, s.waits(waitAll, s.all):
		return ops.Critical
	case soon && s.left() <= fullWarning, s.waits(waitWarning, s.some):
		return ops.Warning
	}
	return ops.Info
}

// calm tells whether all is well below what is told, so that noise about a threshold is not told twice.
func (s strain) calm() bool {
	return !(s.share() < scarceCalm && s.left() <= fullCalm) && !(s.memory < scarceCalm && (s.some >= waitCalm || s.all >= waitCalm))
}

func (p *Pressure) event(ctx context.Context, now time.Time, level ops.Severity, s strain) ops.Event {
	e := ops.Event{Kind: "pressure", Key: pressureKey, Severity: level, At: now, Details: s.details()}
	if s.still && s.share() < scarce && s.left() <= fullWarning {
		e.Title = "memory full in about " + about(s.left()) + " at +" + ops.Size(s.rise) + "/h"
	} else {
		e.Title = fmt.Sprintf("memory short: programs wait for it %.0f %% of the time", s.some)
	}
	e.Text = s.leftText() + "."
	name, bytes := p.largest(ctx)
	if name != "" {
		e.Text = name + " holds " + ops.Size(float64(bytes)) + ". " + e.Text
	}
	return e
}

func (s strain) leftText() string {
	return ops.Size(float64(s.free)) + " of " + ops.Size(float64(s.total)) + " available"
}

func (s strain) details() ops.Details {
	known := func(v float64) any {
		if math.IsNaN(v) {
			return nil
		}
		return math.Round(v)
	}
	var full any
	if left := s.left(); left < math.MaxInt64 {
		full = int64(left / time.Second)
	}
	return ops.Details{{Name: "available_bytes", Value: s.free}, {Name: "total_bytes", Value: s.total},
		{Name: "rise_bytes_per_hour", Value: known(s.rise)}, {Name: "full_in_seconds", Value: full},
		{Name: "waiting_percent", Value: known(s.some)}, {Name: "stalled_percent", Value: known(s.all)}}
}

func (p *Pressure) largest(ctx context.Context) (name string, bytes uint64) {
	if p.Largest != nil {
		if name, bytes = p.Largest(ctx); name != "" {
			return ops.OneLine(name, 100), bytes
		}
	}
	return p.Host.largestProcess()
}

// largestProcess finds the one with the largest resident set (proc_pid_stat(5)), "" if none can be read.
func (h *Host) largestProcess() (name string, bytes uint64) {
	all, err := h.proc.AllProcs()
	if err != nil {
		return "", 0
	}
	for _, one := range all {
		stat, err := one.Stat()
		if err != nil || stat.RSS <= 0 {
			continue // it has ended meanwhile
		}
		if held := uint64(stat.RSS) * uint64(os.Getpagesize()); held > bytes {
			name, bytes = fmt.Sprintf("%s (%d)", ops.OneLine(stat.Comm, 32), one.PID), held
		}
	}
	return name, bytes
}
