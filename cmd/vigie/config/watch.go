package config

import (
	"slices"
	"time"
)

// Watch is what the bot looks after by itself, and from when on it says something.
type Watch struct {
	DiskWarning  int           // percent
	DiskCritical int           // percent
	PodFailures  int           // probes in a row before the pod is down
	Remind       time.Duration // a critical alert that nobody took is said again after that; 0 for never
	Off          []string      // of WatchKinds
}

// Watches tells whether events of that kind are wanted.
func (w Watch) Watches(kind string) bool { return !slices.Contains(w.Off, kind) }

// WatchKinds are what the bot looks after, by the kinds of the events.
func WatchKinds() []string {
	return []string{"oom", "pressure", "unit", "upgrade", "disk", "pod", "reboot", "clock", "cron"}
}

const (
	remind     = 30 * time.Minute
	mostRemind = 7 * 24 * time.Hour
)

func watch(t *table) Watch {
	w := Watch{DiskWarning: 90, DiskCritical: 97, PodFailures: 3, Remind: remind}
	one := t.table("watch")
	if one == nil {
		return w
	}
	w.DiskWarning = one.number("disk_warning", w.DiskWarning, 1, 100)
	w.DiskCritical = one.number("disk_critical", max(w.DiskCritical, w.DiskWarning), 1, 100)
	w.PodFailures = one.number("pod_failures", w.PodFailures, 1, 100)
	w.Remind = one.duration("remind", w.Remind, 0, mostRemind)
	w.Off, _ = one.list("off", oneOf("kind of what is watched", WatchKinds()))
	if w.DiskCritical < w.DiskWarning {
		one.fail("disk_critical", "exchange the two", "%s is less than disk_warning", one.called("disk_critical"))
	}
	one.done()
	return w
}
