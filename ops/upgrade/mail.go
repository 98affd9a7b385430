package upgrade

import (
	"slices"
	"strings"
)

// mailRun reads what unattended-upgrades and /etc/cron.daily/apt print, which reaches the admin as a mail: no
// stamps, the outcome as a word, and what it would not upgrade. So does the summary that unattended-upgrades mails
// itself (send_summary_mail there). It is false if the text is nothing like either.
func mailRun(text string) (r Run, ok bool) {
	no := false
	r = Run{Unattended: true, Reboot: &no}
	if s, is := summaryOf(text); is {
		return s.run(r), true
	}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "unattended-upgrade (success)"):
			ok = true
		case strings.HasPrefix(line, "unattended-upgrade (error)"), strings.HasPrefix(line, "unattended-upgrade (fail"):
			r.Error, ok = line, true
		case saysConffile(line) && packageIn(line) != "":
			r.Held, ok = append(r.Held, Held{packageIn(line), heldWhy(line)}), true
		}
	}
	return r, ok
}

// A summary is the mail of unattended-upgrades itself: a result, and below headings that end in a colon the names of
// packages, indented.
type summary struct {
	result   string
	reboot   bool
	packages map[string][]string // by heading
	log      []string            // of the program, without stamps
}

// What is told below other headings is dpkg's output, and that of the program.
const (
	headUpgraded  = "Packages that were upgraded"
	headNow       = "Packages that are upgraded"
	headAttempted = "Packages that attempted to upgrade"
	headKept      = "Packages with upgradable origin but kept back"
	headRemoved   = "Packages that were auto-removed"
	headLog       = "Unattended-upgrades log"
)

func summaryOf(text string) (s summary, ok bool) {
	s.packages = map[string][]string{}
	below := ""
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, " \r\n")
		head, heading := strings.CutSuffix(line, ":")
		result, returned := strings.CutPrefix(line, "Unattended upgrade returned: ") // "True", "False", "None"
		if !returned {
			result, returned = strings.CutPrefix(line, "Unattended upgrade result: ") // later "All upgrades installed"
		}
		switch {
		case returned && !ok:
			s.result, ok = result, true
		case !ok: // the head of the mail
		case strings.HasPrefix(line, "Warning: A reboot is required"):
			s.reboot = true
		case below == headLog:
			s.log = append(s.log, line)
		case heading && (strings.HasPrefix(line, "Packages ") || strings.HasPrefix(line, "Package installation log") || head == headLog):
			below = head
		case strings.HasPrefix(line, " ") && !heading: // else an origin stands over its packages
			s.packages[below] = append(s.packages[below], packageNames(line)...)
		}
	}
	return s, ok
}

func (s summary) run(r Run) Run {
	if s.reboot {
		r.Reboot = &s.reboot
	}
	list := func(heads ...string) (all []Package) {
		for _, head := range heads {
			for _, name := range s.packages[head] {
				all = append(all, Package{Name: name})
			}
		}
		return all
	}
	r.Upgraded, r.Attempted, r.Removed = list(headUpgraded, headNow), list(headAttempted), list(headRemoved)
	for _, line := range s.log {
		if why, name := heldWhy(line), packageIn(line); why != "" && name != "" {
			r.Held = append(r.Held, Held{name, why})
		}
	}
	for _, name := range s.packages[headKept] {
		if !slices.ContainsFunc(r.Held, func(h Held) bool { return h.Name == name }) {
			r.Held = append(r.Held, Held{name, unsaid})
		}
	}
	switch {
	case s.result == "False", len(r.Attempted) > 0 && (s.result == "None" || s.result == "True"):
		r.Error = "the mail does not say why"
	case s.result == "True", s.result == "None", saysInstalled(s.result), strings.HasPrefix(s.result, "No packages found"):
	default:
		r.Error = s.result
	}
	return r
}
