package systemd

import (
	"fmt"
	"strings"
	"time"

	"github.com/diaspote/vigie/ops"
)

// event puts the verdict on the story into words. The hour of a lasting condition and of what was mended is
// that of the first crash, of an end that of the end.
func (s *story) event(v verdict, severity ops.Severity, now time.Time) ops.Event {
	bad := s.bad
	e := ops.Event{Kind: "unit", Key: "unit/" + s.name, Unit: s.name, Severity: severity, At: bad.first,
		ID: bad.id, Details: s.details()}
	switch v {
	case failing:
		e.Lasting, e.Title, e.Text = true, s.failedTitle(), s.failedText()
		if bad.said != looping { // else it is still the same story
			e.ID = s.id()
		}
	case looping:
		e.Lasting, e.Title, e.Text = true, s.loopTitle(), s.loopText()
		if bad.said == nothing {
			e.ID = s.id()
		}
	case mended:
		e.ID = "unit/" + s.name + "/" + s.last.InvocationID + "/again"
		e.Severity, e.At = ops.Warning, bad.fresh
		e.Title, e.Text = s.mendedTitle(), s.reason()+"; restarted by systemd."
	case over:
		e.ID += "/over"
		e.Resolved, e.At = true, orElse(bad.recovered, now)
		e.Title, e.Text = s.overTitle(), s.overText()
	}
	return e
}

// id names the incident by the run that ended, so that it is the same however often the bot starts anew.
func (s *story) id() string {
	if s.bad.invocation == "" { // it never ran
		return fmt.Sprintf("unit/%s/%d", s.name, s.bad.end.Unix())
	}
	return "unit/" + s.name + "/" + s.bad.invocation
}

func (s *story) details() ops.Details {
	return ops.Details{
		{Name: "state", Value: s.last.ActiveState + "/" + s.last.SubState},
		{Name: "why", Value: s.reason()},
		{Name: "result", Value: s.last.Result},
		{Name: "crashes", Value: s.bad.crashes},
		{Name: "start_limit_hit", Value: s.bad.gaveUp},
		{Name: "restarts", Value: s.last.Restarts},
		{Name: "invocation", Value: s.last.InvocationID},
	}
}

func (s *story) reason() string {
	switch {
	case s.bad.why != "":
		return s.bad.why
	case s.bad.clean:
		return "it ended by itself, without an error"
	}
	return "how it ended was not seen"
}

func (s *story) failedTitle() string {
	switch {
	case s.bad.gaveUp && s.bad.crashes > 1:
		return fmt.Sprintf("start limit hit: failed %s in %s", times(s.bad.crashes), spell(s.bad.end.Sub(s.bad.first)))
	case s.bad.gaveUp:
		return "start limit hit"
	case s.bad.crashes > 1:
		return fmt.Sprintf("failed %s in %s", times(s.bad.crashes), spell(s.bad.end.Sub(s.bad.first)))
	}
	return "failed: " + s.reason()
}

func (s *story) failedText() string {
	switch {
	case s.bad.gaveUp:
		return "Last: " + s.reason() + ". systemd gave up on it: somebody has to start it."
	case s.bad.crashes > 1:
		return "Last: " + s.reason() + "."
	}
	return ""
}

func (s *story) loopTitle() string {
	if s.bad.crashes < loopAt {
		return s.ended() + ", not running again yet"
	}
	return fmt.Sprintf("crash-looping: %s in %s", times(s.bad.crashes), spell(s.bad.end.Sub(s.bad.first)))
}

func (s *story) loopText() string {
	if s.bad.crashes < loopAt {
		return s.reason() + "; systemd is starting it again."
	}
	return "Last: " + s.reason() + ". systemd goes on restarting it."
}

func (s *story) mendedTitle() string {
	again := "running again"
	if s.last.phase() == down {
		again = "then ran well"
	}
	took := s.bad.recovered.Sub(s.bad.fresh)
	if s.bad.why == "" && !s.bad.clean || took <= 0 {
		return s.ended() + ", " + again
	}
	return s.ended() + ", " + again + " after " + spell(took)
}

// ended says in a few words what happened since something was last told.
func (s *story) ended() string {
	n := s.bad.crashes - s.bad.saidCrashes
	switch {
	case n > 1:
		return "failed " + times(n)
	case s.bad.clean:
		return "ended by itself"
	case strings.HasPrefix(s.bad.why, "exit status"):
		return "failed"
	}
	return "crashed"
}

// overTitle leaves it to who shows the event to say how long it lasted, which is known of every condition.
func (s *story) overTitle() string {
	switch {
	case s.last.phase() == up:
		return "running again"
	case s.bad.ranWell:
		return "ran well again"
	}
	return "no longer failed"
}

func (s *story) overText() string {
	text := "It had failed " + times(s.bad.crashes) + "; last: " + s.reason() + "."
	if s.last.phase() == down && !s.bad.ranWell {
		text += " It does not run now."
	}
	return text
}

func times(n int) string {
	switch n {
	case 1:
		return "once"
	case 2:
		return "twice"
	}
	return fmt.Sprintf("%d times", n)
}

// spell says a duration as people do.
func spell(d time.Duration) string {
	switch {
	case d < 0:
		return "0 s"
	case d < 10*time.Second:
		return fmt.Sprintf("%.2g s", max(d.Seconds(), 0.1))
	case d < 2*time.Minute:
		return fmt.Sprintf("%.0f s", d.Seconds())
	case d < 2*time.Hour:
		return fmt.Sprintf("%.0f min", d.Minutes())
	case d < 48*time.Hour:
		return fmt.Sprintf("%.0f h", d.Hours())
	}
	return fmt.Sprintf("%.0f days", d.Hours()/24)
}
