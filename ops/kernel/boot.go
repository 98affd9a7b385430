package kernel

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/diaspote/vigie/ops"
	"github.com/diaspote/vigie/ops/ledger"
)

const (
	bootCursor = "boot"
	aliveStep  = time.Minute      // how often it is noted that the host runs
	clockWait  = 10 * time.Minute // as long may a clock that starts in 1970 take to be set
	clockDrift = 5 * time.Second  // a boot time that moves by less is told as it was
	noteWait   = 2 * time.Second  // for the last note when the bot stops
)

// Reboots tells once of each boot of the host: how long it was away, whether it went down in order, and why
// if its journal knows.
//
// The event has the Kind "reboot", the Key "reboot" and an ID of the boot; it is Info after a shutdown and Warning
// without one. It is told as soon as the bot runs. Where the clock is still at 1970 or behind what was seen
// before, it waits up to ten minutes for the clock; where the clock is set later, the event is told again under
// its ID with the right hours. Details: boot_id, clean (null if unknown), last_seen, away_seconds (null likewise), reason.
type Reboots struct {
	Host   *Host
	Ledger *ledger.DB
	Now    func() time.Time // in the zone of the admins
	Log    *slog.Logger

	// LastBoot gives the end of the log of the boot before this one, as LastBoot of this package does, which
	// it is if nil.
	LastBoot func(context.Context) (Shutdown, error)
}

// seen is what the ledger remembers of a boot.
type seen struct {
	ID      string    `json:"id"`
	Alive   time.Time `json:"alive"`
	Stopped bool      `json:"stopped"` // the bot itself was stopped in order, as at a shutdown
}

// Watch is that of [ops.Watcher].
func (r *Reboots) Watch(ctx context.Context, emit ops.Emit) error {
	if err := r.watch(ctx, emit); err != nil {
		return fmt.Errorf("watch for reboots: %w", err)
	}
	return ctx.Err()
}

func (r *Reboots) watch(ctx context.Context, emit ops.Emit) error {
	id, err := r.Host.bootID()
	if err != nil {
		return err
	}
	last, err := r.recall(ctx)
	if err != nil {
		return err
	}
	tick := time.NewTicker(aliveStep)
	defer tick.Stop()
	told := time.Time{} // the boot time that was told
	if last.ID != "" && last.ID != id {
		how := r.shutdown(ctx, last)
		if told, err = r.tell(ctx, emit, tick.C, id, last, how); err != nil || ctx.Err() != nil {
			return err
		}
		if err := r.note(ctx, seen{ID: id, Alive: r.Now()}); err != nil {
			return err
		}
		return r.follow(ctx, emit, tick.C, id, last, how, told)
	}
	return r.follow(ctx, emit, tick.C, id, last, Shutdown{}, told)
}

// tell waits for a clock that can be believed and tells of the boot. It returns the boot time that it told.
func (r *Reboots) tell(ctx context.Context, emit ops.Emit, tick <-chan time.Time, id string, last seen, how Shutdown) (time.Time, error) {
	for {
		up, err := r.Host.uptime()
		if err != nil {
			return time.Time{}, err
		}
		boot := r.Now().Add(-up)
		if !boot.Before(last.Alive) || up >= clockWait {
			return boot, emit(r.event(id, boot, last, how))
		}
		select {
		case <-ctx.Done():
			return time.Time{}, nil
		case <-tick:
		}
	}
}

// follow notes every minute that the host is alive, and tells again of a boot whose hour turns out to be another.
func (r *Reboots) follow(ctx context.Context, emit ops.Emit, tick <-chan time.Time, id string, last seen, how Shutdown, told time.Time) error {
	for {
		if err := r.note(ctx, seen{ID: id, Alive: r.Now()}); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return r.note(ctx, seen{ID: id, Alive: r.Now(), Stopped: true})
		case <-tick:
		}
		up, err := r.Host.uptime()
		if err != nil {
			return err
		}
		boot := r.Now().Add(-up)
		if told.IsZero() || up > time.Hour || boot.Sub(told).Abs() < clockDrift {
			continue
		}
		if err := emit(r.event(id, boot, last, how)); err != nil {
			return err
		}
		told = boot
	}
}

// shutdown says how the boot before ended, by its journal and by what the bot itself knows.
func (r *Reboots) shutdown(ctx context.Context, last seen) Shutdown {
	read := r.LastBoot
	if read == nil {
		read = LastBoot
	}
	how, err := read(ctx)
	if err != nil {
		r.Log.Info("the journal does not tell how the last boot ended", "why", err)
		return Shutdown{Clean: last.Stopped, Guessed: true}
	}
	return how
}

func (r *Reboots) event(id string, boot time.Time, last seen, how Shutdown) ops.Event {
	now := r.Now()
	e := ops.Event{ID: "boot/" + id, Kind: "reboot", Key: "reboot", At: boot, Severity: ops.Warning}
	e.Title = "rebooted without a shutdown"
	if how.Clean {
		e.Severity, e.Title = ops.Info, "rebooted"
	}
	gone := last.Alive
	if !how.At.IsZero() && how.At.After(gone) && how.At.Before(boot) {
		gone = how.At // the journal's last line
	}
	var away, clean any
	if !how.Guessed {
		clean = how.Clean
	}
	lines := []string{how.sentence()}
	if boot.Before(last.Alive) {
		e.At = now // the best there is
		lines = append(lines, "How long it was away is not known: the clock is not right yet.")
	} else {
		d := boot.Sub(gone)
		away = int64(d / time.Second)
		e.Title += ", away for " + ops.Span(d)
		lines = append(lines, "Last seen at "+ops.Moment(gone, boot.In(now.Location()))+", back since "+ops.Moment(boot, now)+".")
	}
	e.Text = strings.Join(lines, "\n")
	e.Details = ops.Details{{Name: "boot_id", Value: id}, {Name: "clean", Value: clean},
		{Name: "last_seen", Value: gone.Format(time.RFC3339)}, {Name: "away_seconds", Value: away},
		{Name: "reason", Value: how.Reason}}
	return e
}

// bootID is the kernel's own name for this boot (random(4)).
func (h *Host) bootID() (string, error) {
	path := filepath.Join(h.root, "sys", "kernel", "random", "boot_id")
	text, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	id := ops.OneLine(string(text), 64)
	if id == "" {
		return "", fmt.Errorf("%s is empty", path)
	}
	return id, nil
}

func (r *Reboots) recall(ctx context.Context) (seen, error) {
	text, err := r.Ledger.Cursor(ctx, bootCursor)
	if err != nil {
		return seen{}, err
	}
	var last seen
	if json.Unmarshal([]byte(text), &last) != nil {
		return seen{}, nil // written by another version: as if it were the first start
	}
	return last, nil
}

// note also works while the bot stops: the ledger is closed after its watchers.
func (r *Reboots) note(ctx context.Context, s seen) error {
	text, err := json.Marshal(s)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), noteWait)
	defer cancel()
	return r.Ledger.SetCursor(ctx, bootCursor, string(text))
}
