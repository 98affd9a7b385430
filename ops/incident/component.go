package incident

import (
	"time"
)

// A Component is a part of the pod as its visitors know it.
type Component struct {
	ID     int64
	Name   string
	About  string // one or two lines, "" for none
	Link   string // an http or https URL, "" for none
	Group  int64  // 0 for none
	Order  int
	Hidden bool // not on the page
	Tags   []string

	// Follows names what the component's state is taken from: "pod", or a unit in full, "diaspora.service". "" for
	// nothing but people and incidents.
	Follows string
	Seen    State // of what it follows, Unknown if nobody has looked yet
	Hand    State // what somebody set; Unknown and Operational mean nothing
	State   State // what all comes to
	Since   time.Time

	Created, Updated, Deleted time.Time
}

// FollowsPod is the Component.Follows of the pod itself.
const FollowsPod = "pod"

// A Group is a heading above some components.
type Group struct {
	ID               int64
	Name             string
	Order            int
	Collapsed        bool
	Hidden           bool
	Created, Updated time.Time
}

// A Turn is when a component came to be in a state.
type Turn struct {
	At    time.Time
	State State
}
