package upgrade

import (
	"regexp"
	"slices"
	"strings"
)

const maxFailures = 50 // of a run that are looked at

// entry is one message of the log: it goes to the next stamp, over as many lines as that takes.
type entry struct{ at, level, msg string }

// stamped begins an entry, as Python's logging writes it. It may stand in the middle of a line, where a log
// was pasted together.
var stamped = regexp.MustCompile(`(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}) (DEBUG|INFO|WARNING|ERROR|CRITICAL)(?: |$|\n)`)

func entries(text string) (before string, list []entry) {
	found := stamped.FindAllStringSubmatchIndex(text, -1)
	if found == nil {
		return text, nil
	}
	for i, f := range found {
		end := len(text)
		if i+1 < len(found) {
			end = found[i+1][0]
		}
		list = append(list, entry{text[f[2]:f[3]], text[f[4]:f[5]], strings.TrimSpace(text[f[1]:end])})
	}
	return text[:found[0][0]], list
}

// ParseUnattended reads unattended-upgrades.log, of any version and in the languages that the program knows,
// or the mail that cron sent about a run. The second result is what it could not understand.
//
// A run that chose packages and whose log ends before it says what became of them is Open.
func ParseUnattended(text string) (runs []Run, unread []string) {
	before, list := entries(text)
	if r, ok := mailRun(before); ok {
		runs = append(runs, r)
	} else if strings.TrimSpace(before) != "" {
		unread = append(unread, strings.TrimSpace(before))
	}
	for _, part := range split(list) {
		if r, ok := unattendedRun(part); ok {
			runs = append(runs, r)
		}
	}
	return runs, unread
}

// split parts the entries into runs: each begins with the message that it starts. Older versions log their
// lists before that message; such lines say nothing of the run before, which is why they may stay with it.
// In a language that is not known, the message before the list of allowed origins is the one.
func split(list []entry) [][]entry {
	var parts [][]entry
	from := 0
	for i, e := range list {
		begins := saysStart(e.msg)
		if !begins && i+1 < len(list) && (i == 0 || !saysStart(list[i-1].msg)) {
			_, origins, ok := cutList(list[i+1].msg)
			begins = ok && headsOrigins(origins)
		}
		if begins && i > from {
			parts = append(parts, list[from:i])
			from = i
		}
	}
	if from < len(list) {
		parts = append(parts, list[from:])
	}
	return parts
}

// unattendedRun reads the entries of one run. It is false for a few lines from a run whose beginning is not
// there and that tell nothing.
func unattendedRun(list []entry) (r Run, ok bool) {
	no := false
	r = Run{Start: list[0].at, End: list[len(list)-1].at, Unattended: true, Reboot: &no, ownLog: true}
	_, second, _ := cutList(next(list, 1))
	whole := saysStart(list[0].msg) || headsOrigins(second)
	origin := origins{}
	var selected []string
	var failures []string
	said, writing, installed, dry := "", false, false, false // said: the message before this one
	for _, e := range list {
		head, tail, isList := cutList(e.msg)
		switch e.level {
		case "DEBUG":
			origin.learn(e.msg)
			continue
		case "ERROR", "CRITICAL":
			if len(failures) < maxFailures {
				failures = append(failures, e.msg)
			}
			continue
		}
		switch held := heldWhy(e.msg); {
		case strings.Contains(e.msg, "reboot-required"):
			yes := true
			r.Reboot = &yes
		case strings.Contains(e.msg, "unattended-upgrades-dpkg"):
			writing = true
			if _, tail, ok := cutList(said); ok && len(selected) == 0 {
				selected = packageNames(tail) // the list right before dpkg's log is named is the one to upgrade
			}
		case held != "" && packageIn(e.msg) != "":
			r.Held = append(r.Held, Held{packageIn(e.msg), held})
			continue // in no language is it the message that all is done
		case strings.HasPrefix(e.msg, "Option --dry-run given"):
			dry = true
		case isList && headsSelected(head):
			selected = packageNames(tail)
		case isList && headsRemoved(head):
			for _, name := range packageNames(tail) {
				r.Removed = append(r.Removed, Package{Name: name})
			}
		case isList && headsOrigins(tail):
			origin.allow(tail)
		case saysInstalled(e.msg):
			installed = true
		case writing && !isList && e.level == "INFO":
			installed = true // a message after it that is no error, in words that are not known
		}
		said = e.msg
	}
	r.Error = failure(failures)
	if dry {
		selected, r.Removed = nil, nil // it says "All upgrades installed" then too
	}
	for _, name := range selected {
		p := Package{Name: name, Security: origin.security(name)}
		if installed && r.Error == "" {
			r.Upgraded = append(r.Upgraded, p)
		} else {
			r.Attempted = append(r.Attempted, p)
		}
	}
	r.Open = len(selected) > 0 && !installed && r.Error == ""
	return r, whole || !r.Nothing() || len(r.Held) > 0 || *r.Reboot || len(failures) > 0
}

func next(list []entry, i int) string {
	if i < len(list) {
		return list[i].msg
	}
	return ""
}

// cutList parts a message at its first colon; French sets a space before it.
func cutList(msg string) (head, list string, ok bool) {
	head, list, ok = strings.Cut(msg, ":")
	return strings.TrimSpace(head), strings.TrimSpace(list), ok
}

var packageName = regexp.MustCompile(`^[a-z0-9][a-z0-9.+-]+(:[a-z0-9-]+)?$`)

// packageNames reads a list of packages, and is empty if there is anything else among them.
func packageNames(list string) []string {
	words := strings.Fields(strings.Trim(list, `»«"'“”‘’ `))
	for i, w := range words {
		if !packageName.MatchString(w) {
			return nil
		}
		words[i], _, _ = strings.Cut(w, ":")
	}
	return words
}

// failure puts the errors of a run into one sentence: without those that only point to dpkg's log or
// announce the next, and with what the program that failed said itself.
func failure(list []string) string {
	var said []string
	for i, msg := range list {
		first, rest, traced := strings.Cut(msg, "\n")
		if strings.Contains(first, "unattended-upgrades-dpkg") && len(list) > 1 {
			continue
		}
		if first == "Exception happened during upgrade." {
			if len(list) > 1 {
				continue
			}
			if traced {
				first += " " + lastLine(rest)
			}
		} else if traced && strings.Contains(rest, "Traceback (most recent call last)") {
			last := lastLine(rest)
			if _, detail, _ := cutList(first); !strings.Contains(last, detail) {
				last = first + ": " + last
			}
			first = last
		}
		// "error message: …" says more on the error before it.
		if _, detail, ok := cutList(first); ok && i > 0 && len(said) > 0 && isDetail(first) {
			said[len(said)-1] += " " + strings.Trim(detail, `»«"'“” `)
			continue
		}
		if !slices.Contains(said, first) {
			said = append(said, first)
		}
	}
	return strings.Join(said, "; ")
}

func isDetail(msg string) bool {
	head, _, _ := cutList(msg)
	switch strings.ToLower(head) {
	case "error message", "fehlermeldung", "message d'erreur", "foutmelding", "messaggio di errore":
		return true
	}
	return false
}

func lastLine(text string) string {
	text = strings.TrimSpace(text)
	return strings.TrimSpace(text[strings.LastIndexByte(text, '\n')+1:])
}
