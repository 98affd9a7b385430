package oom

import (
	"fmt"
	"strings"
	"time"

	"github.com/diaspote/vigie/ops"
)

// The kinds of the events.
const (
	Kind       = "oom"  // killed by the kernel
	KindDaemon = "oomd" // killed by a daemon in userspace
	KindRaw    = "not-understood"
)

// unit is the unit of a cgroup: the last element of its path that is a service or a scope, "" if there is none.
func unit(cgroup string) string {
	elements := strings.Split(cgroup, "/")
	for i := len(elements) - 1; i >= 0; i-- {
		if name := elements[i]; len(name) < 256 && (strings.HasSuffix(name, ".service") || strings.HasSuffix(name, ".scope")) {
			return ops.OneLine(name, 255)
		}
	}
	return ""
}

// unit is that of the process, or the one whose limit was hit.
func (k *Kill) unit() string {
	if u := unit(k.TaskMemcg); u != "" {
		return u
	}
	return unit(k.Cgroup)
}

// event tells of a kill in unit at a moment; grown is a clause on how memory grew, or "".
//
// Details: pid, name, unit, by (null for the kernel), target, anon_rss_kb, file_rss_kb, shmem_rss_kb,
// total_vm_kb, global, cgroup, task_memcg, limit_bytes, total_bytes, since_boot_seconds (each null where the log
// does not tell) and largest, a list of pid, name and rss in bytes.
func (k *Kill) event(unit string, at time.Time, grown string) ops.Event {
	e := ops.Event{Kind: Kind, Unit: unit, Severity: ops.Critical, At: at, Title: "OOM kill", Text: k.text(grown)}
	if k.By != "" {
		e.Kind, e.Title = KindDaemon, "killed by "+k.By
	}
	e.Key = e.Kind + "/" + k.who(unit)
	var since any
	if k.SinceBoot >= 0 {
		since = k.SinceBoot.Seconds()
	}
	e.Details = ops.Details{
		{Name: "pid", Value: known(int64(k.PID))}, {Name: "name", Value: known(printable(k.Name))},
		{Name: "unit", Value: known(unit)}, {Name: "by", Value: known(k.By)}, {Name: "target", Value: known(printable(k.Target))},
		{Name: "anon_rss_kb", Value: told(k.AnonRSS)}, {Name: "file_rss_kb", Value: told(k.FileRSS)},
		{Name: "shmem_rss_kb", Value: told(k.ShmemRSS)}, {Name: "total_vm_kb", Value: told(k.TotalVM)},
		{Name: "global", Value: told(k.Global)}, {Name: "cgroup", Value: known(printable(k.Cgroup))},
		{Name: "task_memcg", Value: known(printable(k.TaskMemcg))}, {Name: "limit_bytes", Value: known(k.Limit)},
		{Name: "total_bytes", Value: known(k.Total)}, {Name: "since_boot_seconds", Value: since},
		{Name: "largest", Value: k.Largest},
	}
	return e
}

// who is the name under which repetitions are one condition.
func (k *Kill) who(unit string) string {
	for _, name := range []string{unit, ops.OneLine(k.Name, 64), ops.OneLine(k.Target, 255)} {
		if name != "" {
			return name
		}
	}
	return "unknown"
}

func (k *Kill) text(grown string) string {
	var b strings.Builder
	name := ops.OneLine(k.Name, 64)
	switch {
	case k.PID == 0:
		fmt.Fprintf(&b, "%s was killed by %s", ops.OneLine(k.Target, 255), k.By)
	case k.By != "":
		fmt.Fprintf(&b, "%s (%d) was killed by %s", name, k.PID, k.By)
	case k.Global == nil || *k.Global:
		fmt.Fprintf(&b, "%s (%d) was killed by the kernel", name, k.PID)
	default:
		fmt.Fprintf(&b, "%s (%d) was killed by the limit of its own group", name, k.PID)
		if k.Cgroup != "" {
			b.WriteString(" " + ops.OneLine(k.Cgroup, 255))
		}
		if k.Limit > 0 {
			b.WriteString(" (" + ops.Size(k.Limit) + ")")
		}
	}
	if held := k.held(); held > 0 {
		of := ""
		if k.Total > 0 && (k.Global == nil || *k.Global) {
			of = " of " + ops.Size(k.Total)
		}
		s := ops.Size(held)
		if number, in, _ := strings.Cut(s, " "); strings.HasSuffix(of, " "+in) {
			s = number
		}
		b.WriteString(": it held " + s + of)
		if grown != "" {
			b.WriteString(", " + grown)
		}
	}
	b.WriteString(".")
	if k.Why != "" {
		b.WriteString("\nWhy: " + ops.OneLine(k.Why, 200) + ".")
	}
	if next := k.next(); next != "" {
		b.WriteString("\nNext largest: " + next + ".")
	}
	return b.String()
}

// next lists those that held most besides the one that was killed.
func (k *Kill) next() string {
	var list []string
	for _, p := range k.Largest {
		if p.PID != k.PID && p.RSS > 0 {
			list = append(list, ops.OneLine(p.Name, 64)+" "+ops.Size(p.RSS))
		}
	}
	return strings.Join(list, ", ")
}

// event keeps what could not be understood, raw.
func (u *Unclear) event(at time.Time) ops.Event {
	e := ops.Event{
		Kind: KindRaw, Key: KindRaw + "/" + Kind, Severity: ops.Warning, At: at,
		Title: "kernel log not understood", Text: u.Why + ":\n" + ops.OneLine(u.Raw, 500),
		Details: ops.Details{{Name: "why", Value: u.Why}, {Name: "pid", Value: known(int64(u.PID))},
			{Name: "name", Value: known(printable(u.Name))}, {Name: "raw", Value: u.Raw}},
	}
	return e
}

// known is nil for what is zero.
func known[T comparable](v T) any {
	var zero T
	if v == zero {
		return nil
	}
	return v
}

// told is nil for a nil pointer, and else what it points to.
func told[T any](v *T) any {
	if v == nil {
		return nil
	}
	return *v
}
