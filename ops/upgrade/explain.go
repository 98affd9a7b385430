package upgrade

import (
	"fmt"
	"io"
	"time"

	"github.com/diaspote/vigie/ops"
)

const maxLog = 8 << 20 // of a log that is to be explained; a year of apt's is about one MiB

// ExplainHistory tells each record of apt's history.log, and as kind "not-understood" what is none. Times are
// read in now's zone, and now stands for those that are missing. It fails only if r does, or has too much.
func ExplainHistory(r io.Reader, now time.Time) ([]ops.Event, error) {
	return explain(r, now, "apt's history", ParseHistory)
}

// ExplainUnattended does so with the log of unattended-upgrades, or with cron's mail about a run.
func ExplainUnattended(r io.Reader, now time.Time) ([]ops.Event, error) {
	return explain(r, now, "the log of unattended-upgrades", ParseUnattended)
}

func explain(r io.Reader, now time.Time, what string, parse func(string) ([]Run, []string)) ([]ops.Event, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxLog+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", what, err)
	}
	if len(text) > maxLog {
		return nil, fmt.Errorf("read %s: it is larger than %d MiB; explain a part of it", what, maxLog>>20)
	}
	runs, unread := parse(string(text))
	var events []ops.Event
	for _, run := range runs {
		events = append(events, run.Event(now.Location(), now))
	}
	for _, raw := range unread {
		events = append(events, notUnderstood(raw, now, what))
	}
	return events, nil
}

// notUnderstood keeps what could not be read, and says so.
func notUnderstood(raw string, at time.Time, what string) ops.Event {
	return ops.Event{
		Kind: "not-understood", Key: "not-understood/" + Kind, Severity: ops.Info, At: at,
		Title: "part of " + what + " was not understood", Text: clip(raw, 500),
		Details: ops.Details{{Name: "raw", Value: raw}},
	}
}
