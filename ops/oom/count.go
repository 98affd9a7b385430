package oom

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/diaspote/vigie/ops"
)

const (
	lookEvery = 2 * time.Minute
	lookAgain = 5 * time.Second // the kernel counts a moment before it logs
)

// counted is oom_kill of /proc/vmstat: how many processes the kernel has killed since it started, those of
// memory cgroups too. It is -1 where the kernel does not count, before 4.13.
func (w *Watcher) counted() int64 {
	text, err := os.ReadFile(filepath.Join(w.path(w.Proc, "/proc"), "vmstat"))
	if err != nil {
		return -1
	}
	_, after, ok := bytes.Cut(text, []byte("\noom_kill "))
	if !ok {
		return -1
	}
	number, _, _ := bytes.Cut(after, []byte("\n"))
	n, err := strconv.ParseInt(string(bytes.TrimSpace(number)), 10, 64)
	if err != nil {
		return -1
	}
	return n
}

// check holds what was read against what the kernel counted, when all that is in the log was read, and tells
// what does not come any more. It returns after how long it wants to be called again.
func (w *watch) check(ctx context.Context) (time.Duration, error) {
	now := w.Now()
	if now.Sub(w.read).Abs() > lookAgain {
		for _, f := range w.parser.Flush() {
			if err := w.tell(ctx, w.boot, f); err != nil {
				return 0, err
			}
		}
	}
	n := w.counted()
	switch {
	case n < 0:
		return lookEvery, nil
	case w.pos.Count < 0 || n <= w.pos.Count:
		w.pos.Count, w.doubt = n, false
		return lookEvery, nil
	case !w.doubt:
		w.doubt = true
		return lookAgain, nil
	}
	if err := w.emit(w.unread(n, now)); err != nil {
		return 0, err
	}
	w.pos.Count, w.doubt = n, false
	return lookEvery, w.save(ctx)
}

// unread tells of kills that the kernel counted and the log does not have.
func (w *watch) unread(n int64, now time.Time) ops.Event {
	k := &Kill{SinceBoot: -1}
	e := k.event("", now, "")
	missing := n - w.pos.Count
	what := "one process"
	if missing > 1 {
		what = fmt.Sprintf("%d processes", missing)
	}
	e.Text = fmt.Sprintf("The kernel killed %s of which its log does not tell (oom_kill in /proc/vmstat is %d). "+
		"The log may have been overwritten or cleared; status shows which unit is missing.", what, n)
	e.ID = fmt.Sprintf("oom/%s/count/%d", w.boot, n)
	e.Details = append(e.Details, ops.Detail{Name: "kills", Value: missing})
	return e
}
