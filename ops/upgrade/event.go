package upgrade

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/diaspote/vigie/ops"
)

// Kind is the kind of the events of this package.
const Kind = "upgrade"

const (
	shown    = 8   // packages that a room gets to read; the details have them all
	maxTitle = 100 // letters of an error in a title
	maxName  = 200 // letters of a package with its versions
)

// Event tells a run. Its times are in that zone; at stands for a run whose log has none. The ID comes from the
// run's own start, so that whoever tells the run, by whatever way it heard of it, tells the same event.
func (r Run) Event(zone *time.Location, at time.Time) ops.Event {
	for _, text := range []string{r.Start, r.End} {
		if t := stamp(text, zone); !t.IsZero() {
			at = t
		}
	}
	ev := ops.Event{
		ID: r.id(), Kind: Kind, Severity: ops.Info, At: at,
		Title: r.title(), Text: r.text(), Details: r.details(),
	}
	ev.Key = ev.ID
	switch {
	case r.Open:
		ev.Severity, ev.Key = ops.Critical, "upgrade/half-way"
	case r.Error != "":
		// The same failure night after night is one alert.
		ev.Severity, ev.Key = ops.Warning, "upgrade/failed"
	}
	if ev.Key == "" {
		ev.Key = Kind
	}
	return ev
}

func (r Run) id() string {
	start := strings.Fields(r.Start)
	if len(start) != 2 {
		return ""
	}
	second, _, _ := strings.Cut(start[1], ",")
	by := "apt/"
	if r.Unattended {
		by = ""
	}
	return "upgrade/" + by + start[0] + "T" + second
}

func (r Run) title() string {
	if r.Open {
		return "upgrade died half-way"
	}
	if r.Error != "" && len(r.Broken) > 0 {
		var gaveUp []string
		for _, line := range r.Broken {
			name, _, _ := strings.Cut(line, ": ")
			gaveUp = append(gaveUp, name)
		}
		return "upgrade failed: dpkg gave up on " + clip(few(gaveUp), maxTitle)
	}
	if r.Error != "" {
		return "upgrade failed: " + clip(r.Error, maxTitle)
	}
	var did []string
	for _, part := range []struct {
		list []Package
		verb string
	}{{r.Upgraded, "upgraded"}, {r.Installed, "installed"}, {r.Removed, "removed"}} {
		n := len(distinct(part.list))
		switch {
		case n == 0:
		case len(did) > 0:
			did = append(did, fmt.Sprintf("%d %s", n, part.verb))
		case n == 1:
			did = append(did, "1 package "+part.verb)
		default:
			did = append(did, fmt.Sprintf("%d packages %s", n, part.verb))
		}
	}
	switch {
	case did != nil:
		return strings.Join(did, ", ")
	case len(r.Held) == 1:
		return "1 package held back"
	case len(r.Held) > 1:
		return fmt.Sprintf("%d packages held back", len(r.Held))
	}
	return "nothing to upgrade"
}

func (r Run) text() string {
	var lines []string
	add := func(format string, args ...any) { lines = append(lines, fmt.Sprintf(format, args...)) }
	if r.Error != "" {
		for _, line := range r.Broken[:min(len(r.Broken), shown)] {
			add("%s", line)
		}
		if len([]rune(r.Error)) > maxTitle || len(r.Broken) > 0 { // else the title has it
			add("%s", clip(r.Error, 500))
		}
		if !r.Open && len(r.Attempted) > 0 {
			add("to put right: dpkg --configure -a, then apt-get -f install; the log: /var/log/apt/term.log")
		}
	}
	if r.Open {
		add("dpkg may be left with packages that are unpacked and not configured: dpkg --configure -a, then apt-get -f install")
	}
	if withVersions(r.Upgraded) {
		lines = append(lines, versions(r.Upgraded)...)
	} else if len(r.Upgraded) > 0 {
		add("%s", few(changeLines(distinct(r.Upgraded))))
	}
	if len(r.Attempted) > 0 {
		add("meant to upgrade: %s", few(names(distinct(r.Attempted))))
	}
	if len(r.Installed) > 0 {
		add("installed: %s", few(names(distinct(r.Installed))))
	}
	if len(r.Removed) > 0 {
		add("removed: %s", few(names(distinct(r.Removed))))
	}
	lines = append(lines, heldLines(r.heldBeside())...)
	if len(r.Restart) > 0 {
		add("wants a restart: %s", few(r.Restart))
	}
	if r.Reboot != nil && *r.Reboot {
		add("%s", strings.TrimSuffix("wants a reboot: "+few(r.RebootFor), ": "))
	}
	if !r.Unattended && (r.Command != "" || r.RequestedBy != "") {
		add("%s", byHand(r))
	}
	return strings.Join(lines, "\n")
}

func byHand(r Run) string {
	line := clip(r.Command, 120)
	if r.RequestedBy != "" {
		line = strings.TrimSpace(line + ", asked for by " + clip(r.RequestedBy, 60))
	}
	return "by hand: " + line
}

func withVersions(list []Package) bool {
	return slices.ContainsFunc(list, func(p Package) bool { return p.To != "" })
}

// versions are the lines of what was upgraded, security first.
func versions(list []Package) []string {
	lines := changeLines(distinct(list))
	if more := len(lines) - shown; more > 0 {
		lines = append(lines[:shown], fmt.Sprintf("and %d more", more))
	}
	return lines
}

// changeLines has one line a package, security first.
func changeLines(list []Package) []string {
	var first, rest []string
	for _, p := range list {
		line := p.Name
		switch {
		case p.From != "" && p.To != "":
			line += " " + p.From + " → " + p.To
		case p.To != "":
			line += " → " + p.To
		}
		line = clip(line, maxName)
		if p.Security != nil && *p.Security {
			first = append(first, line+" (security)")
		} else {
			rest = append(rest, line)
		}
	}
	return append(first, rest...)
}

// heldBeside leaves out what a failed run meant to upgrade: it comes to be held back by that failure.
func (r Run) heldBeside() []Held {
	meant := names(r.Attempted)
	return slices.DeleteFunc(slices.Clone(r.Held), func(h Held) bool { return slices.Contains(meant, h.Name) })
}

// heldLines has one line a reason, in the order of the log.
func heldLines(list []Held) []string {
	var lines []string
	told := map[string]bool{}
	for _, h := range list {
		if told[h.Why] {
			continue
		}
		told[h.Why] = true
		var same []string
		for _, other := range list {
			if other.Why == h.Why {
				same = append(same, other.Name)
			}
		}
		lines = append(lines, fmt.Sprintf("held back: %s (%s)", few(same), h.Why))
	}
	return lines
}

// distinct drops the same change of another architecture.
func distinct(list []Package) []Package {
	type change struct{ name, from, to string }
	seen := map[change]bool{}
	var out []Package
	for _, p := range list {
		c := change{p.Name, p.From, p.To}
		if !seen[c] {
			seen[c] = true
			out = append(out, p)
		}
	}
	return out
}

func few(list []string) string {
	list = slices.Clone(list)
	for i, one := range list[:min(len(list), shown)] {
		list[i] = clip(one, maxName)
	}
	if more := len(list) - shown; more > 0 {
		return strings.Join(list[:shown], ", ") + fmt.Sprintf(" and %d more", more)
	}
	return strings.Join(list, ", ")
}

// clip cuts a text of the log to one line of at most that many letters.
func clip(text string, most int) string {
	letters := []rune(strings.Join(strings.Fields(text), " "))
	if len(letters) <= most {
		return string(letters)
	}
	return string(letters[:most-1]) + "…"
}
