// Package systemd is what the bot knows of the host's units: their state and memory, jobs on them, timers,
// and the lines they log. It asks systemd itself over D-Bus and reads the journal through journalctl(1).
//
// A [Manager] may be used from several goroutines. It connects when first asked, once, and again after D-Bus
// or systemd restarted; each call ends with its context, answered or not. On a host without systemd all calls
// give [ErrNoSystemd] at once.
//
// A [Watcher] listens to systemd's signals on a connection of its own and tells what becomes of all services:
// signals.go understands them, incident.go gathers them, verdict.go says what is told when, told.go in what words.
//
// What may be done to which unit is decided by polkit on the host ([PolkitRule]) and, before that, by the bot;
// not here. Nothing here starts a shell, and no name goes to systemd or journalctl that [UnitName] refuses.
package systemd

import "errors"

var (
	// ErrNoSystemd is the answer to everything where systemd did not boot the host: in most containers, or
	// under another init.
	ErrNoSystemd = errors.New("this host does not run systemd")

	// ErrNoUnit says that systemd found no file for the unit in its search path.
	ErrNoUnit = errors.New("no such unit")

	// ErrDenied says that polkit refused the verb on that unit for the user that the bot runs as.
	ErrDenied = errors.New("not allowed by polkit")

	// ErrTimeout says that the context ended before the job did. systemd goes on with it.
	ErrTimeout = errors.New("still under way")

	// ErrFailed says that the job ended and the unit is not as it was wanted.
	ErrFailed = errors.New("failed")

	// ErrNoJournal says that there is no journal, or that the bot's user may not read it.
	ErrNoJournal = errors.New("no journal to read")
)
