package spool

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/diaspote/vigie/ops"
	"github.com/diaspote/vigie/ops/ledger"
)

// A Watcher makes events of what is left in the folder. It is an [ops.Watcher].
type Watcher struct {
	Dir  string // is made if it is missing
	DB   *ledger.DB
	Host string // as the bot signs; "" to say nothing of it
	Log  *slog.Logger
	Now  func() time.Time // its location is that of the times told

	// Decode understands the files whose names begin with the key and a dash: {"upgrade": …} has
	// upgrade-SOMETHING.json. at is when the file was written. Runs of cron jobs need none.
	Decode map[string]Decode
}

// A Decode makes an event of a file that any user may have written, of at most 64 KiB, or root, of at most 1 MiB.
type Decode func(data []byte, at time.Time) (ops.Event, error)

const (
	// look is how often the folder is looked at though nothing was heard: the clock may have been set, on which
	// a job is late sooner than the timer knows; and files may wait for their user's next minute.
	look = time.Minute

	// quota is how many files of one user are read in a minute; the others wait. What is not understood counts
	// tenfold.
	quota   = 60
	garbage = 10
)

// Watch reads what is there, and what is left from then on.
func (w *Watcher) Watch(ctx context.Context, emit ops.Emit) error {
	if err := w.watch(ctx, emit); ctx.Err() == nil {
		return fmt.Errorf("watch the spool %s: %w", w.Dir, err)
	}
	return ctx.Err()
}

func (w *Watcher) watch(ctx context.Context, emit ops.Emit) error {
	if err := makeFolder(w.Dir); err != nil {
		return err
	}
	dir, err := os.Open(w.Dir)
	if err != nil {
		return err
	}
	defer dir.Close()
	if err := sweep(w.Dir, time.Now()); err != nil {
		return err
	}
	news, err := notify(w.Dir)
	if err != nil {
		return err
	}
	defer news.Close()
	defer context.AfterFunc(ctx, func() { news.Close() })() // which ends the wait below
	s := &scan{Watcher: w, dir: dir, emit: emit, spent: map[uint32]int{}}
	if s.jobs, err = w.loadJobs(ctx); err != nil {
		return err
	}
	for {
		wait, err := s.round(ctx)
		if err != nil {
			return err
		}
		if err := hear(news, wait); err != nil {
			return err
		}
	}
}

// notify asks the kernel to tell when a file gets its name in the folder: inotify(7).
func notify(dir string) (*os.File, error) {
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err != nil {
		return nil, fmt.Errorf("inotify: %w", err)
	}
	news := os.NewFile(uintptr(fd), "inotify")
	const what = unix.IN_MOVED_TO | unix.IN_DELETE_SELF | unix.IN_MOVE_SELF | unix.IN_ONLYDIR | unix.IN_DONT_FOLLOW
	if _, err := unix.InotifyAddWatch(fd, dir, what); err != nil {
		news.Close()
		return nil, fmt.Errorf("inotify: %w", err)
	}
	return news, nil
}

// hear returns when something was left, or at the latest after wait; 0 is for ever.
func hear(news *os.File, wait time.Duration) error {
	deadline := time.Time{}
	if wait > 0 {
		deadline = time.Now().Add(wait)
	}
	if err := news.SetReadDeadline(deadline); err != nil {
		return err
	}
	events := make([]byte, 4096) // what they say in detail, the folder itself says better
	if _, err := news.Read(events); err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
		return err
	}
	return nil
}

// A scan is a Watch under way.
type scan struct {
	*Watcher
	dir  *os.File
	emit ops.Emit
	jobs jobs

	minute time.Time      // in which the quotas were spent
	spent  map[uint32]int // by user
}

// round reads what is there and tells which jobs are late. It returns how long to wait for news at most, 0 for as
// long as it takes.
func (s *scan) round(ctx context.Context) (time.Duration, error) {
	now := s.Now()
	if now.Sub(s.minute).Abs() >= time.Minute {
		s.minute = now
		clear(s.spent)
	}
	if _, err := os.Stat(s.Dir); err != nil { // it was removed or moved, and is made anew on the next call
		return 0, err
	}
	files, err := list(s.Dir)
	if err != nil {
		return 0, err
	}
	waits := false
	for _, f := range files {
		if s.spent[f.owner] >= quota {
			waits = true
			continue
		}
		s.spent[f.owner]++
		if err := s.tell(ctx, f); err != nil {
			return 0, err
		}
	}
	next, err := s.tellLate(ctx, now)
	if err != nil {
		return 0, err
	}
	switch {
	case waits:
		return look, nil
	case next.IsZero():
		return 0, nil
	}
	return min(look, max(next.Sub(now), time.Millisecond)), nil
}

// tell tells one file and removes it, once that is on disk.
func (s *scan) tell(ctx context.Context, f file) error {
	f, err := take(s.dir, f)
	if errors.Is(err, unix.ENOENT) {
		return nil // its owner has taken it back
	}
	if err != nil {
		return err
	}
	f, data, err := read(s.dir, f)
	var e *ops.Event
	if err == nil {
		e, err = s.understand(f, data)
	}
	if err != nil {
		s.spent[f.owner] += garbage - 1
		e = s.notUnderstood(f, data, err)
	}
	if e != nil {
		if e.ID == "" {
			e.ID = "spool/" + strings.TrimPrefix(f.name, taken) + "/" + fmt.Sprint(f.when.UnixNano())
		}
		if err := s.emit(*e); err != nil {
			return err
		}
	}
	if f.kind() == Kind {
		if err := s.saveJobs(ctx, s.jobs); err != nil {
			return err
		}
	}
	if err := remove(s.dir, f.name); err != nil {
		s.Log.Warn("a file stays in the spool", "file", f.name, "owner", f.user(), "error", err)
	}
	return nil
}

// understand makes an event of a file; nil if there is nothing to say of it.
func (s *scan) understand(f file, data []byte) (*ops.Event, error) {
	if f.kind() == Kind {
		r, err := parseRun(data)
		if err != nil {
			return nil, err
		}
		return s.jobs.seen(r, place{f.user(), s.Host}, s.Now()), nil
	}
	decode, ok := s.Decode[f.kind()]
	if !ok {
		return nil, errors.New("its name begins with nothing that is known")
	}
	e, err := decode(data, f.when)
	if err != nil {
		return nil, err
	}
	if f.owner != 0 { // root alone speaks for the host; anybody else must not pass for it, nor put words in its mouth
		e.Text = strings.TrimLeft(e.Text+"\nsaid by the user "+f.user(), "\n")
		e.Key += "/" + f.user()
		if e.ID != "" {
			e.ID += "/" + f.user()
		}
	}
	e.Details = append(e.Details, ops.Detail{Name: "left_by", Value: f.user()})
	return &e, nil
}

// notUnderstood keeps what could not be read, and says so.
func (s *scan) notUnderstood(f file, data []byte, why error) *ops.Event {
	raw := strings.ToValidUTF8(string(data), "\ufffd")
	name := strings.TrimPrefix(f.name, taken)
	return &ops.Event{
		Kind: "not-understood", Key: "not-understood/spool/" + f.user(), Severity: ops.Info, At: f.when,
		Title:   "something that the user " + f.user() + " left was not understood",
		Text:    strings.TrimRight(fmt.Sprintf("%s: %v\n%s", clip(name, 80), why, clip(raw, 500)), "\n"),
		Details: ops.Details{{Name: "file", Value: strings.ToValidUTF8(name, "\ufffd")}, {Name: "left_by", Value: f.user()}, {Name: "raw", Value: clip(raw, 4096)}},
	}
}

// tellLate tells the jobs that should have run, and returns when the next one is late.
func (s *scan) tellLate(ctx context.Context, now time.Time) (next time.Time, err error) {
	keys, next := s.jobs.late(now)
	for _, key := range keys {
		j := s.jobs[key]
		if err := s.emit(j.missed(place{j.User, s.Host}, now.Location())); err != nil {
			return next, err
		}
		j.Late, j.Bad = true, true
		s.jobs[key] = j
		if err := s.saveJobs(ctx, s.jobs); err != nil {
			return next, err
		}
	}
	return next, nil
}
