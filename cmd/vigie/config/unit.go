package config

import (
	"slices"
	"time"

	"github.com/diaspote/vigie/ops/systemd"
)

// What a unit's job may take (systemd.unit(5), JobTimeoutSec=, is systemd's own bound).
const (
	unitTimeout  = 2 * time.Minute
	leastTimeout = time.Second
	mostTimeout  = time.Hour
)

// podAndUnits reads [pod] and every [[unit]], which together make one list of units.
func podAndUnits(t *table) (Pod, []Unit) {
	var pod Pod
	var units []Unit
	if p := t.table("pod"); p != nil {
		pod.URL = p.checked("url", podURL)
		units = podUnits(p)
		p.done()
	}
	seen := map[string]bool{}
	for _, one := range t.tables("unit") {
		u := unit(one)
		if seen[u.Name] && u.Name != "" {
			one.fail("name", "make one of the two", "%s: %s is there twice", one.called("name"), u.Name)
		}
		seen[u.Name] = true
		if i := slices.IndexFunc(units, func(v Unit) bool { return v.Name == u.Name }); i >= 0 {
			u.Shown = true
			units[i] = u
			continue
		}
		units = append(units, u)
	}
	return pod, units
}

func podUnits(t *table) []Unit {
	var units []Unit
	names, _ := t.list("units", unitName)
	for _, name := range names {
		units = append(units, Unit{Name: name, Shown: true, Allow: []string{"restart"}, Timeout: unitTimeout})
	}
	return units
}

// unit reads one [[unit]]. Its Name is "" if that cannot be one.
func unit(t *table) Unit {
	t.need("name", "diaspora")
	u := Unit{
		Name:    t.checked("name", unitName),
		Allow:   []string{"restart"},
		Probe:   t.checked("probe", webURL),
		Timeout: t.duration("timeout", unitTimeout, leastTimeout, mostTimeout),
	}
	if verbs, given := t.list("allow", verb); given {
		u.Allow = verbs
	}
	u.Confirm = confirm(t, u.Allow)
	t.done()
	return u
}

func unitName(s string) (string, *fault) {
	name, err := systemd.UnitName(s)
	if err != nil {
		return "", &fault{err.Error(), "systemctl list-units shows their names"}
	}
	return name, nil
}

// verb checks what can be done to a unit.
func verb(s string) (string, *fault) {
	known := []string{"restart", "start", "stop", "reload"}
	if !slices.Contains(known, s) {
		return fails(s, "is nothing that can be done to a unit", didYouMean(s, known))
	}
	return s, nil
}

// confirm is what of allow asks first.
func confirm(t *table, allow []string) []string {
	asks, _ := t.list("confirm", verb)
	for _, verb := range asks {
		if !slices.Contains(allow, verb) {
			t.fail("confirm", "add it there, or leave it out here", "%s: %s is not in allow", t.called("confirm"), verb)
		}
	}
	if slices.Contains(allow, "stop") && !slices.Contains(asks, "stop") {
		asks = append(asks, "stop")
	}
	return asks
}
