package schedule

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// corpus has crontabs as found in the world, where they are at hand.
const corpus = "../../../shared/corpus/crontabs"

func TestParseCrontab(t *testing.T) {
	const file = "/etc/cron.d/x"
	for name, test := range map[string]struct {
		text     string
		user     bool // a user's own crontab
		entries  []string
		problems []string
	}{
		"fields, user and command": {
			text:    "# m h\n\n \t20  4\t* * 7  root\t cd / &&  x \n",
			entries: []string{"3 [20 4 * * 7] root: cd / &&  x "},
		},
		"a user's own": {
			text: "@daily  x y\n0 0 1 JAN sun-Tue z\n", user: true,
			entries: []string{"1 [@daily] : x y", "2 [0 0 1 JAN sun-Tue] : z"},
		},
		"settings": {
			text:    "A=b\n B = c d \n'C'=\" e \"\nA=f=g # no comment\n@reboot root x\nA=\"\"\n@reboot root y\n",
			entries: []string{"5 [@reboot] root: x A=f=g # no comment B=c d C= e ", "7 [@reboot] root: y A= B=c d C= e "},
		},
		"what cron takes though it looks wrong": {
			text: "5; 1.5 *x 007 */99 x\n1,*,3 0-7/2 1-1 * * x\n", user: true,
			entries: []string{"1 [5; 1.5 *x 007 */99] : x", "2 [1,*,3 0-7/2 1-1 * *] : x"},
		},
		"one bad line": {
			text:    "1 1 * * * root a\n1 24 * * * root b\n2 2 * * * root c\n",
			entries: []string{"1 [1 1 * * *] root: a IGNORED line 2: bad hour \"24\": it goes from 0 to 23", "3 [2 2 * * *] root: c IGNORED line 2: bad hour \"24\": it goes from 0 to 23"},
			problems: []string{
				`/etc/cron.d/x:2: bad hour "24": it goes from 0 to 23; cron ignores the whole file`},
		},
		"many bad lines": {
			text: "* * * *\n5/10 * * * * x\n* * 0 * * x\n* * * foo * x\n* * * * 8 x\n*/0 * * * * x\n1-70/5 * * * * x\n" +
				"@every 5m x\nMAILTO=\n5, * * * * x\n-1 * * * * x\n* * * * * * x\n? * * * * x\nA=\"x\n99999999999999999999 * * * * x\n",
			user: true,
			problems: []string{
				`1: bad day-of-week "": a value is missing`,
				`2: bad minute "5/10": a step needs a range or a star before it`,
				`3: bad day-of-month "0": it goes from 1 to 31`,
				`4: bad month "foo": neither a number nor a name that cron knows`,
				`5: bad day-of-week "8": it goes from 0 to 7`,
				`6: bad minute "*/0": a step must be 1 or more`,
				`7: bad minute "1-70/5": it goes from 0 to 59`,
				`8: bad time specifier "@every"`,
				`9: bad minute "MAILTO=": neither a number nor a name that cron knows`,
				`10: bad minute "5,": a value is missing`,
				`11: bad minute "-1": a value is missing`,
				`12: bad command: a sixth time field`,
				`13: bad minute "?": a value is missing`,
				`14: bad minute "A=\"x": neither a number nor a name that cron knows`,
				`15: bad minute "99999999999999999999": not a number that cron knows`,
			},
		},
		"no user in a system crontab": {
			text: "* * * * * /usr/bin/x --now\n* * * * * root\n",
			problems: []string{
				`/etc/cron.d/x:1: bad username "/usr/bin/x"; in this file the sixth field is the user; cron ignores the whole file`,
				`/etc/cron.d/x:2: no command after the user; cron ignores the whole file`},
		},
		"no newline at the end": {
			text: "1 1 * * * a\n2 2 * * * b", user: true,
			entries:  []string{"1 [1 1 * * *] : a IGNORED the last line has no newline at its end", "2 [2 2 * * *] : b IGNORED the last line has no newline at its end"},
			problems: []string{"/etc/cron.d/x: the last line has no newline at its end; cron ignores the whole file"},
		},
		"no newline after a comment": {text: "1 1 * * * a\n# end", user: true, entries: []string{"1 [1 1 * * *] : a"}},
		"CR LF": {
			text: "A=b\r\n1 1 * * * a\r\n", user: true,
			entries:  []string{"2 [1 1 * * *] : a A=b"},
			problems: []string{"/etc/cron.d/x: lines end in CR LF, and cron hands the CR to the command; convert the file with dos2unix"},
		},
		"CR LF and a blank line": {
			text: "\r\n@daily\r\n", user: true,
			problems: []string{"CR LF", "1: a line of nothing but a CR", `2: bad time specifier "@daily\r"`},
		},
		"a range that runs backwards": {
			text: "0 0 * * sat-sun x\n", user: true,
			entries:  []string{"1 [0 0 * * sat-sun] : x"},
			problems: []string{`/etc/cron.d/x:1: "0 0 * * sat-sun" never comes: a range that runs backwards matches nothing`},
		},
		"too long": {
			text: "1 1 * * * " + strings.Repeat("x", 998) + "\n1 1 * * * " + strings.Repeat("x", 999) + "\n", user: true,
			entries:  []string{"1 [1 1 * * *] : " + strings.Repeat("x", 998) + " IGNORED line 2: the command is longer than 998 bytes"},
			problems: []string{"2: the command is longer than 998 bytes"},
		},
		"NUL":     {text: "1 1 * * * a\x00b\n", user: true, problems: []string{"1: a NUL character in the line"}},
		"nothing": {},
	} {
		entries, problems := ParseCrontab([]byte(test.text), file, !test.user)
		var got []string
		for _, e := range entries {
			got = append(got, describe(e))
		}
		if !slices.Equal(got, test.entries) {
			t.Errorf("%s:\ngot  %q\nwant %q", name, got, test.entries)
		}
		ok := len(problems) == len(test.problems)
		for i := range min(len(problems), len(test.problems)) {
			ok = ok && strings.Contains(problems[i].String(), test.problems[i])
		}
		if !ok {
			t.Errorf("%s: problems\ngot  %q\nwant %q", name, problems, test.problems)
		}
	}
}

func describe(e Entry) string {
	s := fmt.Sprintf("%d [%s] %s: %s", e.Line, e.Schedule, e.User, e.Command)
	for _, k := range slices.Sorted(maps.Keys(e.Env)) {
		s += " " + k + "=" + e.Env[k]
	}
	if e.Ignored != "" {
		s += " IGNORED " + e.Ignored
	}
	return s
}

func TestParseCrontabIsBounded(t *testing.T) {
	long := strings.Repeat("1 1 * * * x\n", maxLines+5)
	entries, problems := ParseCrontab([]byte(long), "x", false)
	if len(entries) != maxLines || len(problems) != 1 || entries[0].Ignored == "" {
		t.Errorf("%d entries, problems %v", len(entries), problems)
	}
	var settings strings.Builder
	for i := range 150 {
		fmt.Fprintf(&settings, "A%d=x\n@daily x\n", i)
	}
	entries, problems = ParseCrontab([]byte(settings.String()), "x", false)
	if len(entries) != 150 || len(entries[149].Env) != maxSettings || len(problems) != 50 {
		t.Errorf("%d entries, %d problems", len(entries), len(problems))
	}
}

func TestShell(t *testing.T) {
	for written, want := range map[string][2]string{
		`a b`:                     {`a b`, ""},
		`a $(date +\%F) \! \\ c\`: {`a $(date +%F) \! \ c\`, ""},
		`mail dada%Hi,%%bye`:      {`mail dada`, "Hi,\n\nbye\n"},
		`cat%100\% of \\%`:        {`cat`, "100% of \\%\n"},
		`cat%`:                    {`cat`, ""},
		`cat%a%`:                  {`cat`, "a\n"},
	} {
		command, input := Entry{Command: written}.Shell()
		if got := [2]string{command, input}; got != want {
			t.Errorf("%s: %q, want %q", written, got, want)
		}
	}
}

func TestCorpus(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(corpus, "*.expect.json"))
	if err != nil || len(files) == 0 {
		t.Skip("not tested: crontabs of other hosts, the corpus is not here")
	}
	type entry struct {
		Line                    int
		Schedule, User, Command string
	}
	for _, file := range files {
		var want struct {
			System  bool
			Entries []entry
			Errors  []any
			Env     map[string]string
		}
		expected, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(expected, &want); err != nil {
			t.Fatal(err)
		}
		path := strings.TrimSuffix(file, ".expect.json")
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		entries, problems := ParseCrontab(data, path, want.System)
		var got []entry
		for _, e := range entries {
			got = append(got, entry{e.Line, e.Schedule, e.User, e.Command})
			if len(want.Entries) > 0 && !maps.Equal(e.Env, want.Env) {
				t.Errorf("%s:%d: settings %v, want %v", path, e.Line, e.Env, want.Env)
			}
			if _, ok := e.Next(time.Now()); ok == (e.Ignored != "") {
				t.Errorf("%s:%d: has a next run: %v, ignored %q", path, e.Line, ok, e.Ignored)
			}
		}
		if !slices.Equal(got, want.Entries) {
			t.Errorf("%s:\ngot  %+v\nwant %+v", path, got, want.Entries)
		}
		lines := slices.DeleteFunc(problems, func(p Problem) bool { return p.Line == 0 })
		if len(lines) != len(want.Errors) {
			t.Errorf("%s: problems %v, want %v", path, lines, want.Errors)
		}
	}
}

// TestAsDebianCron holds the parser against crontab(1) of Debian's cron, which checks a file by the
// code of the daemon.
func TestAsDebianCron(t *testing.T) {
	usage, _ := exec.CommandContext(t.Context(), "crontab", "-h").CombinedOutput()
	if !strings.Contains(string(usage), "dry run") {
		if os.Getenv("VIGIE_TEST_REAL") == "1" {
			t.Fatal("no crontab(1) of Debian's cron here; install the package cron")
		}
		t.Skip("not tested: what Debian's cron takes and refuses, its crontab(1) is not here")
	}
	times := []string{"* * * * *", "7 7 7 7 7", "*/2 1-5/2 1,2 jan SUN", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * 32 * *",
		"* * * 13 *", "* * * * 8", "5-1 * * * *", "5/10 * * * *", "*/0 * * * *", "1-64/30 * * * *", "1, * * * *", "1; * * * *",
		"1.5 * * * *", "*5 * * * *", "*,1 * * * *", "? * * * *", "L * * * *", "* * * * 1#2", "* * * mon *", "* * * * mon-fri", "00007 * * * *",
		"@reboot", "@daily", "@DAILY", "@hourly", "@every", "@", "@midnight\t"}
	commands := []string{" x", "\tx y", " * x", "", " ", "  A=b x", " 'q'", "\r", " x\r", " " + strings.Repeat("x", 998), " " + strings.Repeat("x", 999)}
	settings := []string{"A=b", "A = b ", "A=", "A= ", `A=""`, "'A'=x", `"A B"=c`, `A="x`, `A="x" y`, "A='x' ", "=x", "A b=c", "A==b", `A=""x`,
		`A=x"y`, "\r", "# c", "\t # c", "@daily=x", "A=" + strings.Repeat("x", 1200), `A="` + strings.Repeat("x", 1200) + `"`}
	var tables []string
	for _, s := range times {
		for _, c := range commands {
			tables = append(tables, s+c+"\n")
		}
	}
	for _, s := range settings {
		tables = append(tables, s+"\n@daily x\n", "@daily x\n"+s)
	}
	path := filepath.Join(t.TempDir(), "crontab")
	for _, table := range tables {
		if err := os.WriteFile(path, []byte(table), 0o600); err != nil {
			t.Fatal(err)
		}
		said, err := exec.CommandContext(t.Context(), "crontab", "-n", path).CombinedOutput()
		taken := err == nil && strings.Contains(string(said), "successfully checked")
		_, problems := ParseCrontab([]byte(table), "x", false)
		ignored := slices.ContainsFunc(problems, func(p Problem) bool { return strings.Contains(p.Reason, "ignores the whole file") })
		if taken == ignored {
			t.Errorf("%.80q: cron says %q, we say %v", table, said, problems)
		}
	}
}

func FuzzParseCrontab(f *testing.F) {
	f.Add([]byte("MAILTO=x\n20 4 * * 7 root a%b\\%c\n@reboot root x"), true)
	f.Add([]byte("*/5,1-9/2 * 1 jan-mar sun,mon x\r\n\r\n@daily\n"), false)
	f.Add([]byte("\"=\n'\nA='b' c\n=\n"), false)
	f.Fuzz(func(t *testing.T, data []byte, system bool) {
		entries, _ := ParseCrontab(data, "x", system)
		after := time.Date(2026, 3, 28, 12, 0, 0, 0, time.UTC)
		for _, e := range entries {
			if e.Command == "" || e.Schedule == "" || e.Line < 1 || system == (e.User == "") {
				t.Errorf("half an entry: %+v", e)
			}
			e.Shell()
			if next, ok := e.Next(after); ok && (!next.After(after) || next.Second() != 0) {
				t.Errorf("%s after %v: %v", e.Schedule, after, next)
			}
		}
	})
}
