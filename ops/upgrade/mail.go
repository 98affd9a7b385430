package upgrade

import "strings"

// mailRun reads what unattended-upgrades and /etc/cron.daily/apt print, which reaches the admin as a mail: no
// stamps, the outcome as a word, and what it would not upgrade. It is false if the text is nothing like it.
func mailRun(text string) (r Run, ok bool) {
	no := false
	r = Run{Unattended: true, Reboot: &no}
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
