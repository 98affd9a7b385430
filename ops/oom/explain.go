package oom

import (
	"bufio"
	"fmt"
	"io"
	"time"

	"github.com/diaspote/vigie/ops"
)

const mostEvents = 100_000 // of one log; more are no log of a host that ever ran

// Explain tells each kill in a log: of dmesg, a syslog, the journal or /dev/kmsg. The events are of the kind "oom" for the kernel's
// own kills, "oomd" for those of systemd-oomd, earlyoom and the like (the detail by names them), and
// "not-understood", with the detail raw, for what speaks of a kill without saying that it was done. now is for
// dates that lack a year or a zone, and stands for those that are missing. It fails only if r does, or has too much.
func Explain(r io.Reader, now func() time.Time) ([]ops.Event, error) {
	start := now()
	p := &Parser{Now: func() time.Time { return start }}
	var events []ops.Event
	add := func(found []Finding) {
		for _, f := range found {
			events = append(events, f.event(start))
		}
	}
	in := bufio.NewReaderSize(r, mostLine)
	for {
		text, more, err := in.ReadLine()
		if err == io.EOF {
			break
		}
		if err != nil {
			return events, fmt.Errorf("read the kernel's log: %w", err)
		}
		add(p.Feed(string(text)))
		for more && err == nil { // the rest of a line that is longer than any of the kernel's
			_, more, err = in.ReadLine()
		}
		if len(events) > mostEvents {
			return events, fmt.Errorf("read the kernel's log: it tells of more than %d kills; explain a part of it", mostEvents)
		}
	}
	add(p.Flush())
	return events, nil
}

func (f Finding) event(now time.Time) ops.Event {
	if f.Unclear != nil {
		return f.Unclear.event(orNow(f.Unclear.At, now))
	}
	return f.Kill.event(f.Kill.unit(), orNow(f.Kill.At, now), "")
}

func orNow(at, now time.Time) time.Time {
	if at.IsZero() {
		return now
	}
	return at
}
