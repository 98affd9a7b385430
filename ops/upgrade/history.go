package upgrade

import (
	"regexp"
	"strings"
)

// ParseHistory reads apt's history.log: records of "Field: value" lines, parted by empty ones (apt,
// apt-pkg/deb/dpkgpm.cc, OpenLog and WriteHistoryTag). Fields that it does not know are passed over. The
// second result is what is no record at all, as it stands there.
//
// A record without End-Date is Open: apt is still at work, or died.
func ParseHistory(text string) (runs []Run, unread []string) {
	var record []string
	flush := func() {
		if len(record) == 0 {
			return
		}
		if r, ok := historyRun(record); ok {
			runs = append(runs, r)
		} else {
			unread = append(unread, strings.Join(record, "\n"))
		}
		record = nil
	}
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n\x00") // a crash may leave a file that was grown and not written
		if strings.TrimSpace(line) == "" {
			flush()
			continue
		}
		// A run that died wrote no empty line behind itself.
		if strings.HasPrefix(line, "Start-Date:") {
			flush()
		}
		record = append(record, line)
	}
	flush()
	return runs, unread
}

func historyRun(lines []string) (r Run, ok bool) {
	r.Open = true
	var changed []Package
	for _, line := range lines {
		field, value, found := strings.Cut(line, ":")
		if !found {
			continue
		}
		value = strings.TrimSpace(value)
		switch field {
		case "Start-Date":
			r.Start, ok = value, true
		case "End-Date":
			r.End, r.Open, ok = value, false, true
		case "Commandline":
			r.Command, ok = value, true
			r.Unattended = byUnattended(value)
		case "Requested-By":
			r.RequestedBy = value
		case "Error":
			r.Error = value
		case "Upgrade", "Downgrade":
			changed = append(changed, packages(value, true)...)
		case "Install", "Reinstall":
			r.Installed = append(r.Installed, packages(value, false)...)
		case "Remove", "Purge":
			r.Removed = append(r.Removed, packages(value, false)...)
		}
	}
	// What apt lists is what it asked of dpkg: true only if dpkg then reported no error and the run ended.
	if r.Error == "" && !r.Open {
		r.Upgraded = changed
	} else {
		r.Attempted = changed
	}
	return r, ok
}

// byUnattended reports whether the command is unattended-upgrades, be it run by name or by its interpreter.
func byUnattended(command string) bool {
	words := strings.Fields(command)
	for _, w := range words[:min(2, len(words))] {
		if strings.HasPrefix(w[strings.LastIndexByte(w, '/')+1:], "unattended-upgrade") {
			return true
		}
	}
	return false
}

// onePackage is "name:arch (version)" or "name:arch (from, to)", with ", automatic" behind for what was
// installed for another. Neither names nor versions have parentheses or commas (deb-control(5), deb-version(7)).
var onePackage = regexp.MustCompile(`([^\s,():]+)(?::([^\s,()]+))? \(([^()]*)\)`)

func packages(value string, changed bool) []Package {
	var list []Package
	for _, m := range onePackage.FindAllStringSubmatch(value, -1) {
		p := Package{Name: m[1], Arch: m[2]}
		first, second, two := strings.Cut(m[3], ",")
		switch {
		case changed && two:
			p.From, p.To = strings.TrimSpace(first), strings.TrimSpace(second)
			p.To, _, _ = strings.Cut(p.To, ",")
		default:
			p.To = strings.TrimSpace(first)
		}
		list = append(list, p)
	}
	return list
}
