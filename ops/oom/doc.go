// Package oom tells which processes were killed for want of memory: by the kernel's OOM killer, as its log says,
// or by a daemon in userspace such as systemd-oomd and earlyoom.
//
// A [Parser] reads the log line by line, from whatever source and of any kernel since 2.6, and keeps a bounded
// state. [Explain] does so with a log at hand; the [Watcher] with the log of this host as it grows, and holds what it read
// against the kernel's own count. What became of a unit afterwards, and how its memory grew, the package is
// told by those who know.
//
// The formats are those of mm/oom_kill.c and mm/memcontrol.c of the kernels 2.6 to 7.0; the records of /dev/kmsg are
// described in https://www.kernel.org/doc/Documentation/ABI/testing/dev-kmsg.
package oom
