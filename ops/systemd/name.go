package systemd

import (
	"fmt"
	"slices"
	"strings"
)

const maxName = 255 // characters, systemd.unit(5)

// kinds are the suffixes of unit names, systemd.unit(5).
var kinds = []string{".service", ".socket", ".device", ".mount", ".automount", ".swap", ".target", ".path",
	".timer", ".slice", ".scope"}

// UnitName turns what a person typed into the full name of a unit: "diaspora" into "diaspora.service". It
// follows systemd.unit(5), and refuses in addition a template without its instance, and names that begin with
// "-" or "." (systemd's own, such as -.mount, and what looks like an option or a path).
func UnitName(s string) (string, error) {
	name := s
	if !slices.ContainsFunc(kinds, func(k string) bool { return strings.HasSuffix(s, k) }) {
		name = s + ".service"
	}
	if s == "" {
		return "", fmt.Errorf("no unit was named")
	}
	if err := checkName(name); err != nil {
		return "", fmt.Errorf("%s: %w", shown(s), err)
	}
	return name, nil
}

// checkName says what is wrong with a full name.
func checkName(name string) error {
	if len(name) > maxName {
		return fmt.Errorf("not a unit name: it is longer than %d characters", maxName)
	}
	for _, r := range name {
		if !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune(`:-_.@\`, r)) {
			return fmt.Errorf(`not a unit name: it may hold letters, digits and : - _ . @ \ alone`)
		}
	}
	dot := strings.LastIndexByte(name, '.')
	if dot < 1 || !slices.Contains(kinds, name[dot:]) {
		return fmt.Errorf("not a unit name: it has no kind at its end, such as .service")
	}
	if strings.ContainsRune("-.@", rune(name[0])) {
		return fmt.Errorf("not a unit name: it begins with %q", name[:1])
	}
	if name[dot-1] == '@' && strings.IndexByte(name, '@') == dot-1 {
		return fmt.Errorf("a template: name an instance of it, as in %sNAME%s", name[:dot], name[dot:])
	}
	return nil
}

// shown quotes a name that somebody typed, unless it is harmless, and cuts it.
func shown(name string) string {
	if checkName(name) == nil {
		return name
	}
	if len(name) > 40 {
		name = name[:40] + "…"
	}
	return fmt.Sprintf("%q", name)
}
