package systemd

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	godbus "github.com/godbus/dbus/v5"

	"github.com/diaspote/vigie/ops"
	"github.com/diaspote/vigie/ops/ledger"
)

const (
	cursorName = "units"
	askFor     = 30 * time.Second // the longest wait for systemd or D-Bus
	logsFor    = 5 * time.Second  // and for journalctl
	logLines   = 5                // that are told
	logWidth   = 200              // runes of each
	rereadIn   = 500 * time.Millisecond
)

// A Watcher tells of all services of the host that fail, crash-loop, are restarted by systemd, hit their start
// limit, and recover, as events of the kind "unit" and the key "unit/NAME.service". It listens to systemd's
// signals on a connection of its own and asks nothing while nothing happens, but for a look at all services
// when it starts and when systemd has reloaded or executed itself anew.
//
// What somebody stops or restarts is not told, if it ends well. What was told and lasts is kept in the ledger,
// and so is how often systemd restarted what: what happens while the bot does not run is told once it does.
type Watcher struct {
	Ledger   *ledger.DB
	Severity func(unit string) ops.Severity                            // of that unit; what is critical is told within a second
	Ignore   func(unit string) bool                                    // whether the bot itself is changing the unit now; may be nil
	Told     func(ctx context.Context, unit string, at time.Time) bool // whether the cause of its end then was told, as an OOM kill; may be nil
	Logs     func(context.Context, LogQuery) ([]LogLine, error)        // [Manager.Logs]; nil to tell no log lines
	Log      *slog.Logger
	Now      func() time.Time

	mu      sync.Mutex        // for what follows
	stories map[string]*story // of the services that are not just down, and what is told of
	saved   string            // the cursor as it is in the ledger
	reread  time.Time         // when to look at all services again; zero for not
}

var _ ops.Watcher = (*Watcher)(nil)

// Watch watches until ctx ends or D-Bus breaks off. It must not run twice at a time.
func (w *Watcher) Watch(ctx context.Context, emit ops.Emit) error {
	if !booted() {
		return ErrNoSystemd
	}
	if err := w.watch(ctx, emit); ctx.Err() == nil {
		return fmt.Errorf("watch the units: %w", err)
	}
	return nil
}

func (w *Watcher) watch(ctx context.Context, emit ops.Emit) error {
	first, err := w.load(ctx)
	if err != nil {
		return err
	}
	f, err := openFeed(ctx)
	if err != nil {
		return err
	}
	wake, lost := make(chan struct{}, 1), make(chan struct{})
	// Apart from the telling, which may wait long for the disk: signals are not to pile up meanwhile.
	go func() {
		defer close(lost)
		w.listen(f.signals, wake)
	}()
	defer func() { f.conn.Close(); <-lost }()
	if err := w.look(ctx, f, first); err != nil {
		return err
	}
	for {
		due, err := w.tellDue(ctx, f, emit)
		if err != nil {
			return err
		}
		var timer <-chan time.Time
		if !due.IsZero() {
			timer = time.After(max(0, due.Sub(w.Now())))
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-lost:
			return errors.New("D-Bus broke off")
		case <-wake:
		case <-timer:
		}
	}
}

// listen takes in the signals until their channel closes. A service's own properties come right before those
// that all units have, and belong to them (bus_unit_send_change_signal in systemd).
func (w *Watcher) listen(signals <-chan *godbus.Signal, wake chan<- struct{}) {
	var name string
	var p properties
	reloading := false // systemd then says of all units that they are removed, and new
	for s := range signals {
		woken := false
		if unit, iface, changed := changedService(s); unit != "" {
			if unit != name || iface == ifaceService {
				name, p = unit, properties{}
			}
			p.add(changed)
			if iface == ifaceUnit {
				woken = w.see(momentOf(name, p, w.Now()))
				name = ""
			}
		} else if s.Name == ifaceManager+".UnitRemoved" {
			woken = !reloading && w.removed(s)
		} else if begins, ends := reloads(s); begins || ends {
			reloading, woken = begins, ends
			if ends {
				w.lookAgain()
			}
		}
		if woken {
			select {
			case wake <- struct{}{}:
			default:
			}
		}
	}
}

// removed takes in that a unit was unloaded: one that failed, if it is collected even then.
func (w *Watcher) removed(s *godbus.Signal) bool {
	if len(s.Body) < 2 {
		return false
	}
	path, _ := s.Body[1].(godbus.ObjectPath)
	name := serviceAt(path)
	return name != "" && w.see(moment{Unit: Unit{Name: name, ActiveState: "inactive", Since: w.Now()}})
}

// reloads tells whether systemd begins or ends to read all anew: its files, or its own program, after which it
// is on the bus under a new address.
func reloads(s *godbus.Signal) (begins, ends bool) {
	switch {
	case len(s.Body) == 0:
	case s.Name == ifaceManager+".Reloading":
		begins, _ = s.Body[0].(bool)
		ends = !begins
	case s.Name == "org.freedesktop.DBus.NameOwnerChanged":
		owner, _ := s.Body[len(s.Body)-1].(string)
		begins, ends = owner == "", owner != ""
	}
	return begins, ends
}

func (w *Watcher) lookAgain() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.reread = w.Now().Add(rereadIn)
}

// see takes in a moment of a service, and tells whether there may be something to do.
func (w *Watcher) see(m moment) bool {
	critical, ignored := w.Severity(m.Name) == ops.Critical, w.ignores(m.Name)
	w.mu.Lock()
	defer w.mu.Unlock()
	s := w.stories[m.Name]
	if s == nil {
		if m.phase() == down {
			return false
		}
		s = &story{name: m.Name}
		w.stories[m.Name] = s
	}
	restarts := s.last.Restarts
	s.see(m, w.Now(), critical, ignored)
	w.shelve(s)
	return s.bad != nil || s.last.Restarts != restarts
}

func (w *Watcher) ignores(unit string) bool { return w.Ignore != nil && w.Ignore(unit) }

// look subscribes and reads all services. Those that were there at the very first look of all are taken as
// they are, but for those that failed.
func (w *Watcher) look(ctx context.Context, f *feed, first bool) error {
	ctx, cancel := context.WithTimeout(ctx, askFor)
	defer cancel()
	if err := f.subscribe(ctx); err != nil {
		return err
	}
	before := uint64(monotonic().Microseconds()) // what signals say of later times holds
	found, err := f.services(ctx, w.Now)
	if err != nil {
		return err
	}
	there := map[string]bool{}
	for _, m := range found {
		there[m.Name] = true
		if first {
			w.meet(m)
		}
		w.see(m)
	}
	for _, name := range w.others(there) {
		w.see(moment{Unit: Unit{Name: name, ActiveState: "inactive", Since: w.Now()}, stamp: before})
	}
	return nil
}

// meet begins the story of a service whose restarts so far were before the bot's time.
func (w *Watcher) meet(m moment) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.stories[m.Name] == nil {
		w.stories[m.Name] = &story{name: m.Name, last: moment{Unit: Unit{Name: m.Name, Restarts: m.Restarts}}}
	}
}

// others lists the stories of services other than those.
func (w *Watcher) others(there map[string]bool) (names []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for name := range w.stories {
		if !there[name] {
			names = append(names, name)
		}
	}
	return names
}

// tellDue tells what is due, and returns when something else will be; the zero time for never.
func (w *Watcher) tellDue(ctx context.Context, f *feed, emit ops.Emit) (time.Time, error) {
	for {
		s, v, due := w.next()
		switch {
		case !due.IsZero() && due.After(w.Now()), due.IsZero():
			return due, w.save(ctx)
		case s == nil:
			w.mu.Lock()
			w.reread = time.Time{}
			w.mu.Unlock()
			if err := w.look(ctx, f, false); err != nil {
				return time.Time{}, err
			}
		default:
			if err := w.tell(ctx, s, v, emit); err != nil {
				return time.Time{}, err
			}
		}
	}
}

// next finds what is due first: a verdict on the story, or to look at all services if that is nil. The story
// is a copy.
func (w *Watcher) next() (found *story, v verdict, due time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	due = w.reread
	for _, s := range w.stories {
		what, at := s.judge(w.Severity(s.name) == ops.Critical)
		if what == nothing {
			continue
		}
		if what != over && what != forget && w.ignores(s.name) {
			at = later(at, w.Now().Add(time.Second)) // until the bot is done with it
		}
		if due.IsZero() || at.Before(due) {
			found, v, due = s, what, at
		}
	}
	if found != nil {
		bad := *found.bad
		found = &story{name: found.name, last: found.last, bad: &bad}
	}
	return found, v, due
}

// tell emits a verdict. What lasts is told at once, and again when the log's last lines are read.
func (w *Watcher) tell(ctx context.Context, s *story, v verdict, emit ops.Emit) error {
	e := s.event(v, w.Severity(s.name), w.Now())
	if v == mended { // it can wait for the log
		e.Text += w.lines(ctx, s)
		e.Aside = s.bad.crashes == s.bad.saidCrashes+1 && w.Told != nil && w.Told(ctx, s.name, s.bad.fresh)
	}
	if v != forget {
		if err := emit(e); err != nil {
			return err
		}
	}
	w.told(s, v, e.ID)
	if err := w.save(ctx); err != nil || v != failing && v != looping {
		return err
	}
	lines := w.lines(ctx, s)
	if lines == "" {
		return nil
	}
	e.Text = strings.TrimPrefix(e.Text+lines, "\n")
	return emit(e)
}

// told notes that a verdict was told.
func (w *Watcher) told(s *story, v verdict, id string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if now := w.stories[s.name]; now != nil {
		now.tell(v, s.bad.crashes, id, w.Now())
		w.shelve(now)
	}
}

// shelve forgets a story with nothing left to it. The caller holds mu.
func (w *Watcher) shelve(s *story) {
	if s.bad == nil && s.last.phase() == down {
		delete(w.stories, s.name)
	}
}

// lines are the last ones that the service logged, without systemd's own, each after a line break.
func (w *Watcher) lines(ctx context.Context, s *story) string {
	if w.Logs == nil {
		return ""
	}
	ctx, cancel := context.WithTimeout(ctx, logsFor)
	defer cancel()
	q := LogQuery{Unit: s.name, Lines: 4 * logLines, Boot: true, Since: s.bad.first.Add(-time.Minute)}
	if s.bad.why != "" && s.bad.invocation != "" { // it was seen to end
		// In some containers the boot has one name outside the sandbox of a service, and another in it.
		q.Boot, q.Run = false, s.bad.invocation
	}
	lines := w.quote(ctx, q)
	if lines == nil && q.Run != "" {
		// What a program says and ends at once is logged after systemd has tidied up, and belongs to no run then.
		q.Run = ""
		lines = w.quote(ctx, q)
	}
	return strings.Join(lines[max(0, len(lines)-logLines):], "")
}

// quote are those lines, each after a line break; nil if there are none or they cannot be read.
func (w *Watcher) quote(ctx context.Context, q LogQuery) (lines []string) {
	found, err := w.Logs(ctx, q)
	if err != nil {
		w.Log.Debug("read what a unit logged before it ended", "unit", q.Unit, "err", err)
		return nil
	}
	for _, l := range found {
		if l.Identifier == "systemd" || strings.TrimSpace(l.Text) == "" {
			continue
		}
		text := []rune(strings.ReplaceAll(strings.TrimSpace(l.Text), "\n", " "))
		if len(text) > logWidth {
			text = append(text[:logWidth-1], '…')
		}
		lines = append(lines, "\n> "+string(text))
	}
	return lines
}
