package systemd

import (
	"strconv"
	"strings"
	"testing"
)

func itoa(n uint32) string { return strconv.FormatUint(uint64(n), 10) }

func TestUnitName(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"diaspora", "diaspora.service"},
		{"diaspora.service", "diaspora.service"},
		{"diaspora.target", "diaspora.target"},
		{"my.app", "my.app.service"},
		{"php8.2-fpm", "php8.2-fpm.service"},
		{"postgresql@15-main", "postgresql@15-main.service"},
		{"a@b@c", "a@b@c.service"},
		{`dev-disk-by\x2duuid.swap`, `dev-disk-by\x2duuid.swap`},
		{"App_1:x", "App_1:x.service"},
		{strings.Repeat("a", 247), strings.Repeat("a", 247) + ".service"},
		{"", ""},
		{"-h", ""},
		{"--help", ""},
		{"-.mount", ""},
		{".service", ""},
		{"..", ""},
		{"../x", ""},
		{"/etc/passwd", ""},
		{"a b", ""},
		{"x;reboot", ""},
		{"x\x00", ""},
		{"x\n", ""},
		{"café", ""},
		{"\xff", ""},
		{"*", ""},
		{"a?", ""},
		{"@x", ""},
		{"getty@", ""},
		{"getty@.service", ""},
		{"$(reboot)", ""},
		{strings.Repeat("a", 248), ""},
		{strings.Repeat("a", 300), ""},
	} {
		got, err := UnitName(c.in)
		if got != c.want || (err == nil) != (c.want != "") {
			t.Errorf("UnitName(%q) = %q, %v; want %q", c.in, got, err, c.want)
		}
		if err != nil && len(err.Error()) > 200 {
			t.Errorf("UnitName(%q): an error of %d bytes", c.in, len(err.Error()))
		}
	}
}

func FuzzUnitName(f *testing.F) {
	for _, s := range []string{"diaspora", "-h", "../x", "a b", "x;reboot", "\x00", "a@.service", "a@b.timer"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		name, err := UnitName(s)
		if err != nil {
			if name != "" || strings.ContainsAny(err.Error(), "\x00\n\r\x1b") || len(err.Error()) > 300 {
				t.Errorf("UnitName(%q) = %q, %q", s, name, err)
			}
			return
		}
		if len(name) > maxName || !strings.HasPrefix(name, s) || strings.ContainsAny(name, " /;*?[$\x00\n") || name[0] == '-' {
			t.Errorf("UnitName(%q) = %q", s, name)
		}
		if again, err := UnitName(name); again != name || err != nil {
			t.Errorf("UnitName(%q) = %q, %v", name, again, err)
		}
	})
}
