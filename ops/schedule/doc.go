// Package schedule is about what runs by the clock on a host: the crontabs of its cron daemon, and the
// time at which each of their entries runs next; and the bot's own jobs, which [Jobs] runs at such times.
//
// Crontabs are data here: they are read, never changed, and nothing in them is ever run. They are read
// as Debian's cron (Vixie cron 3.0pl1 with Debian's patches) reads them, down to the files that it
// ignores without a word in the room: see crontab(5) and cron(8). Whether a run succeeded is left
// alone, because cron does not record it; systemd's timers belong to the systemd package.
//
// A job is a line that the bot runs as if somebody had typed it; what the line means is left to whoever
// hands in [Means].Do.
package schedule
