package main

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// A cost is what the daemon takes of the host, by proc(5).
type cost struct {
	resident, peak, anonymous, private float64       // MiB: VmRSS, VmHWM, RssAnon, and what it shares with no other process
	cpu                                time.Duration // since it was started
	threads, descriptors               int
}

// cost reads what the daemon takes now. The container numbers its processes itself, so it is asked there.
func (l *lab) cost(t testing.TB) cost {
	t.Helper()
	text := l.Run(t, "root", "sh", "-c", fmt.Sprintf(
		`cd /proc/%s && cat status smaps_rollup && echo "Descriptors: $(ls fd | wc -l)" && sed 's/^/Ran: /' task/*/schedstat`, l.mainPID(t)))
	c := cost{
		resident:    float64(figure(t, text, "VmRSS")) / 1024,
		peak:        float64(figure(t, text, "VmHWM")) / 1024,
		anonymous:   float64(figure(t, text, "RssAnon")) / 1024,
		private:     float64(figure(t, text, "Private_Clean")+figure(t, text, "Private_Dirty")) / 1024,
		threads:     figure(t, text, "Threads"),
		descriptors: figure(t, text, "Descriptors"),
	}
	for _, ran := range regexp.MustCompile(`(?m)^Ran: (\d+)`).FindAllStringSubmatch(text, -1) { // ns of each thread
		ns, _ := strconv.ParseInt(ran[1], 10, 64)
		c.cpu += time.Duration(ns)
	}
	return c
}

func figure(t testing.TB, text, name string) int {
	t.Helper()
	m := regexp.MustCompile(`(?m)^` + name + `:\s+(\d+)`).FindStringSubmatch(text)
	if m == nil {
		t.Fatalf("no %s in:\n%s", name, text)
	}
	n, _ := strconv.Atoi(m[1])
	return n
}

func (l *lab) mainPID(t testing.TB) string {
	t.Helper()
	return strings.TrimSpace(l.Run(t, "root", "systemctl", "show", "-P", "MainPID", "vigie"))
}

// goroutines counts the daemon's, at the price of its life: on SIGQUIT the runtime prints them into the
// journal. Then systemd starts it again.
func (l *lab) goroutines(t testing.TB) int {
	t.Helper()
	pid := l.mainPID(t)
	l.Run(t, "root", "systemctl", "kill", "--signal=QUIT", "vigie")
	l.left()
	l.joined()
	out := l.Run(t, "root", "journalctl", "--no-pager", "--output=cat", "_PID="+pid)
	return len(regexp.MustCompile(`(?m)^goroutine \d+ .*\[`).FindAllString(out, -1))
}
