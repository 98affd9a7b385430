package commands

import (
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/diaspote/vigie/bot"
	"github.com/diaspote/vigie/ops"
	"github.com/diaspote/vigie/ops/incident"
	"github.com/diaspote/vigie/ops/ledger"
)

// A desk is a stage with a book in a file, whose clock the test sets. It has the components Diaspora and Web, which follow units, and
// Web shop, which follows nothing.
type desk struct {
	*stage
	book *incident.Book
	db   *ledger.DB
	zone *time.Location
	at   atomic.Pointer[time.Time]
}

func newDesk(t testing.TB, h *Host) *desk {
	t.Helper()
	db, err := ledger.Open(t.Context(), filepath.Join(t.TempDir(), "vigie.db"))
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{db: db, zone: paris(t)}
	d.set(t, thursday)
	now := func() time.Time { return *d.at.Load() }
	if d.book, err = incident.Open(t.Context(), db, now); err != nil {
		t.Fatal(err)
	}
	for _, c := range []incident.Component{{Name: "Diaspora", Follows: "diaspora.service"}, {Name: "Web", Follows: "nginx.service"}, {Name: "Web shop"}} {
		if _, err := d.book.AddComponent(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	h.Incidents = d.book
	d.stage = playAt(t, h, db, now)
	return d
}

func (d *desk) set(t testing.TB, now string) {
	t.Helper()
	at := wall(t, now, d.zone)
	d.at.Store(&at)
}

func (d *desk) say(t testing.TB, lines ...[2]string) {
	t.Helper()
	for _, l := range lines {
		line, want := l[0], l[1]
		if now, ok := strings.CutPrefix(line, "-- "); ok {
			d.set(t, now)
			continue
		}
		text, block := d.askAs(t, "olga", line)
		if got := strings.TrimSpace(text + "\n" + block); got != strings.TrimSpace(want) {
			t.Errorf("%s\ngot\n%s\nwant\n%s", line, got, strings.TrimSpace(want))
		}
	}
}

func TestMaintenance(t *testing.T) {
	h := newHost(t, "board")
	h.PageLink = "https://status.pod.example"
	d := newDesk(t, h)
	d.say(t,
		[2]string{"maintenance", "No maintenance is planned. To plan one: maintenance plan"},
		[2]string{`maintenance plan "PostgreSQL 15 → 17" tomorrow 22:00 for 2h on diaspora,web "You cannot post meanwhile."`, `
Maintenance 1 is planned: PostgreSQL 15 → 17
Friday 27 November 2026, 22:00–00:00 CET (Europe/Paris), tomorrow
on Diaspora, Web
https://status.pod.example`},
		[2]string{"maintenance plan Sauvegarde des données dimanche de 4h à 5h30 sur web shop", `✗ maintenance plan: "shop" is not understood; the text for visitors goes in quotes`},
		[2]string{`maintenance plan Sauvegarde des données dimanche de 4h à 5h30 sur "web shop"`, `
Maintenance 2 is planned: Sauvegarde des données
Sunday 29 November 2026, 04:00–05:30 CET (Europe/Paris), in 3 days
on Web shop
https://status.pod.example`},
		[2]string{"maintenance", `
#1 ◷ PostgreSQL 15 → 17 · tomorrow 22:00–00:00 CET · Diaspora, Web
#2 ◷ Sauvegarde des données · Sun 04:00–05:30 CET · Web shop`},
		[2]string{"maintenance show 1", `
#1 ◷ PostgreSQL 15 → 17 · tomorrow 22:00–00:00 CET · Diaspora, Web
planned: Friday 27 November 2026, 22:00–00:00 CET (Europe/Paris), tomorrow, by olga
You cannot post meanwhile.`},

		// What overlaps is asked for; an answer of one's own is none.
		[2]string{"maintenance plan Reboot tomorrow 23:30 for 1h on web", `
maintenance plan Reboot tomorrow 23:30 for 1h on web: it overlaps with #1 ◷ PostgreSQL 15 → 17 · tomorrow 22:00–00:00 CET · Diaspora, Web. All the same?
1: anyway
Answer one of these, within 120 s, or no.`},
		[2]string{"1", `
Maintenance 3 is planned: Reboot
Friday 27 November 2026, 23:30 to Saturday 28 November, 00:30 CET (Europe/Paris), tomorrow
on Web
https://status.pod.example`},
		[2]string{"maintenance cancel", `
maintenance cancel: Which one?
#1 PostgreSQL 15 → 17 · #3 Reboot · #2 Sauvegarde des données
Answer one of these, within 120 s, or no.`},
		[2]string{"no", "maintenance cancel: not done, as you say"},
		[2]string{`maintenance cancel 3 "Not needed any more."`, "Maintenance 3 is cancelled: Reboot"},
		[2]string{"maintenance cancel #3", "✗ maintenance cancel: maintenance 3 is cancelled"},
		[2]string{"maintenance move 2 to lundi 4h", `
Maintenance 2 is moved: Sauvegarde des données
Monday 30 November 2026, 04:00–05:30 CET (Europe/Paris), in 4 days
on Web shop
https://status.pod.example`},
		[2]string{"maintenance end 2", "✗ maintenance end: maintenance 2 is planned; to take it back: maintenance cancel 2"},

		// What is begun before its time is silenced as by the clock.
		[2]string{"-- 2026-11-27 21:30"},
		[2]string{"maintenance start 1", `
Maintenance 1 has begun: PostgreSQL 15 → 17
until Saturday 28 November 2026, 00:00 CET, in 2 h 30 min
on Diaspora, Web
https://status.pod.example`},
		[2]string{"alerts", `
All is calm.
silenced until tomorrow 00:02 by maintenance 1: diaspora, nginx`},
		[2]string{"maintenance cancel 1", "✗ maintenance cancel: maintenance 1 is under way; to end it: maintenance end 1"},
		[2]string{"maintenance move 1 tomorrow 22:00", "✗ maintenance move: maintenance 1 is under way; to end it later: maintenance extend 1"},
		[2]string{`maintenance update "Half of it is done."`, `
maintenance update "Half of it is done.": Which one?
#1 PostgreSQL 15 → 17 · #2 Sauvegarde des données
Answer one of these, within 120 s, or no.`},
		[2]string{"#1", "Maintenance 1: written."},
		[2]string{"maintenance list", `
#1 ▶ PostgreSQL 15 → 17 · under way since 21:30 · until tomorrow 00:00 CET · Diaspora, Web
#2 ◷ Sauvegarde des données · Mon 04:00–05:30 CET · Web shop
#3 ○ Reboot · cancelled yesterday 16:45 · Web`},
		[2]string{"maintenance extend 1 30 min", `
Maintenance 1 is extended: PostgreSQL 15 → 17
until Saturday 28 November 2026, 00:30 CET, in 3 h
on Diaspora, Web
https://status.pod.example`},
		[2]string{"maintenance extend 1 until 23:30", "✗ maintenance extend: Friday 27 November 2026, 23:30 CET is no later than its end, Saturday 28 November 2026, 00:30 CET"},
		[2]string{"maintenance extend 1 until 1h", `
Maintenance 1 is extended: PostgreSQL 15 → 17
until Saturday 28 November 2026, 01:00 CET, in 3 h 30 min
on Diaspora, Web
https://status.pod.example`},
		[2]string{"-- 2026-11-27 22:00"},
		[2]string{"maintenance end", "Maintenance 1 is complete, after 30 min: PostgreSQL 15 → 17"},
	)
}

// What is wrong is said, and nothing is planned.
func TestMaintenanceRefuses(t *testing.T) {
	d := newDesk(t, newHost(t, "board"))
	for line, want := range map[string]string{
		"maintenance plan x 31 feb 22:00 for 1h on web":                                  "there is no 31 February",
		"maintenance plan x 04/05 22:00 for 1h on web":                                   "04/05 may be 4 May or 5 April: write the month as a word",
		"maintenance plan x 2026-11-20 22:00 for 1h on web":                              "Friday 20 November 2026, 22:00 CET has passed: it is 16:45 on Thursday 26 November 2026",
		"maintenance plan x 2027-03-28 02:30 for 1h on web":                              "there is no 02:30 on Sunday 28 March 2027: the clocks go forward then, and 03:30 comes next",
		"maintenance plan x yesterday 22:00 for 1h on web":                               "yesterday is over; it is 16:45 on Thursday 26 November 2026",
		"maintenance plan x sunday for 1h on web":                                        "at what hour? For example: sunday 22:00",
		"maintenance plan x y until 23:30 tomorrow 22:00 on web":                         "say first when it begins, and then until when",
		"maintenance plan x tomorrow 22:00 for 15 days on web":                           "the end is more than 14 days after the start",
		"maintenance plan x tomorrow 22:00 for 3s on web":                                `"3s" is too short`,
		"maintenance plan x tomorrow 22:00 until today 23:00 on web":                     "that ends before it begins: from Friday 27 November 2026, 22:00 CET to Thursday 26 November 2026, 23:00 CET",
		"maintenance plan x tomorrow 22:00 until 23:00 for 1h on web":                    "say how long it takes, or until when, and not both",
		"maintenance plan x tomorrow 22:00 for 1h on wbe":                                `there is no component "wbe"; did you mean "web"?`,
		"maintenance plan x tomorrow 22:00 for 1h on moon":                               `there is no component "moon"; there is Diaspora, Web, Web shop`,
		"maintenance plan x tomorrow 22:00 for 1h on":                                    "on what? Name components, or nothing",
		"maintenance plan x tomorrow 22:00 fro 1h on web":                                `"fro" is not understood; the text for visitors goes in quotes`,
		`maintenance plan "x y" tomorrow 22:00 for 1h on web one "two words"`:            `"one" is not understood; the text for visitors goes in quotes`,
		`maintenance plan "x y" tomorrow 22:00 for 1h on web "two words" "3 more"`:       `"3 more" is not understood; the text for visitors goes in quotes`,
		"maintenance plan " + strings.Repeat("x", 300) + " tomorrow 22:00 for 1h on web": "the name has 300 characters; it may have 200",
		"maintenance start":                             "there is none now to which that could be done; try: maintenance",
		"maintenance start 7":                           "there is no maintenance 7; try: maintenance",
		"maintenance start -7":                          `there is none now to which that could be done; try: maintenance`,
		"maintenance update 7 x":                        "there is no maintenance 7; try: maintenance",
		"maintenance show 0":                            "there is no maintenance 0; try: maintenance",
		`maintenance update 99999999999999999999 "x y"`: "there is no maintenance 9223372036854775807; try: maintenance",
		"maintenance extend 7 1h":                       "there is no maintenance 7; try: maintenance",
	} {
		text, _ := d.askAs(t, "olga", line)
		if _, got, _ := strings.Cut(text, ": "); got != want && text != "✗ "+want {
			t.Errorf("%s\ngot  %s\nwant %s", line, text, want)
		}
	}
	if text, _ := d.askAs(t, "lulu", "maintenance plan x tomorrow 22:00 for 1h on web"); text != "✗ maintenance plan is for operators; you are a reader here" {
		t.Error(text)
	}
	if all, err := d.book.Maintenances(t.Context(), time.Time{}); len(all) > 0 || err != nil {
		t.Errorf("%+v, %v", all, err)
	}
}

// All of a plan is asked for, piece by piece, and what is no answer is asked for again.
func TestMaintenanceIsAskedFor(t *testing.T) {
	d := newDesk(t, newHost(t, "board"))
	for _, l := range [][2]string{
		{"maintenance plan", "What is to be done, in a few words for visitors?"},
		{"PostgreSQL 15 → 17", "When does it begin?"},
		{"yesterday", `✗ yesterday is over; it is 16:45 on Thursday 26 November 2026`},
		{"sunday", "✗ at what hour? For example: sunday 22:00"},
		{"dimanche 4h", "How long does it take?\n1: 30 min · 2: 1 h · 3: 2 h · 4: 4 h"},
		{"long", `✗ "long" is no length of time; try: 2h, 1h30 or until 23:30`},
		{"1h30", "On what?\n1: Diaspora · 2: Web · 3: Web shop · 4: everything · 5: nothing"},
		{"moon", `✗ there is no component "moon"`},
		{"2, diaspora", "Maintenance 1 is planned: PostgreSQL 15 → 17\nSunday 29 November 2026, 04:00–05:30 CET (Europe/Paris), in 3 days\non Diaspora, Web"},
		{"maintenance update", "What is to be read by everybody?"},
		{"We begin soon.", "Maintenance 1: written."},
		{"maintenance extend", "It is to end at Sun 05:30. How much longer?"},
		{"until 6h", "Maintenance 1 is extended: PostgreSQL 15 → 17\nSunday 29 November 2026, 04:00–06:00 CET (Europe/Paris), in 3 days"},
		{"maintenance move", "To when?"},
		{"lundi 4h", "Monday 30 November 2026, 04:00–06:00 CET (Europe/Paris), in 4 days"},
	} {
		text, _ := d.askAs(t, "olga", l[0])
		has(t, text, l[1])
	}
	audits, err := d.db.Audits(t.Context(), 20)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, a := range audits {
		lines = append(lines, string(a.Outcome)+" "+a.Line)
	}
	want := `done maintenance move lundi 4h
done maintenance extend until 6h
done maintenance update "We begin soon."
done maintenance plan "PostgreSQL 15 → 17" dimanche 4h for 1h30 on Web,Diaspora`
	if got := strings.Join(lines, "\n"); got != want {
		t.Errorf("in the audit:\n%s", got)
	}
}

// Nobody can be asked through `vigie ask`: what overlaps is refused with a hint.
func TestMaintenanceOverlapsInScripts(t *testing.T) {
	d := newDesk(t, newHost(t, "board"))
	run := func(line string) string {
		done := make(chan struct{})
		d.in <- bot.Message{Chat: "room", Room: "ops", From: "unix:olga", Text: line, Single: true, Done: func(error) { close(done) }}
		<-done
		d.mu.Lock()
		defer d.mu.Unlock()
		return d.posts[len(d.posts)-1].Text
	}
	run("maintenance plan One tomorrow 22:00 for 2h on web")
	has(t, run("maintenance plan Two tomorrow 23:00 for 2h on web"), "✗ maintenance plan: it overlaps with #1 ", "; to do it all the same, add: anyway")
	has(t, run("maintenance plan Two tomorrow 23:00 for 2h on diaspora"), "Maintenance 2 is planned")
	has(t, run("maintenance plan Three tomorrow 23:00 for 2h on web anyway"), "Maintenance 3 is planned")
	has(t, run("maintenance plan Four"), "✗ usage: maintenance plan")
	has(t, run("maintenance extend 1 1h"), "✗ maintenance extend: it overlaps with #3 ")
	has(t, run("maintenance extend 1 1h anyway"), "Maintenance 1 is extended: One\nFriday 27 November 2026, 22:00 to Saturday 28 November, 01:00 CET")
	has(t, run("maintenance move 3 tomorrow 20:00"), "Maintenance 3 is moved")
	has(t, run("maintenance cancel"), "✗ maintenance cancel: which one? Say its number.\n#3 ◷ Three · tomorrow 20:00–22:00 CET · Web\n#1 ◷ One")
}

func FuzzPlan(f *testing.F) {
	now := wall(f, thursday, paris(f))
	components := []incident.Component{{ID: 1, Name: "Diaspora"}, {ID: 2, Name: "Web, shop"}}
	for _, s := range []string{
		"PostgreSQL|tomorrow|22:00|for|2h|on|diaspora", "a b|on|web,|diaspora|22:00-23:30|c d", "mise|à|jour|de|mon|serveur|demain|22h|pour|1h30|sur|tout",
		"x|until|until|until", "x|for|for|2h|on", "x|-|-|-", "x|22:00–minuit|anyway", "x|dimanche|de|4h|à|5h", "|",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, line string) {
		words := strings.Split(line, "|")
		p, err := parsePlan(words, now, components)
		if err != nil {
			if len(err.Error()) > 500 {
				t.Errorf("%q: %v", words, err)
			}
			return
		}
		if p.starts.Before(now) && !p.starts.IsZero() || !p.ends.IsZero() && !p.ends.After(p.starts) || len(p.on) > len(components) {
			t.Errorf("%q: %+v", words, p)
		}
		if len(words) > 0 && p.name == "" && words[0] != "" {
			t.Errorf("%q has no name", words)
		}
	})
}

// What was announced is no downtime: neither on the page nor in a report.
func TestMaintenanceIsNoDowntime(t *testing.T) {
	d := newDesk(t, newHost(t, "board"))
	see := func(s incident.State) {
		t.Helper()
		if err := d.book.See(t.Context(), map[int64]incident.State{1: s}); err != nil {
			t.Fatal(err)
		}
	}
	unit := func(resolved bool) ops.Event {
		return ops.Event{Kind: "unit", Key: "unit/diaspora.service", Unit: "diaspora.service", Title: "diaspora", Severity: ops.Critical, Lasting: true, Resolved: resolved}
	}
	step := func(now string, s incident.State, events ...ops.Event) {
		t.Helper()
		d.set(t, now)
		d.raise(t, events...)
		see(s)
	}
	see(incident.Operational)
	d.askAs(t, "olga", "maintenance plan PostgreSQL 18:00 for 1h on diaspora")
	d.set(t, "2026-11-26 18:00")
	d.askAs(t, "olga", "maintenance start")
	step("2026-11-26 18:10", incident.MajorOutage, unit(false))
	step("2026-11-26 18:50", incident.Operational, unit(true))
	d.askAs(t, "olga", "maintenance end")
	d.say(t, [2]string{"alerts", "All is calm."})
	d.set(t, "2026-11-26 20:00")
	if err := d.book.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	has(t, first(d.askAs(t, "lulu", "report day")), "units: none seen down", "maintenance: 1, 50 min in all (PostgreSQL)")
	if up := d.book.Page().Components[0].Uptime; up != 1 {
		t.Errorf("the page says up %v", up)
	}

	// And what was not announced is downtime in both.
	step("2026-11-26 21:00", incident.MajorOutage, unit(false))
	step("2026-11-26 22:00", incident.Operational, unit(true))
	has(t, first(d.askAs(t, "lulu", "report day")), "diaspora up 80.95 %: failed once, down 1 h") // of 5 h 15 min
	if up := d.book.Page().Components[0].Uptime; up < 0.8095 || up > 0.8096 {
		t.Errorf("the page says up %v", up)
	}
}
