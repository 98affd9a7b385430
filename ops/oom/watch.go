package oom

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/diaspote/vigie/ops"
)

const (
	cursorName = "oom"
	fresh      = 10 * time.Minute // a kill older than that is told as it was, without what memory and unit do now
	stillThere = 5 * time.Second  // a process that was killed may take to end
	mostAfter  = 4                // units that are followed at once
	afterWait  = 5 * time.Minute  // for a unit to run again
	noteWait   = 2 * time.Second  // for a note while the bot stops
)

// Cursors remembers how far a source was read, as the ledger does.
type Cursors interface {
	Cursor(ctx context.Context, name string) (string, error)
	SetCursor(ctx context.Context, name, value string) error
}

// A Watcher tells of each kill as soon as the kernel has logged it. It reads /dev/kmsg, for which it needs CAP_SYSLOG, or else
// follows the journal; it holds what it read against oom_kill of /proc/vmstat, and tells of kills that were
// counted but are not in the log. What happened while it did not run it tells as it starts, from
// the journals of the last boots too. On its very first start it begins with what comes.
//
// The events are those of [Explain], with the ID "oom/BOOT/MICROSECONDS/PID" of the kernel's own clock, which is the same
// wherever the line was read. systemd-oomd and earlyoom are followed in the journal where they run.
type Watcher struct {
	Ledger Cursors
	Now    func() time.Time // in the zone of the admins
	Log    *slog.Logger

	Kmsg    string   // "/dev/kmsg" if ""
	Proc    string   // "/proc" if ""
	Journal []string // the command that reads the journal; journalctl if nil

	// Each of these may be nil.

	// Trend is how memory grows of late, in bytes an hour, and since when.
	Trend func() (bytesPerHour float64, since time.Time, ok bool)
	// After waits until a unit in which something was killed at a moment runs again and serves, and says in a
	// sentence how that went. The event is told at once, and once more with the sentence.
	After func(ctx context.Context, unit string, at time.Time) (string, error)
}

// A position is how far the log was read.
type position struct {
	Boot  string `json:"boot"`  // without dashes, as in the journal
	Since int64  `json:"since"` // the last kill that was told, in microseconds of the kernel's clock
	Count int64  `json:"count"` // oom_kill as far as it was told; -1 if the kernel does not count
}

// A watch is one run of a Watcher.
type watch struct {
	*Watcher
	emit   ops.Emit
	boot   string
	parser Parser
	pos    position
	quiet  bool // what is read is not to be told, only noted
	read   time.Time
	doubt  bool // the last look found a kill that was counted but not read

	after  sync.WaitGroup
	follow chan struct{} // a place for each unit that is followed
}

// Watch is that of [ops.Watcher].
func (w *Watcher) Watch(ctx context.Context, emit ops.Emit) error {
	ctx, stop := context.WithCancel(ctx)
	run := &watch{Watcher: w, emit: emit, follow: make(chan struct{}, mostAfter)}
	run.parser.Now = w.Now
	var daemons sync.WaitGroup
	daemons.Go(func() { w.watchDaemons(ctx, emit) })
	err := run.run(ctx)
	stop()
	daemons.Wait()
	run.after.Wait()
	if err != nil && !errors.Is(err, context.Canceled) {
		return fmt.Errorf("watch for OOM kills: %w", err)
	}
	return err
}

func (w *watch) run(ctx context.Context) error {
	if err := w.start(ctx); err != nil {
		return err
	}
	k, err := openKmsg(w.path(w.Kmsg, "/dev/kmsg"))
	if err == nil {
		defer k.close()
		return w.readKmsg(ctx, k)
	}
	if !errors.Is(err, fs.ErrPermission) && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	w.Log.Warn("the kernel's log may not be read, the journal is followed instead; CAP_SYSLOG would allow it", "err", err)
	if jerr := w.followKernel(ctx); jerr != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return fmt.Errorf("%w; nor can the journal be followed: %w; give vigie CAP_SYSLOG, or put its user into the group systemd-journal", err, jerr)
	}
	return ctx.Err()
}

// start finds where to go on, and tells what the boots before this one took with them.
func (w *watch) start(ctx context.Context) error {
	id, err := os.ReadFile(filepath.Join(w.path(w.Proc, "/proc"), "sys/kernel/random/boot_id"))
	if err != nil {
		return fmt.Errorf("find the name of this boot: %w", err)
	}
	w.boot = strings.ReplaceAll(strings.TrimSpace(string(id)), "-", "")
	text, err := w.Ledger.Cursor(ctx, cursorName)
	if err != nil {
		return err
	}
	if json.Unmarshal([]byte(text), &w.pos) != nil || w.pos.Boot == "" {
		w.quiet = true
		w.pos = position{Boot: w.boot, Since: -1, Count: w.counted()}
		return nil
	}
	if w.pos.Boot == w.boot {
		return nil
	}
	if err := w.readBoots(ctx); err != nil {
		return err
	}
	w.pos = position{Boot: w.boot, Since: -1}
	return w.save(ctx)
}

// take reads one line of the boot of that name.
func (w *watch) take(ctx context.Context, boot string, l line) error {
	before := w.parser.Counted()
	found := w.parser.feed(l)
	usec := l.sinceBoot.Microseconds()
	if w.quiet || usec <= w.pos.Since {
		if w.quiet {
			w.pos.Since = max(w.pos.Since, usec)
		}
		return nil
	}
	if boot == w.boot && w.pos.Count >= 0 {
		w.pos.Count += w.parser.Counted() - before
	}
	if len(found) == 0 {
		return nil
	}
	for _, f := range found {
		if err := w.tell(ctx, boot, f); err != nil {
			return err
		}
	}
	w.pos.Since = usec
	return w.save(ctx)
}

// tell hands over what was found.
func (w *watch) tell(ctx context.Context, boot string, f Finding) error {
	now := w.Now()
	if f.Unclear != nil {
		e := f.Unclear.event(orNow(f.Unclear.At, now))
		e.ID = fmt.Sprintf("oom/%s/%d/unclear/%d", boot, f.Unclear.SinceBoot.Microseconds(), f.Unclear.PID)
		return w.emit(e)
	}
	k := f.Kill
	at := orNow(k.At, now)
	name := w.unit(k, now.Sub(at))
	recent := now.Sub(at).Abs() < fresh
	grown := ""
	if recent {
		grown = w.grown(k, now)
	}
	e := k.event(name, at, grown)
	e.ID = k.id(boot)
	if err := w.emit(e); err != nil {
		return err
	}
	if recent && name != "" {
		w.complete(ctx, e)
	}
	return nil
}

// unit is that of a process killed so long ago.
func (w *watch) unit(k *Kill, ago time.Duration) string {
	if k.TaskMemcg == "" && k.PID != 0 && ago.Abs() < stillThere {
		k.TaskMemcg = w.cgroupOf(k.PID, k.Name)
	}
	return k.unit()
}

// cgroupOf is the cgroup of a process that is about to end, "" if it is gone: kernels before 4.19 never name it for
// a global kill, and later ones say no more than the kill itself when there are many.
func (w *Watcher) cgroupOf(pid int, name string) string {
	dir := filepath.Join(w.path(w.Proc, "/proc"), strconv.Itoa(pid))
	comm, err := os.ReadFile(filepath.Join(dir, "comm"))
	if err != nil || strings.TrimSuffix(string(comm), "\n") != name {
		return ""
	}
	text, err := os.ReadFile(filepath.Join(dir, "cgroup")) // cgroups(7): "1:name=systemd:/path", "0::/path"
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(text)) {
		part := strings.SplitN(strings.TrimSuffix(line, "\n"), ":", 3)
		if len(part) == 3 && (part[1] == "" || part[1] == "name=systemd") && unit(part[2]) != "" {
			return part[2]
		}
	}
	return ""
}

// id is the same wherever the line was read: in /dev/kmsg, or in the journal.
func (k *Kill) id(boot string) string {
	usec := k.SinceBoot.Microseconds()
	if k.SinceBoot < 0 { // no line of the kernel
		usec = k.At.UnixMicro()
	}
	return fmt.Sprintf("oom/%s/%d/%d", boot, usec, k.PID)
}

func (w *watch) grown(k *Kill, now time.Time) string {
	if w.Trend == nil || k.Global != nil && !*k.Global {
		return ""
	}
	rate, since, ok := w.Trend()
	if !ok || rate < 1<<20 || rate > 1<<50 {
		return ""
	}
	hour := since.In(now.Location()).Format("15:04")
	if now.Sub(since) > 24*time.Hour {
		hour += since.In(now.Location()).Format(" on 2 Jan")
	}
	return fmt.Sprintf("rising %s/h since %s", ops.Size(int64(rate)), hour)
}

// complete tells the event again once it is known what became of its unit. When many are killed at once, the
// first few are followed.
func (w *watch) complete(ctx context.Context, e ops.Event) {
	if w.After == nil {
		return
	}
	select {
	case w.follow <- struct{}{}:
	default:
		return
	}
	w.after.Go(func() {
		defer func() { <-w.follow }()
		wait, cancel := context.WithTimeout(ctx, afterWait)
		defer cancel()
		sentence, err := w.After(wait, e.Unit, e.At)
		if err != nil {
			w.Log.Info("what became of a unit after an OOM kill is not known to its end", "unit", e.Unit, "err", err)
		}
		if sentence == "" || ctx.Err() != nil {
			return
		}
		e.Text += "\n" + sentence
		if err := w.emit(e); err != nil {
			w.Log.Warn("what became of a unit after an OOM kill could not be told", "unit", e.Unit, "err", err)
		}
	})
}

// save also works while the bot stops, as what it notes has been told already.
func (w *watch) save(ctx context.Context) error {
	text, err := json.Marshal(w.pos)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), noteWait)
	defer cancel()
	return w.Ledger.SetCursor(ctx, cursorName, string(text))
}

func (w *Watcher) path(set, usual string) string {
	if set == "" {
		return usual
	}
	return set
}
