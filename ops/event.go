// Package ops says what the parts that look after the host have in common: an [Event], which is something
// that happened there, and a [Watcher], which notices it. Each part is a package below this one; none imports
// another, and none knows who will be told.
package ops

import (
	"context"
	"time"
)

// An Event is something that happened on the host, or that somebody else reported. All its texts are plain
// text for people and may come from outside: who shows them escapes and bounds them.
type Event struct {
	// ID is the source's own name for this one occurrence: "oom/<boot id>/<sequence number>". The same ID again
	// is the same event: it is not counted twice, and what it says now replaces what it said. "" if it has none,
	// and then each one is another.
	ID string

	Kind string // what sort of thing, one word: "oom", "unit", "upgrade", "job", "alertmanager"
	Key  string // which condition: "oom/diaspora.service"; events of one key are told in one post
	Unit string // the unit that it is about, in full; "" for none

	Severity Severity
	At       time.Time // when it happened, not when it was noticed

	// Lasting says that the condition stays until an event of the same Key has Resolved set. Without it the
	// event is over as soon as it has happened. Resolved may come without anything to resolve.
	Lasting  bool
	Resolved bool

	// Aside says that another event tells of it already, as an OOM kill does of the restart that follows: it is
	// written down, and nobody is told.
	Aside bool

	Title   string  // one line without the hour: "OOM kill", "nightly-restart failed"
	Text    string  // what there is to say below it, in lines; may be ""
	Details Details // the same for programs
	Room    string  // the room that the source is for, as the config names it; "" for the usual ones
}

// A Watcher notices what happens.
type Watcher interface {
	// Watch blocks until ctx ends or it can watch no longer; it is then called again after a pause, so a
	// watcher holds no retry loop. It picks up where it stopped as far as its source allows.
	Watch(ctx context.Context, emit Emit) error
}

// Emit hands over an event. It returns nil once the event is on disk; with an error it is not, and whoever
// moves on from a position in its source must not do so then. It may wait, as while the disk is full.
type Emit func(Event) error
