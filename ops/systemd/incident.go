package systemd

import (
	"strings"
	"time"
)

// The times by which transitions are gathered into verdicts.
const (
	calmFor   = 4 * time.Second        // a unit has settled that stayed as it is for so long
	urgentFor = 500 * time.Millisecond // so long must a critical unit stay failed to be told
	sayAgain  = time.Minute            // what goes on is not told more often
	forgetIn  = 10 * time.Minute       // a crash that was mended is remembered, to tell a slow loop
	loopAt    = 3                      // as many crashes make a loop
)

// A moment is a service's state at one time, as far as systemd tells it by signals.
type moment struct {
	Unit
	job   bool   // a job is queued for it
	fails bool   // systemd restarts it after a failure alone, so that a restart tells of one; signals do not say
	stamp uint64 // StateChangeTimestampMonotonic in µs: what is older came late
}

// A phase is what a moment means for whether the service does its work.
type phase int

const (
	down       phase = iota // stopped, or done
	up                      // it runs
	moving                  // on the way up or down
	restarting              // it ended, and systemd is going to start it again
	failed                  // it ended badly, and stays down
)

func (m moment) phase() phase {
	switch {
	case strings.HasPrefix(m.SubState, "auto-restart"), strings.HasSuffix(m.SubState, "-before-auto-restart"):
		return restarting
	}
	switch m.ActiveState {
	case "active", "reloading", "refreshing", "maintenance":
		return up
	case "failed":
		if m.Result != "success" {
			return failed
		}
		// Result and InvocationID are those of the next run already, a moment before the state changes.
	case "inactive", "":
		if !m.job {
			return down
		}
	}
	return moving
}

// A story is what is remembered of a service: the latest moment, and what is wrong with it.
type story struct {
	name string
	last moment
	bad  *incident // nil while nothing is

	settled uint32 // NRestarts when there was last nothing new to tell
}

// An incident goes from the first crash until the service is well again and that was told.
type incident struct {
	crashes     int       // counted by their invocations, and by NRestarts where a signal was missed
	first, end  time.Time // when the first and the latest of them ended the service
	fresh       time.Time // when the first did that has not been told yet
	why         string    // of the latest
	clean       bool      // the latest ended by itself without an error
	invocation  string    // that ended last
	awaited     bool      // systemd is going to start it again
	gaveUp      bool      // systemd hit the start limit
	quiet       bool      // somebody asked for it, or the bot is changing the unit
	run         time.Duration
	recovered   time.Time // since when it runs, or when it had done its work; zero while it does not
	ranWell     bool      // it is down because it did its work
	changed     time.Time // when the latest transition was seen
	said        verdict   // the latest of failing and looping that was told; 0 for none
	id          string    // under which that was told
	saidCrashes int       // how many had been told by then, in either way
	saidAt      time.Time
}

// see takes in the next moment. critical says that even a clean end is worth telling; ignored, that the bot
// itself is changing the unit.
func (s *story) see(m moment, now time.Time, critical, ignored bool) {
	if m.stamp != 0 && m.stamp < s.last.stamp {
		return
	}
	prev := s.last
	s.last = m
	before, after := prev.phase(), m.phase()
	another := m.InvocationID != prev.InvocationID
	changed := before != after || another || m.Restarts > prev.Restarts

	if n := missed(prev, m); n > 0 && (critical || s.bad != nil || m.fails) {
		s.crash(n, m, orElse(m.Since, now))
		s.bad.why, s.bad.invocation = "", "" // that of m has not ended
	}
	if (after == failed || after == restarting) && changed {
		switch {
		case s.bad == nil || another || s.bad.invocation != m.InvocationID:
			s.end(prev, m, now, critical)
		case after == failed && s.bad.awaited:
			s.bad.gaveUp = true // of Result one cannot tell: since v236 it stays that of the last run
		}
		if s.bad != nil {
			s.bad.awaited = after == restarting
		}
	}
	if s.bad == nil || !changed {
		return
	}
	s.bad.changed = now
	switch after {
	case failed, restarting:
		s.bad.quiet = ignored || before == moving && prev.ActiveState == "deactivating" && prev.job
		s.bad.recovered = time.Time{}
	case up:
		if before != up || another {
			s.bad.recovered = orElse(m.Since, now)
		}
	case down:
		if before == down {
			return
		}
		s.bad.recovered = orElse(m.Since, now)
		s.bad.ranWell = m.InvocationID != "" && m.InvocationID != s.bad.invocation && m.Result == "success"
	}
}

// end counts the crash that the moment shows.
func (s *story) end(prev, m moment, now time.Time, critical bool) {
	clean := m.Result == "success" && m.phase() == restarting
	if clean && !critical && s.bad == nil {
		return // as a getty after each logout
	}
	at := orElse(m.Since, now)
	if s.bad != nil && prev.phase() == up {
		s.bad.run = max(s.bad.run, at.Sub(orElse(prev.Since, at)))
	}
	s.crash(1, m, at)
	s.bad.why, s.bad.clean = m.Why(), clean
	s.bad.gaveUp = m.Result == "start-limit-hit"
}

func (s *story) crash(n int, m moment, at time.Time) {
	if s.bad == nil {
		s.bad = &incident{first: at}
	}
	if s.bad.crashes == s.bad.saidCrashes {
		s.bad.fresh = at
	}
	s.bad.crashes += n
	s.bad.end, s.bad.invocation, s.bad.gaveUp, s.bad.ranWell = at, m.InvocationID, false, false
}

// missed counts the restarts between two moments that no moment in between showed: NRestarts grows as systemd
// starts the service again, and begins at 0 when somebody else does.
func missed(prev, m moment) int {
	if m.Restarts <= prev.Restarts {
		return 0
	}
	n := int(m.Restarts - prev.Restarts)
	if prev.phase() == restarting {
		n-- // the end that this restart is for was seen
	}
	return n
}

func orElse(t, other time.Time) time.Time {
	if t.IsZero() {
		return other
	}
	return t
}
