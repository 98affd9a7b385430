package ops

import "testing"

func TestLabels(t *testing.T) {
	for _, test := range []struct {
		pairs []string
		want  string
	}{
		{nil, ""},
		{[]string{"device", "eth0"}, `device="eth0"`},
		{[]string{"mode", "user", "cpu", "0"}, `cpu="0",mode="user"`},
		{[]string{"mountpoint", "/a\"b\\c\nd"}, `mountpoint="/a\"b\\c\nd"`},
		{[]string{"alone"}, ""},
	} {
		if got := Labels(test.pairs...); got != test.want {
			t.Errorf("%q: %s, want %s", test.pairs, got, test.want)
		}
	}
	if got := (Series{Name: "up", Labels: `job="x"`}).String(); got != `up{job="x"}` {
		t.Error(got)
	}
}

func TestLabel(t *testing.T) {
	s := Series{Name: "x", Labels: Labels("a", `b"c,d="e\`, "z", "line\nfeed", "empty", "")}
	for name, want := range map[string]string{"a": `b"c,d="e\`, "z": "line\nfeed", "empty": "", "d": "", "none": ""} {
		if got := s.Label(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	for _, bad := range []string{`a`, `a="`, `a="x`, `a="x\`, `a="x"b`} {
		(Series{Labels: bad}).Label("b")
	}
}
