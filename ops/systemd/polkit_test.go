package systemd

import (
	"strings"
	"testing"
)

func TestPolkitRule(t *testing.T) {
	got := PolkitRule("vigie", map[string][]Verb{
		"sidekiq.service":       {Start},
		"diaspora.service":      {Stop, Restart, Restart},
		`dev-x\x2dy.swap`:       {Start},
		"nothing.service":       nil,
		"constructor.service":   {Reload},
		"a\"]);evil(); //.swap": {Start},
	})
	const want = `// Written from the config of vigie: what it may do to which unit.
polkit.addRule(function(action, subject) {
    var allowed = [
        "reload constructor.service",
        "restart diaspora.service",
        "start a\"]);evil(); //.swap",
        "start dev-x\\x2dy.swap",
        "start sidekiq.service",
        "stop diaspora.service"
    ];
    if (action.id == "org.freedesktop.systemd1.manage-units" && subject.user == "vigie" &&
        allowed.indexOf(action.lookup("verb") + " " + action.lookup("unit")) >= 0) {
        return polkit.Result.YES;
    }
    return polkit.Result.NOT_HANDLED;
});
`
	if got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	hostile := PolkitRule("x\" || true || \"\n\u2028", nil)
	if !strings.Contains(hostile, `subject.user == "x\" || true || \"\n\u2028" &&`) {
		t.Errorf("a hostile user is not quoted:\n%s", hostile)
	}
}
