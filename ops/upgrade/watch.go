package upgrade

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"log/slog"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/diaspote/vigie/ops"
	"github.com/diaspote/vigie/ops/ledger"
)

const (
	settle     = 2 * time.Second  // after a log was closed: a process that ends closes several files
	busyAgain  = 30 * time.Second // how often to look whether a run has ended whose end no log tells
	maxPlugins = 8                // runs that the plugin told and that are remembered
)

// Options are what a [Watcher] needs. Root is where the host's file system is, "" for /.
type Options struct {
	DB   *ledger.DB
	Log  *slog.Logger
	Now  func() time.Time // in the host's zone, which the logs are in
	Root string
}

// A Watcher tells each run of apt and of unattended-upgrades when it has ended. It must come from [New].
type Watcher struct {
	Options
	history, unattended string // the logs

	said map[string]bool // what cannot be read, so that it is said once

	mu      sync.Mutex
	plugins []Run // told by the plugin, the last ones
}

// New makes a watcher; it reads nothing yet.
func New(o Options) *Watcher {
	if o.Root == "" {
		o.Root = "/"
	}
	return &Watcher{
		Options:    o,
		history:    filepath.Join(o.Root, "var/log/apt/history.log"),
		unattended: filepath.Join(o.Root, "var/log/unattended-upgrades/unattended-upgrades.log"),
		said:       map[string]bool{},
	}
}

// FromPlugin is the function of that name. The watcher will not tell that run again where it cannot read the
// log of unattended-upgrades, and where it can, will know what the plugin knew.
func (w *Watcher) FromPlugin(data []byte, at time.Time) (ops.Event, error) {
	r, err := parsePlugin(data)
	if err != nil {
		return ops.Event{}, err
	}
	if r.End == "" {
		r.End = at.Format("2006-01-02 15:04:05")
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.plugins = append(w.plugins, r)
	w.plugins = w.plugins[max(0, len(w.plugins)-maxPlugins):]
	return r.Event(at.Location(), at), nil
}

// state is what is kept in the ledger between two runs of the bot.
type state struct {
	History    position `json:"history"`
	Unattended position `json:"unattended"`
	Held       []Held   `json:"held,omitempty"` // as last told
}

const cursor = "upgrade"

// Watch follows both logs. What was written while nobody watched is told first; but for the very first time,
// when all that is already there counts as known.
func (w *Watcher) Watch(ctx context.Context, emit ops.Emit) error {
	s, err := w.load(ctx)
	if err != nil {
		return err
	}
	n, err := newNotices()
	if err != nil {
		return err
	}
	defer n.file.Close()
	files := []string{filepath.Base(w.history), filepath.Base(w.unattended),
		filepath.Base(filepath.Dir(w.history)), filepath.Base(filepath.Dir(w.unattended))}
	for wake := time.Now().Add(settle); ; {
		w.watchLogs(n)
		written, err := n.wait(ctx, wake, files...)
		if err != nil {
			return err
		}
		if written {
			wake = time.Now().Add(settle)
			continue
		}
		again, err := w.step(ctx, &s, emit)
		if err != nil {
			return err
		}
		wake = time.Time{}
		if again {
			wake = time.Now().Add(busyAgain)
		}
	}
}

// watchLogs watches the directories that are there by now. That is cheap, and the kernel keeps one watch each.
func (w *Watcher) watchLogs(n *notices) {
	w.complain(n.parent(filepath.Join(w.Root, "var/log")), "var/log")
	for _, file := range []string{w.history, w.unattended} {
		w.complain(n.logs(filepath.Dir(file)), filepath.Dir(file))
	}
}

// complain says once what cannot be read, and what to do about it.
func (w *Watcher) complain(err error, file string) {
	if err == nil {
		delete(w.said, file)
		return
	}
	if w.said[file] {
		return
	}
	w.said[file] = true
	hint := ""
	if errors.Is(err, fs.ErrPermission) {
		hint = "add the bot's user to the group adm, or upgrades are told without what only this log knows"
	}
	w.Log.Warn("an upgrade log cannot be read", "file", file, "err", err, "hint", hint)
}

func (w *Watcher) load(ctx context.Context) (s state, err error) {
	text, err := w.DB.Cursor(ctx, cursor)
	if err != nil {
		return s, err
	}
	if text != "" && json.Unmarshal([]byte(text), &s) == nil {
		return s, nil
	}
	s = state{}
	for _, one := range []struct {
		file string
		p    *position
	}{{w.history, &s.History}, {w.unattended, &s.Unattended}} {
		if *one.p, err = end(one.file); err != nil {
			w.complain(err, one.file)
			one.p.Blind = true
		}
	}
	return s, w.save(ctx, s)
}

func (w *Watcher) save(ctx context.Context, s state) error {
	text, err := json.Marshal(s)
	if err != nil {
		return err
	}
	// What was told stays told, though the bot is about to stop.
	return w.DB.SetCursor(context.WithoutCancel(ctx), cursor, string(text))
}

// step tells what was written since the last one, unless packages are being installed at this moment: then it
// asks to be called again. The position moves once everything is on disk.
func (w *Watcher) step(ctx context.Context, s *state, emit ops.Emit) (again bool, err error) {
	next := *s
	history := w.read(w.history, &next.History)
	unattended := w.read(w.unattended, &next.Unattended)
	if history == "" && unattended == "" {
		if next.History == s.History && next.Unattended == s.Unattended {
			return false, nil
		}
		*s = next
		return false, w.save(ctx, next)
	}
	working, err := busy(w.Root)
	w.complain(err, "locks")
	if working {
		return true, nil
	}
	records, strange := ParseHistory(history)
	runs, more := ParseUnattended(unattended)
	all := merge(runs, records)
	w.addRestarts(ctx, all)
	w.addBroken(all)
	for _, r := range all {
		if r, ok := w.worth(r, &next); ok {
			if err := emit(r.Event(w.Now().Location(), w.Now())); err != nil {
				return false, err
			}
		}
	}
	for _, raw := range slices.Concat(strange, more) {
		if err := emit(notUnderstood(raw, w.Now(), "an upgrade log")); err != nil {
			return false, err
		}
	}
	if err := w.save(ctx, next); err != nil {
		return false, err
	}
	*s = next
	return false, nil
}

// read returns what is new in a log, and moves the position.
func (w *Watcher) read(file string, p *position) string {
	text, after, err := readFrom(file, *p)
	w.complain(err, file)
	if err != nil {
		return ""
	}
	*p = after
	return text
}

// worth decides whether a run is to be told. A run that found nothing to do is not, nor what is held back for
// another night. One that the plugin told already gets what the plugin knew.
func (w *Watcher) worth(r Run, s *state) (Run, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, p := range w.plugins {
		if !r.Unattended {
			break
		}
		if p.id() == r.id() {
			if r.Broken == nil {
				r.Broken = p.Broken
			}
			r.Restart = either(r.Restart, p.Restart)
			r.Held = slices.Concat(r.Held, missing(r.Held, p.Held))
		} else if !r.ownLog && !began(r).Before(began(p)) && !began(r).After(stamp(p.End, time.UTC)) {
			return r, false // apt's records alone, of a run that is told in whole
		}
	}
	if !r.Unattended || !r.ownLog {
		return r, !r.Nothing()
	}
	news := len(r.Held) > 0 && !slices.Equal(r.Held, s.Held)
	s.Held = r.Held
	return r, !r.Nothing() || news
}

func either(a, b []string) []string {
	out := slices.Clone(a)
	for _, one := range b {
		if !slices.Contains(out, one) {
			out = append(out, one)
		}
	}
	return out
}

func missing(have, more []Held) (out []Held) {
	for _, h := range more {
		if !slices.ContainsFunc(have, func(x Held) bool { return x.Name == h.Name }) {
			out = append(out, h)
		}
	}
	return out
}

// addBroken tells which packages made a run fail, as far as dpkg's output may be read: it is for the group adm.
func (w *Watcher) addBroken(runs []Run) {
	for i := range runs {
		r := &runs[i]
		if r.Error == "" && !r.Open {
			continue
		}
		name := "var/log/apt/term.log"
		if r.Unattended {
			name = "var/log/unattended-upgrades/unattended-upgrades-dpkg.log"
		}
		if text, err := lastOfFile(filepath.Join(w.Root, name), maxOutput); err == nil {
			r.Broken = ParseDpkgErrors(outputBetween(text, r.Start, r.End))
		}
	}
}

// addRestarts tells with the last run that changed something what wants a restart since, which is
// true at this moment and cannot be told of the runs before it.
func (w *Watcher) addRestarts(ctx context.Context, runs []Run) {
	for i := len(runs) - 1; i >= 0; i-- {
		r := &runs[i]
		if len(r.Upgraded)+len(r.Installed) == 0 {
			continue
		}
		if filepath.Clean(w.Root) == "/" {
			r.Restart = askNeedrestart(ctx)
		}
		if wanted, by := rebootRequired(w.Root); wanted {
			r.Reboot = &wanted
			r.RebootFor = by
		}
		return
	}
}
