// Package kernel tells how the host is doing, as its Linux kernel has it: time since boot, load,
// memory, swap and disks, read from /proc through github.com/prometheus/procfs and from statfs(2).
//
// Its watchers tell what happens to the host: [Pressure] before memory is full, [Fill] before disks are, [Reboots] and
// [Clock]. They ask the kernel to call where it can, and else look at a few small files once in a while. What
// the kernel killed, and why, belongs to the oom package.
//
// What cannot be read is left out of a [Snapshot] and named in it, with the reason: a board without
// swap accounting, a hardened /proc or a container must not cost the rest of the answer. Units and
// their memory belong to the systemd package.
package kernel
