package systemd

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// A Verb is a job that can be done on a unit, by systemd's name for it.
type Verb string

const (
	Start   Verb = "start"
	Stop    Verb = "stop"
	Restart Verb = "restart"
	Reload  Verb = "reload"
)

// PolkitRule writes the rule, for a file in /etc/polkit-1/rules.d, that lets that user do those verbs on those
// units and nothing else. The units go by their full and own names ([Unit].Name): systemd tells polkit those,
// whatever alias was asked for. The same input gives the same bytes.
//
// polkit(8) reads such rules since 0.106: Debian 12 does, Debian 11 does not. The two details of the action
// come from systemd's bus_verify_manage_units_async.
func PolkitRule(user string, allow map[string][]Verb) string {
	var pairs []string
	for unit, verbs := range allow {
		for _, verb := range verbs {
			pairs = append(pairs, string(verb)+" "+unit) // no space can stand in either
		}
	}
	slices.Sort(pairs)
	pairs = slices.Compact(pairs)

	var b strings.Builder
	b.WriteString("// Written from the config of vigie: what it may do to which unit.\n")
	b.WriteString("polkit.addRule(function(action, subject) {\n    var allowed = [")
	for i, pair := range pairs {
		if i > 0 {
			b.WriteString(",")
		}
		b.WriteString("\n        " + quoteJS(pair))
	}
	fmt.Fprintf(&b, `
    ];
    if (action.id == "org.freedesktop.systemd1.manage-units" && subject.user == %s &&
        allowed.indexOf(action.lookup("verb") + " " + action.lookup("unit")) >= 0) {
        return polkit.Result.YES;
    }
    return polkit.Result.NOT_HANDLED;
});
`, quoteJS(user))
	return b.String()
}

// quoteJS makes a string literal of JavaScript: JSON is one, as Go escapes U+2028 and U+2029 in it.
func quoteJS(s string) string {
	text, err := json.Marshal(s)
	if err != nil { // no string gives an error
		return `""`
	}
	return string(text)
}
