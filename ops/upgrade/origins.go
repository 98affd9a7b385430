package upgrade

import (
	"regexp"
	"strings"
)

// origins knows which packages of a run come from a security archive, as far as its log tells.
type origins struct {
	allSecurity bool
	candidates  map[string]bool
}

// checking is what unattended-upgrades logs of each candidate when it is run with --debug.
var checking = regexp.MustCompile(`^Checking: (\S+) \(\[(.*)\]\)`)

// learn takes a DEBUG message.
func (o *origins) learn(msg string) {
	m := checking.FindStringSubmatch(msg)
	if m == nil {
		return
	}
	if o.candidates == nil {
		o.candidates = map[string]bool{}
	}
	o.candidates[m[1]] = namesSecurity(m[2])
}

// allow takes the list of the allowed origins. If all of them are security archives, so is each package.
func (o *origins) allow(list string) {
	all := strings.Split(list, ", ")
	if strings.HasPrefix(list, "[") {
		all = strings.Split(list, "', '")
		if strings.Contains(list, "(") || strings.Contains(list, `["`) { // Ubuntu 10.04: pairs
			all = strings.Split(list, "], [")
		}
	}
	o.allSecurity = true
	for _, one := range all {
		o.allSecurity = o.allSecurity && namesSecurity(one)
	}
}

func (o *origins) security(name string) *bool {
	is, known := o.candidates[name]
	if !known && !o.allSecurity {
		return nil
	}
	is = is || o.allSecurity
	return &is
}

// namesSecurity knows the security archives of Debian ("Debian-Security", "bookworm-security"), Ubuntu
// ("jammy-security", "jammy-infra-security") and what names itself likewise.
func namesSecurity(origin string) bool {
	return strings.Contains(strings.ToLower(origin), "-security")
}
