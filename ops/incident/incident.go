package incident

import (
	"slices"
	"time"
)

// An Incident is one trouble, and what was written of it.
type Incident struct {
	ID       int64
	Name     string
	Status   Status
	Impact   Impact
	Public   bool // false: a draft
	Sticky   bool // stays on top of the page
	Auto     bool // the bot opened it, and ends it when all is well
	Opened   time.Time
	Resolved time.Time // zero while it is open
	Created  time.Time
	Updated  time.Time
	Deleted  time.Time
	Merged   int64     // the incident that it has become part of, 0 for none
	Well     time.Time // since when all that it is about is well; zero while it is not
	Last     time.Time // of its last event, zero for none

	Touched []Touch
	Updates []Update // the oldest first; there is at least one
}

// A Touch is what an incident makes of a component.
type Touch struct {
	Component int64
	State     State
}

// An Update is what somebody wrote of an incident, and how far it was then.
type Update struct {
	ID      int64
	At      time.Time
	Status  Status
	Text    string
	Person  string // who wrote it, by the name in the config; "" for the bot
	Updated time.Time
}

// Open tells whether it is not resolved.
func (i *Incident) Open() bool { return i.Resolved.IsZero() }

// Touches tells whether it touches the component.
func (i *Incident) Touches(component int64) bool {
	return slices.ContainsFunc(i.Touched, func(t Touch) bool { return t.Component == component })
}

// A Maintenance is work that was announced.
type Maintenance struct {
	ID         int64
	Name       string
	Text       string // "" for none
	Phase      Phase
	Starts     time.Time // as planned
	Ends       time.Time
	Started    time.Time // as it was; zero if it was not
	Ended      time.Time
	Person     string
	Components []int64
	Updates    []Note // the oldest first

	Created, Updated, Deleted time.Time

	told int // of its announcements, as bits
}

// A Note is what was written of a maintenance, and how far it was then.
type Note struct {
	ID     int64
	At     time.Time
	Phase  Phase
	Text   string
	Person string
}

// Over tells whether it is complete or cancelled.
func (m *Maintenance) Over() bool { return m.Phase == Complete || m.Phase == Cancelled }
