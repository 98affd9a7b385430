package systemd

import (
	"time"
)

// A verdict is what there is to tell about an incident.
type verdict int

const (
	nothing verdict = iota
	failing         // it is down and stays so
	looping         // it is down, or up for moments, and systemd goes on restarting it
	mended          // it was down, systemd started it again, and it stays up
	over            // what was told as lasting is over
	forget          // nothing to tell any more
)

// judge says what is to be told of the story next, and when, if nothing else happens until then. The zero time
// stands for never.
func (s *story) judge(critical bool) (verdict, time.Time) {
	bad := s.bad
	if bad == nil {
		return nothing, time.Time{}
	}
	switch s.last.phase() {
	case failed:
		return s.judgeFailed(critical)
	case restarting, moving:
		return s.judgeRestarting()
	case down:
		return s.judgeDown()
	}
	switch {
	case bad.said == looping:
		return over, bad.changed.Add(min(max(calmFor, 3*bad.run), forgetIn))
	case bad.said != nothing:
		return over, bad.changed.Add(calmFor)
	case bad.quiet:
		return forget, bad.changed.Add(calmFor)
	case bad.crashes > bad.saidCrashes && bad.saidCrashes > 0 && bad.crashes >= loopAt:
		return looping, bad.changed.Add(urgentFor)
	case bad.crashes > bad.saidCrashes:
		return mended, bad.changed.Add(calmFor)
	}
	return forget, bad.changed.Add(forgetIn)
}

func (s *story) judgeFailed(critical bool) (verdict, time.Time) {
	bad := s.bad
	if bad.said == failing && bad.crashes == bad.saidCrashes {
		return nothing, time.Time{}
	}
	due := bad.changed.Add(calmFor)
	if critical && !s.last.job && !bad.quiet {
		due = bad.changed.Add(urgentFor)
	}
	if bad.said == failing {
		due = later(due, bad.saidAt.Add(sayAgain))
	}
	return failing, due
}

func (s *story) judgeRestarting() (verdict, time.Time) {
	bad := s.bad
	settled := bad.changed.Add(calmFor)
	switch {
	case bad.said == failing:
		return nothing, time.Time{} // somebody starts it; how that ends tells
	case bad.said == looping && bad.crashes < 2*bad.saidCrashes:
		return nothing, time.Time{}
	case bad.said == looping:
		return looping, later(bad.changed, bad.saidAt.Add(sayAgain))
	case bad.crashes == bad.saidCrashes:
		return nothing, time.Time{}
	case bad.crashes < loopAt:
		return looping, settled
	case bad.saidCrashes > 0:
		return looping, bad.changed.Add(urgentFor)
	}
	if s.startedAt().Before(settled) {
		return looping, s.startedAt()
	}
	return looping, settled
}

// startedAt is when a loop is told that goes on without a pause: a quick one has hit its start limit by then,
// and both are told as one.
func (s *story) startedAt() time.Time {
	return s.bad.changed.Add(calmFor - min(calmFor, s.bad.end.Sub(s.bad.first)))
}

func (s *story) judgeDown() (verdict, time.Time) {
	bad := s.bad
	switch {
	case bad.said != nothing:
		return over, bad.changed.Add(urgentFor)
	case bad.ranWell && !bad.quiet && bad.crashes > bad.saidCrashes:
		return mended, bad.changed.Add(urgentFor)
	}
	return forget, bad.changed // somebody stopped it, or cleared its failure
}

// tell notes that the verdict was told, of an incident with as many crashes.
func (s *story) tell(v verdict, crashes int, id string, now time.Time) {
	if s.bad == nil {
		return
	}
	switch v {
	case failing, looping:
		s.bad.said, s.bad.id, s.bad.saidCrashes, s.bad.saidAt = v, id, crashes, now
	case mended:
		s.bad.saidCrashes, s.bad.saidAt = crashes, now
	case over, forget:
		if s.bad.crashes == crashes {
			s.bad = nil
			return
		}
		s.bad.said, s.bad.saidCrashes = nothing, crashes
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
