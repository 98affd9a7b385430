package spool

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/diaspote/vigie/ops"
	"github.com/diaspote/vigie/ops/ledger"
)

// A desk is a Watcher at work on a folder and a ledger of its own.
type desk struct {
	t    *testing.T
	dir  string
	db   *ledger.DB
	told chan ops.Event

	mu   sync.Mutex
	now  time.Time
	stop func()
}

// begin is a moment at which every clock of these tests starts.
var begin = time.Date(2026, 11, 24, 3, 0, 0, 0, time.UTC)

func newDesk(t *testing.T) *desk {
	t.Helper()
	root := t.TempDir()
	db, err := ledger.Open(t.Context(), filepath.Join(root, "vigie.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	d := &desk{t: t, dir: filepath.Join(root, "spool"), db: db, now: begin, told: make(chan ops.Event, 1000)}
	if err := Make(d.dir); err != nil {
		t.Fatal(err)
	}
	return d
}

func (d *desk) clock() time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.now
}

func (d *desk) set(now time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.now = now
}

// watch starts the Watcher; what it tells is written down in the ledger first, as the bot does.
func (d *desk) watch() {
	d.t.Helper()
	d.watchWith(func(e ops.Event) error {
		_, err := d.db.Note(context.Background(), d.clock(), func(ops.Event, ops.Severity) []ledger.Debt { return nil }, e)
		d.told <- e
		return err
	})
}

func (d *desk) watchWith(emit ops.Emit) {
	d.t.Helper()
	w := &Watcher{
		Dir: d.dir, DB: d.db, Host: "diaspote", Log: slog.New(slog.DiscardHandler), Now: d.clock,
		Decode: map[string]Decode{"upgrade": func(data []byte, at time.Time) (ops.Event, error) {
			var said struct{ ID, Title string }
			err := json.Unmarshal(data, &said)
			return ops.Event{Kind: "upgrade", Key: "upgrade", ID: said.ID, Title: said.Title, At: at}, err
		}},
	}
	ctx, cancel := context.WithCancel(d.t.Context())
	ended := make(chan error, 1)
	go func() { ended <- w.Watch(ctx, emit) }()
	d.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			d.t.Errorf("the watcher ended with %v", err)
		}
	})
	d.t.Cleanup(d.stop)
}

func (d *desk) next() ops.Event {
	d.t.Helper()
	for {
		select {
		case e := <-d.told:
			if e.Title != "poke" {
				return e
			}
		case <-time.After(20 * time.Second):
			d.t.Fatal("nothing was told")
		}
	}
}

// poke makes the Watcher look at its clock.
func (d *desk) poke() {
	d.t.Helper()
	d.put("upgrade-poke.json", `{"title":"poke"}`)
}

// age makes all that waits a second older, for the clock of files is a coarse one.
func (d *desk) age() {
	d.t.Helper()
	for _, name := range d.left() {
		path := filepath.Join(d.dir, name)
		info, err := os.Stat(path)
		if err == nil {
			err = os.Chtimes(path, time.Time{}, info.ModTime().Add(-time.Second))
		}
		if err != nil {
			d.t.Fatal(err)
		}
	}
}

func (d *desk) leave(r Run) {
	d.t.Helper()
	if r.Start.IsZero() {
		r.Start = d.clock()
	}
	if err := Leave(d.dir, r); err != nil {
		d.t.Fatal(err)
	}
}

// mark leaves something that is told for certain, and wants it to be what is told next: so nothing was before it.
func (d *desk) mark() {
	d.t.Helper()
	d.put("upgrade-mark.json", `{"title":"mark"}`)
	if e := d.next(); e.Title != "mark" {
		d.t.Errorf("told: %+v", e)
	}
}

// put leaves a file as any program would.
func (d *desk) put(name, text string) {
	d.t.Helper()
	tmp := filepath.Join(d.dir, ".x-"+name)
	if err := os.WriteFile(tmp, []byte(text), 0o644); err != nil {
		d.t.Fatal(err)
	}
	if err := os.Rename(tmp, filepath.Join(d.dir, name)); err != nil {
		d.t.Fatal(err)
	}
}

// left are the names of what is in the folder.
func (d *desk) left() []string {
	d.t.Helper()
	entries, err := os.ReadDir(d.dir)
	if err != nil {
		d.t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func TestAFailureIsToldAndThenItsEnd(t *testing.T) {
	d := newDesk(t)
	d.watch()
	d.leave(Run{Name: "backup"}) // nobody waits for it, and it was well before
	d.leave(Run{Name: "backup", Took: 12 * time.Minute, Status: 3, Output: "no space\nleft"})
	e := d.next()
	if e.Title != "backup failed: exit status 3" || e.Text != "after 12 min, as root on diaspote\nno space\nleft" {
		t.Errorf("told: %q\n%s", e.Title, e.Text)
	}
	if e.Key != "cron/root/backup" || e.Kind != "cron" || !e.Lasting || e.Resolved || !e.At.Equal(begin.Add(12*time.Minute)) {
		t.Errorf("told: %+v", e)
	}
	d.leave(Run{Name: "other"})
	d.leave(Run{Name: "backup", Took: time.Second})
	if e := d.next(); !e.Resolved || e.Key != "cron/root/backup" || e.Text != "in 1 s, as root on diaspote" {
		t.Errorf("told: %+v", e)
	}
	d.leave(Run{Name: "backup"})
	d.mark()
	d.stop()
	if left := d.left(); len(left) != 0 {
		t.Errorf("left: %q", left)
	}
}

// What a failure was, is known after the daemon was down; and so is what happened meanwhile, in its order.
func TestWhatHappenedWhileTheDaemonWasDown(t *testing.T) {
	d := newDesk(t)
	d.watch()
	d.leave(Run{Name: "a", Status: 1})
	d.next()
	d.stop()
	d.leave(Run{Name: "b", Signal: "SIGKILL"})
	d.age()
	d.leave(Run{Name: "c", Timeout: time.Hour})
	d.age()
	d.leave(Run{Name: "a"})
	d.watch()
	for _, want := range []string{"b failed: killed by SIGKILL", "c hangs: ended after 60 min", "a went well again"} {
		if e := d.next(); e.Title != want {
			t.Errorf("told %q, want %q", e.Title, want)
		}
	}
}

func TestAMinuteJobDoesNotFillTheFolder(t *testing.T) {
	d := newDesk(t)
	for range 100 {
		d.leave(Run{Name: "minutely", Period: time.Minute})
	}
	if left := d.left(); len(left) != 1 {
		t.Errorf("%d files wait", len(left))
	}
}

// A file is removed only once its event is on disk.
func TestNothingIsLostWhenNothingCanBeWritten(t *testing.T) {
	d := newDesk(t)
	d.leave(Run{Name: "backup", Status: 1})
	w := &Watcher{Dir: d.dir, DB: d.db, Log: slog.New(slog.DiscardHandler), Now: d.clock}
	full := errors.New("no space left on device")
	var first ops.Event
	if err := w.Watch(t.Context(), func(e ops.Event) error { first = e; return full }); !errors.Is(err, full) {
		t.Fatalf("the watcher goes on: %v", err)
	}
	d.watch()
	if e := d.next(); e.ID == "" || e.ID != first.ID {
		t.Errorf("the same event has another name: %q, %q", e.ID, first.ID)
	}
}

// The word of a run that replaces one just being read is not removed with that one.
func TestAWordThatComesMeanwhile(t *testing.T) {
	d := newDesk(t)
	d.leave(Run{Name: "backup", Status: 1})
	d.age()
	d.leave(Run{Name: "backup", Period: 24 * time.Hour})
	d.watchWith(func(e ops.Event) error {
		if e.Resolved {
			d.set(begin.Add(2 * time.Hour))
			if err := Leave(d.dir, Run{Name: "backup", Start: d.clock(), Period: 24 * time.Hour}); err != nil {
				t.Error(err)
			}
		}
		d.told <- e
		return nil
	})
	d.next()
	d.next()
	d.mark() // the second one was read by now
	d.set(begin.Add(25 * time.Hour))
	d.mark()
	d.mark()
}

func TestAJobThatDoesNotRun(t *testing.T) {
	d := newDesk(t)
	d.watch()
	day := 24 * time.Hour
	d.leave(Run{Name: "backup", Period: day, Grace: time.Hour})
	d.mark()
	d.set(begin.Add(day + time.Hour - time.Second))
	d.mark()
	d.set(begin.Add(day + time.Hour))
	d.poke()
	e := d.next()
	if e.Title != "backup did not run when it was due" || !e.Lasting || e.Key != "cron/root/backup" ||
		!strings.HasPrefix(e.Text, "it did not run since 24 Nov 03:00, due every 24 h, as root on diaspote") {
		t.Errorf("told: %q\n%s", e.Title, e.Text)
	}
	d.stop()
	d.watch() // which does not tell it again
	d.mark()
	d.leave(Run{Name: "backup", Period: day, Grace: time.Hour})
	if e := d.next(); !e.Resolved {
		t.Errorf("told: %+v", e)
	}
	d.stop()

	d.set(begin.Add(10 * day)) // the host was off
	d.watch()
	if e := d.next(); e.Title != "backup did not run when it was due" {
		t.Errorf("told: %+v", e)
	}
	d.leave(Run{Name: "backup", Forget: true})
	if e := d.next(); !e.Resolved || e.Title != "backup is waited for no longer" {
		t.Errorf("told: %+v", e)
	}
	d.set(begin.Add(100 * day))
	d.mark()
	d.mark()
}

// The timer itself, with the real clock.
func TestTheTimerOfAJob(t *testing.T) {
	d := newDesk(t)
	w := &Watcher{Dir: d.dir, DB: d.db, Log: slog.New(slog.DiscardHandler), Now: time.Now}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go w.Watch(ctx, func(e ops.Event) error { d.told <- e; return nil })
	d.leave(Run{Name: "backup", Start: time.Now(), Period: 50 * time.Millisecond})
	if e := d.next(); e.Title != "backup did not run when it was due" {
		t.Errorf("told: %+v", e)
	}
}

// A board without a clock starts in 1970, and gets to know the time later.
func TestAHostThatDidNotKnowTheTime(t *testing.T) {
	d := newDesk(t)
	d.watch()
	d.leave(Run{Name: "backup", Start: time.Unix(60, 0), Period: time.Hour})
	d.mark()
	d.leave(Run{Name: "clock", Start: begin.Add(time.Hour * 1000), Period: time.Hour})
	d.mark()
	d.set(begin.Add(time.Hour))
	d.poke()
	for _, want := range []string{"backup did not run", "clock did not run"} {
		if e := d.next(); !strings.HasPrefix(e.Title, want) || !strings.Contains(e.Text, "since 24 Nov 03:00") {
			t.Errorf("told: %q\n%s", e.Title, e.Text)
		}
	}
}

func TestWhatCannotBeUnderstood(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "secret.json")
	if err := os.WriteFile(secret, []byte(`{"title":"secret"}`), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		make func(path string) error
		want string // in the text
	}{
		"cron-garbage.json":   {func(p string) error { return os.WriteFile(p, []byte("what\x00 is this"), 0o644) }, "what"},
		"cron-name.json":      {func(p string) error { return os.WriteFile(p, []byte(`{"name":"a/b"}`), 0o644) }, "its name"},
		"cron-minus.json":     {func(p string) error { return os.WriteFile(p, []byte(`{"name":"a","took":-1}`), 0o644) }, "duration"},
		"other-x.json":        {func(p string) error { return os.WriteFile(p, []byte(`{}`), 0o644) }, "nothing that is known"},
		"upgrade-large.json":  {func(p string) error { return os.WriteFile(p, make([]byte, maxRoot+1), 0o644) }, "larger than 1024 KiB"},
		"upgrade-fifo.json":   {func(p string) error { return unix.Mkfifo(p, 0o644) }, "no regular file"},
		"upgrade-link.json":   {func(p string) error { return os.Symlink(secret, p) }, "no regular file"},
		"upgrade-hard.json":   {func(p string) error { return os.Link(secret, p) }, "second name"},
		"upgrade-folder.json": {func(p string) error { return os.Mkdir(p, 0o755) }, "no regular file"},
		"\xff\x1b[31m.json":   {func(p string) error { return os.WriteFile(p, nil, 0o644) }, "nothing that is known"},
	} {
		t.Run(name, func(t *testing.T) {
			if strings.Contains(name, "hard") {
				os.Remove(secret)
				os.WriteFile(secret, nil, 0o644)
			}
			d := newDesk(t)
			path := filepath.Join(filepath.Dir(d.dir), "made")
			if strings.Contains(name, "hard") {
				path = filepath.Join(d.dir, ".made")
			}
			if err := test.make(path); err != nil {
				t.Skipf("missing: %v", err)
			}
			if err := os.Rename(path, filepath.Join(d.dir, name)); err != nil {
				t.Fatal(err)
			}
			d.watch()
			e := d.next()
			if e.Kind != "not-understood" || e.Key != "not-understood/spool/root" || !strings.Contains(e.Text, test.want) || strings.Contains(e.Text, "secret\"") {
				t.Errorf("told: %+v", e)
			}
			if _, err := json.Marshal(e.Details); err != nil {
				t.Error(err)
			}
			d.mark()
			d.stop()
			if left := d.left(); len(left) != 0 {
				t.Errorf("left: %q", left)
			}
		})
	}
}

// Root tells of whole upgrades, at more length than anybody else may.
func TestHowMuchWhoMaySay(t *testing.T) {
	needRoot(t)
	d := newDesk(t)
	long := `{"title":"long","text":"` + strings.Repeat("x", 2*maxFile) + `"}`
	d.put("upgrade-root.json", long)
	d.watch()
	if e := d.next(); e.Kind != "upgrade" || e.Title != "long" || e.Key != "upgrade" {
		t.Errorf("told of root: %+v", e)
	}
	made := filepath.Join(filepath.Dir(d.dir), "made")
	if err := errors.Join(os.WriteFile(made, []byte(long), 0o644), os.Chown(made, 65534, 65534), os.Rename(made, filepath.Join(d.dir, "upgrade-nobody.json"))); err != nil {
		t.Fatal(err)
	}
	if e := d.next(); e.Key != "not-understood/spool/nobody" || !strings.Contains(e.Text, "larger than 64 KiB") {
		t.Errorf("told of nobody: %+v", e)
	}
}

// A user who fills the folder does not hold up what others have to say, and is read bit by bit.
func TestAFloodOfOneUser(t *testing.T) {
	needRoot(t)
	d := newDesk(t)
	for i := range 3 * quota {
		name := "upgrade-" + string(rune('a'+i%26)) + strings.Repeat("x", i/26) + ".json"
		d.put(name, `{"id":"upgrade/1","title":"flood"}`)
		if err := os.Chown(filepath.Join(d.dir, name), 65534, 65534); err != nil {
			t.Fatal(err)
		}
	}
	d.leave(Run{Name: "backup", Status: 1})
	d.watch()
	for range quota {
		if e := d.next(); e.Title != "flood" || e.Text != "said by the user nobody" || e.Key != "upgrade/nobody" || e.ID != "upgrade/1/nobody" {
			t.Fatalf("told: %+v", e)
		}
	}
	if e := d.next(); e.Title != "backup failed: exit status 1" {
		t.Errorf("told: %+v", e)
	}
	d.mark()
	d.set(begin.Add(time.Minute))
	d.put("upgrade-mark.json", `{"title":"mark"}`)
	for n := 0; n < quota; {
		if e := d.next(); e.Title == "flood" {
			n++
		} else if e.Title != "mark" {
			t.Fatalf("told: %+v", e)
		}
	}
}

func TestWhatWasNeverFinishedIsRemoved(t *testing.T) {
	d := newDesk(t)
	for name, age := range map[string]time.Duration{".new-old": 2 * time.Hour, ".new-fresh": time.Minute} {
		path := filepath.Join(d.dir, name)
		if err := os.WriteFile(path, nil, 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, time.Time{}, time.Now().Add(-age)); err != nil {
			t.Fatal(err)
		}
	}
	d.watch()
	d.mark()
	d.stop()
	if left := d.left(); len(left) != 1 || left[0] != ".new-fresh" {
		t.Errorf("left: %q", left)
	}
}

func needRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() == 0 {
		return
	}
	if os.Getenv("VIGIE_TEST_REAL") == "1" {
		t.Fatal("missing: root, to be several users")
	}
	t.Skip("missing: root, to be several users")
}

// BenchmarkPickUp is from the end of a job until its event is handed over, with both syncs to the disk.
func BenchmarkPickUp(b *testing.B) {
	dir := filepath.Join(b.TempDir(), "spool")
	if err := Make(dir); err != nil {
		b.Fatal(err)
	}
	db, err := ledger.Open(b.Context(), "")
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	w := &Watcher{Dir: dir, DB: db, Log: slog.New(slog.DiscardHandler), Now: func() func() time.Time {
		now := begin
		return func() time.Time {
			now = now.Add(time.Minute) // so that no quota is reached
			return now
		}
	}()}
	told := make(chan ops.Event)
	ctx, cancel := context.WithCancel(b.Context())
	var watching sync.WaitGroup
	watching.Go(func() { w.Watch(ctx, func(e ops.Event) error { told <- e; return nil }) })
	for b.Loop() {
		if err := Leave(dir, Run{Name: "backup", Start: begin, Status: 1}); err != nil {
			b.Fatal(err)
		}
		<-told
	}
	cancel()
	watching.Wait()
}
