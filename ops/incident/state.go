package incident

import (
	"cmp"
	"fmt"
)

// A State is how a component is. The numbers are those of Cachet (https://docs.cachethq.io/v2.x/component-statuses), and
// Maintenance, which it does not have.
type State int

// The states.
const (
	Unknown       State = 0 // nobody looked
	Operational   State = 1
	Degraded      State = 2 // it works, badly
	PartialOutage State = 3
	MajorOutage   State = 4
	Maintained    State = 5 // a planned maintenance is under way
)

func (s State) String() string {
	switch s {
	case Unknown:
		return "unknown"
	case Operational:
		return "operational"
	case Degraded:
		return "degraded performance"
	case PartialOutage:
		return "partial outage"
	case MajorOutage:
		return "major outage"
	case Maintained:
		return "under maintenance"
	}
	return fmt.Sprintf("State(%d)", int(s))
}

// severity orders the states from good to bad: not to know is no trouble, and a planned maintenance is less than any other.
func (s State) severity() int {
	switch s {
	case Unknown:
		return -1
	case Operational:
		return 0
	case Maintained:
		return 1
	}
	return int(s)
}

// Worst is the worse of two states.
func Worst(a, b State) State {
	if cmp.Less(a.severity(), b.severity()) {
		return b
	}
	return a
}

// Down tells whether it does not work, for some or for all.
func (s State) Down() bool { return s == PartialOutage || s == MajorOutage }

// A Status is how far people are with an incident, in Cachet's numbers.
type Status int

// The statuses.
const (
	Investigating Status = 1
	Identified    Status = 2
	Watching      Status = 3
	Fixed         Status = 4
)

func (s Status) String() string {
	switch s {
	case Investigating:
		return "investigating"
	case Identified:
		return "identified"
	case Watching:
		return "watching"
	case Fixed:
		return "fixed"
	}
	return fmt.Sprintf("Status(%d)", int(s))
}

// An Impact is how much of an incident visitors feel, in Statuspage's words.
type Impact int

// The impacts.
const (
	NoImpact Impact = iota
	Minor
	Major
	Critical
)

func (i Impact) String() string {
	switch i {
	case NoImpact:
		return "none"
	case Minor:
		return "minor"
	case Major:
		return "major"
	case Critical:
		return "critical"
	}
	return fmt.Sprintf("Impact(%d)", int(i))
}

// State is what an incident of that impact makes of a component that it touches.
func (i Impact) State() State {
	switch i {
	case Minor:
		return Degraded
	case Major:
		return PartialOutage
	case Critical:
		return MajorOutage
	}
	return Operational
}

// Impact is that of an incident that makes a component so.
func (s State) Impact() Impact {
	switch s {
	case Degraded:
		return Minor
	case PartialOutage:
		return Major
	case MajorOutage:
		return Critical
	}
	return NoImpact
}

// A Phase is how far a maintenance is. The first three are Cachet's numbers of a schedule.
type Phase int

// The phases.
const (
	Upcoming  Phase = 0
	UnderWay  Phase = 1
	Complete  Phase = 2
	Cancelled Phase = 3
)

func (p Phase) String() string {
	switch p {
	case Upcoming:
		return "planned"
	case UnderWay:
		return "under way"
	case Complete:
		return "complete"
	case Cancelled:
		return "cancelled"
	}
	return fmt.Sprintf("Phase(%d)", int(p))
}
