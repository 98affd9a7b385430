package oom

import "time"

// A Kill is one process, or one group of them, that was killed for want of memory.
type Kill struct {
	At        time.Time     // by the line's own clock; zero if it has none
	SinceBoot time.Duration // by the kernel's clock; -1 if the line does not tell

	// By is who killed: "" for the kernel's OOM killer, "systemd-oomd", "earlyoom", "lowmemorykiller".
	By     string
	Target string // what By says that it killed: a cgroup, or the name of a process
	Why    string // and why, "" if it does not say

	PID  int    // 0 if a whole group was killed
	Name string // comm(5) of the process; whoever ran it could choose it

	// What it held, in KiB; nil where the log does not tell.
	AnonRSS, FileRSS, ShmemRSS, TotalVM *int64

	Global    *bool  // the host was out of memory, not one cgroup alone; nil if it cannot be told
	Cgroup    string // whose limit was hit; "" if none was or it is not known
	TaskMemcg string // in which the process was; "" if not known
	Limit     int64  // of Cgroup, in bytes; 0 if not known
	Total     int64  // memory of the host, in bytes; 0 if not known

	Largest []Process // the five that held most as the kernel listed them, largest first
}

// A Process is a row of the kernel's table.
type Process struct {
	PID  int    `json:"pid"`
	Name string `json:"name"`
	RSS  int64  `json:"rss"` // bytes
}

// held is the resident memory of what was killed in bytes, 0 if it is not known.
func (k *Kill) held() int64 {
	var sum int64
	for _, part := range []*int64{k.AnonRSS, k.FileRSS, k.ShmemRSS} {
		if part != nil && *part > 0 && *part < 1<<50 {
			sum += *part << 10
		}
	}
	return sum
}

// An Unclear is a part of the log that speaks of a kill but does not say that it was done.
type Unclear struct {
	At        time.Time
	SinceBoot time.Duration
	PID       int    // 0 if no process is named
	Name      string // likewise ""
	Why       string // what is missing
	Raw       string // the line
}

// A Finding is either.
type Finding struct {
	Kill    *Kill
	Unclear *Unclear
}
