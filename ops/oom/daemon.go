package oom

import (
	"regexp"
	"strconv"
	"strings"
)

const (
	oomd     = "systemd-oomd"
	earlyoom = "earlyoom"
)

// oomdSays are the verbs of systemd-oomd for a kill, and what it puts between the cgroup and why: "Killed CGROUP due to
// memory pressure for …", and since 258 "Marked CGROUP for killing due to memory used (…) / total (…) and …".
var oomdSays = map[string]string{"Killed": " due to ", "Marked": " for killing due to "}

var (
	// What earlyoom says since 1.2, and before.
	earlyKill = regexp.MustCompile(`^sending SIG(?:TERM|KILL) to process (\d{1,10}) (?:uid \d+ )?"(.{0,24})"(?:: (?:badness|oom_score) |:?$)`)
	earlyOld  = regexp.MustCompile(`^Killing process:? (\d{1,10})[ ,:]*\(?([^,)]*)`)
	// Android's driver, and the daemon that followed it.
	lowMemory = regexp.MustCompile(`(?:^lowmemorykiller: Killing|^Kill(?:ing)?) '(.{0,32})' \((\d{1,10})\)`)
)

// daemon reads what a daemon in userspace says that it killed.
func (p *Parser) daemon() {
	k := &Kill{At: p.cur.at, SinceBoot: p.cur.sinceBoot, By: p.cur.tag}
	text := p.cur.text
	switch p.cur.tag {
	case oomd:
		verb, rest, _ := strings.Cut(strings.TrimSpace(text), " ")
		between := oomdSays[verb]
		target, why, ok := strings.Cut(rest, between)
		if between == "" || !ok || !strings.HasPrefix(target, "/") {
			return
		}
		k.Target, k.TaskMemcg, k.Why = target, target, why
	case earlyoom:
		m := earlyKill.FindStringSubmatch(text)
		if m == nil {
			m = earlyOld.FindStringSubmatch(text)
		}
		if m == nil {
			return
		}
		k.PID, _ = strconv.Atoi(m[1])
		k.Name = m[2]
	case "kernel", "", "lowmemorykiller", "lmkd":
		m := lowMemory.FindStringSubmatch(text)
		if m == nil {
			return
		}
		k.By, k.Name = "lowmemorykiller", m[1]
		k.PID, _ = strconv.Atoi(m[2])
	default:
		return
	}
	if k.PID != 0 {
		k.Target = k.Name
		if p.seen(k) { // first it asks, then it kills
			return
		}
	}
	p.out = append(p.out, Finding{Kill: k})
}
