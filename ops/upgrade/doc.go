// Package upgrade tells what became of each run of apt and of unattended-upgrades: which packages went from
// which version to which, which of them for security, what was held back and why, what failed, and what wants
// a restart since.
//
// It reads apt's history.log (apt's own record of what dpkg was asked to do), the log of unattended-upgrades,
// which knows why, and what the plugin of this package writes at the end of a run. The parsers are pure
// functions; [Watcher] follows the files as they are written, and tells each run once, when it has ended. It
// upgrades nothing, and asks for no upgrade.
package upgrade
