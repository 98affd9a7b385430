package main

import (
	"fmt"
	"net/http"
	"testing"
)

// TestReloads has the daemon read its config again and again, with all watchers on: nothing is left over.
func TestReloads(t *testing.T) {
	t.Parallel()
	const times = 8
	l := openLab(t)
	f := &figures{}
	defer f.print(t)
	l.coldStart(t)
	before := l.goroutines(t)
	first := l.calm(t)
	for n := range times {
		l.Run(t, "root", "systemctl", "reload", "vigie")
		l.reloaded(t, n+1)
	}
	l.allWatch(t)
	if code := post(t, l.hook+"/json", `{"key":"backup","title":"the backup is late","severity":"warning"}`); code != http.StatusOK {
		t.Errorf("after the reloads a webhook is answered %d", code)
	}
	l.hears("the backup is late")
	last := l.calm(t)
	f.addCost("before", first)
	f.addCost("after the reloads", last)
	after := l.goroutines(t)
	f.add("goroutines", "%d before, %d after %d reloads", before, after, times)
	if after >= before+times {
		t.Errorf("%d goroutines, before the reloads it was %d", after, before)
	}
	if last.descriptors >= first.descriptors+times {
		t.Errorf("%d descriptors are open, before the reloads it was %d", last.descriptors, first.descriptors)
	}
}

// reloaded waits until the daemon has read its config again so many times.
func (l *lab) reloaded(t *testing.T, times int) {
	t.Helper()
	l.until(t, "root", "sh", "-c", fmt.Sprintf(
		`test "$(journalctl --no-pager --output=cat _PID=%s | grep -c 'the new config is in force')" -ge %d`, l.mainPID(t), times))
}
