// Package spool is a folder in which other programs leave what they have to say, so that it waits there while the
// daemon is down: a run of a cron job by [Leave], and what others know by a file of JSON of their own. The
// [Watcher] makes events of it.
//
// Any user of the host may write into the folder, and none but its owner may list it (mode 1733). So nothing in it
// is believed but what the kernel says of a file: who owns it. Files that are no regular ones, are too large, or
// hold what nobody understands are told as not understood, and removed.
//
// A file is written whole under a name that begins with a dot, synced, and then renamed to PREFIX-SOMETHING.json;
// the prefix says what it holds. The package leaves alone how a job is run, and what an upgrade is.
package spool
