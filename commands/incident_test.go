package commands

import (
	"strings"
	"testing"
	"time"

	"github.com/diaspote/vigie/bot"
	"github.com/diaspote/vigie/ops"
	"github.com/diaspote/vigie/ops/incident"
)

func newDeskWithPage(t testing.TB) *desk {
	t.Helper()
	h := newHost(t, "board")
	h.PageLink = "https://status.pod.example"
	h.Units = []Unit{{Name: "nginx.service", Shown: true}, {Name: "diaspora.service", Shown: true}}
	return newDesk(t, h)
}

// TestTheBotsWordsCorrected has somebody write anew what the bot wrote by itself, which is theirs then.
func TestTheBotsWordsCorrected(t *testing.T) {
	d := newDeskWithPage(t)
	if _, err := d.book.OpenIncident(t.Context(), incident.Incident{Name: "Web is down", Auto: true}, incident.Update{Text: "Web is down."}); err != nil {
		t.Fatal(err)
	}
	d.ask(t, "incident correct 1 The disk is full.")
	i, err := d.book.Incident(t.Context(), 1)
	if err != nil || i.Updates[0].Text != "The disk is full." || i.Updates[0].Person != "dada" {
		t.Errorf("%+v, %v", i.Updates, err)
	}
}

func TestIncidentsFromTheChat(t *testing.T) {
	d := newDeskWithPage(t)
	d.say(t,
		[2]string{"incident", "No incident is open.\nhttps://status.pod.example"},
		[2]string{"incident update x", "✗ incident update: there is none to which that could be done; try: incident list all"},
		[2]string{`incident open "Pod slow" on diaspora,web shop major`, "incident 1 is open and public: Pod slow · Diaspora partial outage · Web shop partial outage · https://status.pod.example/incidents/1"},
		[2]string{`incident open "pod SLOW" on nothing minor`, "✗ incident open: incident 1 is open and has that name; try: incident update 1"},
		[2]string{"incident update The disk was full. identified", "incident 1 is identified and public: Pod slow · Diaspora partial outage · Web shop partial outage · https://status.pod.example/incidents/1\n“The disk was full.”"},
		[2]string{"incident update the cause is identified", `
incident 1 is identified and public: Pod slow · Diaspora partial outage · Web shop partial outage · https://status.pod.example/incidents/1
“the cause is identified”
The last word is left in the text, and the status as it was; to change it: incident update 1 identified`},
		[2]string{`incident update #1 "A disk is on its way" watching`, "incident 1 is being watched and public: Pod slow · Diaspora partial outage · Web shop partial outage · https://status.pod.example/incidents/1\n“A disk is on its way”"},
		[2]string{"incident update 2 of 4 disks", "✗ incident update: there is no incident 2; if the number is part of the text, put the text into quotes"},
		[2]string{"-- 2026-11-26 17:15", ""},
		[2]string{`incident open Mail is late on nothing minor draft`, "incident 2 is open, a draft that the public does not see: Mail is late · minor · to show it: incident publish 2"},
		[2]string{"incident list", `
#2 ▲ Mail is late · minor · investigating · since 17:15 · draft
#1 ✗ Pod slow · major · watching · since 16:45 · Diaspora, Web shop
https://status.pod.example`},
		[2]string{"incident touch 1 on web", "incident 1 is being watched and public: Pod slow · Web partial outage · https://status.pod.example/incidents/1"},
		[2]string{"incident impact 1 critical", "incident 1 is being watched and public: Pod slow · Web major outage · https://status.pod.example/incidents/1"},
		[2]string{"incident rename 1 Pod very slow", "incident 1 is being watched and public: Pod very slow · Web major outage · https://status.pod.example/incidents/1"},
		[2]string{"incident correct 1 A disk has come", "incident 1 is being watched and public: Pod very slow · Web major outage · https://status.pod.example/incidents/1\n“A disk has come”\nWhat mails and other pages have told already stays as it was."},
		[2]string{"incident publish", "incident 2 is open and public: Mail is late · minor · https://status.pod.example/incidents/2"},
		[2]string{"incident publish 2", "incident 2 is open and public: Mail is late · minor · https://status.pod.example/incidents/2\nIt was public before."},
		[2]string{"incident hide 2", "incident 2 is open, a draft that the public does not see: Mail is late · minor · to show it: incident publish 2\nWhat feeds, mails and other pages have told of it cannot be untold."},
		[2]string{"incident merge 2 1", "✗ incident merge 2 1: incident 2 is a draft, and what was written in it would be public; if it may be: incident publish 2"},
		[2]string{"incident update 2 dada broke it", "incident 2 is open, a draft that the public does not see: Mail is late · minor · to show it: incident publish 2\n“dada broke it”"},
		[2]string{"incident merge 1 2", "✗ incident merge 1 2: incident 2 is a draft, and what was written in it would be public; if it may be: incident publish 2"},
		[2]string{"incident merge 2 1", "✗ incident merge 2 1: incident 2 is a draft, and what was written in it would be public; if it may be: incident publish 2"},
		[2]string{"incident merge 1 1", "✗ incident merge 1 1: the incident is the same one"},
		[2]string{"incident merge 1 7", "✗ incident merge 1 7: incident 7: there is none of that number; try: incident list all"},
		[2]string{"incident merge 1 x", `✗ incident merge: "x" is no number of an incident; it goes: incident merge N M`},
		[2]string{"incident publish 2", "incident 2 is open and public: Mail is late · minor · https://status.pod.example/incidents/2"},
		[2]string{"incident merge 2 into 1", "incident 1 is being watched and public: Pod very slow · Web major outage · https://status.pod.example/incidents/1\nIncident 2 is a part of it from now on, for good."},
		[2]string{"incident update 2 x", "✗ incident update: incident 2 has become part of 1; say that number"},
		[2]string{"incident show 2", "#2 Mail is late has become part of #1."},
		[2]string{"-- 2026-11-26 17:45", ""},
		[2]string{"incident resolve All is well again.", "incident 1 is resolved and public: Pod very slow · Web unknown · https://status.pod.example/incidents/1\n“All is well again.”"},
		[2]string{"incident resolve 1", "incident 1 is resolved already, since 17:45"},
		[2]string{"incident", "No incident is open.\nThe last: #1 ✓ Pod very slow · critical · 16:45, resolved after 1 h · Web\nhttps://status.pod.example"},
		[2]string{"incident 1", `
#1 ✓ Pod very slow · critical · 16:45, resolved after 1 h · Web
https://status.pod.example/incidents/1
Thu 26 Nov 2026, CET
16:45:00 investigating (olga)
16:45:00 identified (olga): The disk was full.
16:45:00 identified (olga): the cause is identified
16:45:00 watching (olga): A disk has come
17:15:00 investigating (olga)
17:15:00 investigating (olga): dada broke it
17:45:00 fixed (olga): All is well again.`},
		[2]string{"incident reopen It is back", "incident 1 is open and public: Pod very slow · Web major outage · https://status.pod.example/incidents/1\n“It is back”"},
		[2]string{"incident reopen 1", "incident 1 is open as it is, since 16:45"},
		[2]string{"incident remove 1", "incident 1 is removed: Pod very slow"},
		[2]string{"incident show 1", "✗ incident show: there is no incident 1; try: incident list all"},
		[2]string{"incident 99", "✗ incident: there is no incident 99; try: incident list all"},
		[2]string{"incident opne x", `✗ no command "incident opne"; did you mean "incident open"?`},
		[2]string{"incident list x", "✗ usage: incident list [all]"},
		[2]string{"incident list all", "There was no incident yet.\nhttps://status.pod.example"},
	)
	if len(d.book.Page().Incidents) != 0 {
		t.Errorf("on the page: %+v", d.book.Page().Incidents)
	}
}

// What happened on the host stands between what was written, to the second and in the zone of the config.
func TestTimeline(t *testing.T) {
	d := newDeskWithPage(t)
	d.askAs(t, "olga", `incident open "Pod slow" on web major`)
	at := *d.at.Load()
	for _, e := range []ops.Event{
		{Kind: "oom", Key: "oom/nginx.service", Severity: ops.Critical, Unit: "nginx.service", Title: "OOM kill\x1b[2J of <nginx>", At: at.Add(12 * time.Second)},
		{Kind: "unit", Key: "unit/nginx.service", Severity: ops.Critical, Resolved: true, Unit: "nginx.service", Title: "nginx is up again", At: at.Add(95 * time.Second)},
	} {
		if err := d.bot.Raise(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.db.Exec(t.Context(), "link the events", `INSERT OR IGNORE INTO incident_event (incident, event) SELECT 1, id FROM event`); err != nil {
		t.Fatal(err)
	}
	d.set(t, "2026-11-26 16:46")
	d.askAs(t, "olga", "incident update Looking at it")
	text, _ := d.askAs(t, "lulu", "incident show")
	if want := `
#1 ✗ Pod slow · major · investigating · since 16:45 · Web
https://status.pod.example/incidents/1
Thu 26 Nov 2026, CET
16:45:00 investigating (olga)
16:45:12 ✗ OOM kill[2J of <nginx> · nginx
16:46:00 investigating (olga): Looking at it
16:46:35 ✓ nginx is up again · nginx`; "\n"+text != want {
		t.Errorf("got\n%s\nwant%s", text, want)
	}
	for range 60 {
		d.askAs(t, "olga", "incident update "+strings.Repeat("très long ", 60))
	}
	text, _ = d.askAs(t, "lulu", "incident show")
	if has(t, text, " lines before these\n", "#1 ✗ Pod slow"); len(text) > 5000 {
		t.Errorf("%d bytes are shown", len(text))
	}
}

// The page shows what was said, and no names; a draft is nowhere on it.
func TestWhatThePageShows(t *testing.T) {
	d := newDeskWithPage(t)
	for _, line := range []string{
		`incident open "Pod slow" "We are at it." on web major`, `incident open "Secret" on diaspora critical draft`, "incident update 2 dada did it",
	} {
		d.askAs(t, "olga", line)
	}
	p := d.book.Page()
	if len(p.Incidents) != 1 || p.Incidents[0].Name != "Pod slow" || p.Incidents[0].Updates[0].Text != "We are at it." || p.Incidents[0].Updates[0].Person != "" {
		t.Errorf("%+v", p.Incidents)
	}
	if p.Components[0].State.Down() || !p.Components[1].State.Down() {
		t.Errorf("%+v", p.Components)
	}
	has(t, first(d.askAs(t, "lulu", "incident")), "Secret", "draft") // readers see drafts
	has(t, first(d.askAs(t, "lulu", "incident show 2")), "dada did it")
}

func first(text, _ string) string { return text }

func TestWhoMayWriteIncidents(t *testing.T) {
	d := newDeskWithPage(t)
	d.askAs(t, "olga", `incident open "Pod slow" on web major`)
	for _, line := range []string{
		"incident open", "incident open x on web major", "incident update x", "incident resolve", "incident reopen 1", "incident merge 1 2", "incident publish 1",
		"incident hide 1", "incident rename 1 x", "incident touch 1 web", "incident impact 1 minor", "incident correct 1 x", "incident remove 1",
		"component add x on nothing", "component set web ok", "component rename web x", "component remove web", "component about web x", "component group web x",
		"component follow web pod", "component move web 1", "component hide web", "component show web", "component link web https://x.example",
	} {
		text, _ := d.askAs(t, "lulu", line)
		has(t, text, " is for operators; you are a reader here")
	}
	before := d.book.Page()
	if len(before.Incidents) != 1 || before.Incidents[0].Name != "Pod slow" || len(before.Components) != 3 {
		t.Errorf("%+v", before)
	}
	_, block := d.ask(t, "audit 100")
	has(t, block, `olga: incident open "Pod slow" on web major`, "● incident 1 is open and public", "lulu: incident remove 1", "✗ refused: ")
}

// Whatever is said, what is answered can be shown, and nothing of it is anything but text.
func TestHostileIncidents(t *testing.T) {
	d := newDeskWithPage(t)
	d.askAs(t, "olga", `incident open "Pod slow" on web major`)
	for _, text := range []string{
		`<script>alert(1)</script>`, "@everyone <!channel> @room", strings.Repeat("é", 900), strings.Repeat("x ", 900), `""`, "'", "#1", "-1",
		"99999999999999999999", "1 1", "on on on", "major", "x on", "on ,,web", "identified", "\u200d", "ﷺ", "\u202e", "x\x00y", "$(reboot)",
		"'; DROP TABLE incident; --", "%s%n", "--", "http://x.example/?a=b&c",
	} {
		for _, verb := range []string{
			"incident open", "incident open x on", "incident update", "incident update 1", "incident resolve 7", "incident rename 1", "incident touch 1", "incident impact 1", "incident merge",
			"incident correct 1", "incident publish", "incident show", "incident list", "incident", "incident reopen", "incident remove 9",
			"component add", "component set", "component set web", "component about web", "component link web", "component rename #3", "component group web",
			"component move", "component move web", "component follow", "component why", "component remove nosuch",
		} {
			text, block := d.askAs(t, "olga", verb+" "+text) // harmless looks at it
			if text == "" && block == "" {
				t.Errorf("%s %.40q is answered with nothing", verb, text)
			}
			if strings.Contains(text, "internal error") {
				t.Fatalf("%s %.40q: %s", verb, text, text)
			}
			if strings.HasSuffix(text, ", or no.") {
				d.askAs(t, "olga", "cancel")
			}
		}
	}
	for _, i := range d.book.Page().Incidents {
		harmless(t, i.Name)
		if i.Name == "" {
			t.Error("an incident without a name")
		}
	}
}

func TestComponentsFromTheChat(t *testing.T) {
	d := newDeskWithPage(t)
	const page = "https://status.pod.example"
	see := func(seen map[int64]incident.State) {
		if err := d.book.See(t.Context(), seen); err != nil {
			t.Fatal(err)
		}
	}
	d.say(t,
		[2]string{"component", "◌ Diaspora · unknown · follows diaspora\n◌ Web · unknown · follows nginx\n● Web shop · operational\n" + page},
		[2]string{"component set web degraded", "Web is degraded performance: nothing is known yet of nginx, which it follows; it was set to degraded performance by hand (to take that back: component set web auto)\nfollows nginx · " + page},
		[2]string{"component set Web shop major", "Web shop is major outage: it was set to major outage by hand (to take that back: component set web shop auto)\n" + page},
		[2]string{"component set we ok", `✗ component set: "we" may be Web, Web shop; #2 is the first of them`},
		[2]string{"component set wbe ok", `✗ component set: there is no component "wbe"; did you mean "web"?`},
		[2]string{"component set mail ok", `✗ component set: there is no component "mail"; there is Diaspora, Web, Web shop`},
		[2]string{"component set web shop fine", `✗ component set: "fine" is none of ok, degraded, partial, major and auto`},
		[2]string{"component set web shop auto", "Web shop is operational\n" + page},
		[2]string{"component list", "◌ Diaspora · unknown · follows diaspora\n▲ Web · degraded performance since 16:45 · set by hand · follows nginx\n● Web shop · operational\n" + page},
	)
	see(map[int64]incident.State{2: incident.MajorOutage})
	d.say(t,
		[2]string{"component set web ok", "Web is still major outage: nginx, which it follows, is in major outage\nfollows nginx · " + page},
		[2]string{`incident open "Slow" on web minor`, "incident 1 is open and public: Slow · Web major outage · " + page + "/incidents/1"},
		[2]string{"component why web", "Web is major outage: nginx, which it follows, is in major outage; incident 1 makes it so (degraded performance)\nfollows nginx · " + page},
		[2]string{"incident resolve", "incident 1 is resolved and public: Slow · Web major outage · " + page + "/incidents/1\nWeb is still major outage: nginx, which it follows, is in major outage"},
		[2]string{"component set web auto", "Web is still major outage: nginx, which it follows, is in major outage\nfollows nginx · " + page},
		[2]string{"component follow web diaspora", "Web is unknown: nothing is known yet of diaspora, which it follows\nfollows diaspora · " + page},
		[2]string{"component follow web nothing", "Web is operational\n" + page},
		[2]string{"component follow web pod", "Web is unknown: nothing is known yet of pod, which it follows\nfollows pod · " + page},
		[2]string{"component rename web shop Shop", "Shop is operational\n" + page},
		[2]string{"component rename shop Diaspora", "✗ component rename: the name is that of component 1"},
		[2]string{"component about shop Where one buys", "Shop is operational\n" + page + "\nWhere one buys"},
		[2]string{"component link shop https://shop.example", "Shop is operational\n" + page + "\nWhere one buys\nhttps://shop.example"},
		[2]string{"component link shop javascript:alert(1)", "✗ component link: the link is no http or https address"},
		[2]string{"component about shop nothing", "Shop is operational\n" + page + "\nhttps://shop.example"},
		[2]string{"component group shop Elsewhere", "Shop is operational\nin Elsewhere · " + page + "\nhttps://shop.example"},
		[2]string{"component group web elsewhere", "Web is unknown: nothing is known yet of pod, which it follows\nfollows pod · in Elsewhere · " + page},
		[2]string{"component hide shop", "Shop is operational\nin Elsewhere · hidden: not on the page\nhttps://shop.example"},
		[2]string{"component", "◌ Diaspora · unknown · follows diaspora\n◌ Web · unknown · follows pod\n● Shop · operational · hidden\n" + page},
		[2]string{"component move shop 1", "● Shop · operational · hidden\n◌ Diaspora · unknown · follows diaspora\n◌ Web · unknown · follows pod\n" + page},
		[2]string{"component move shop 4", `✗ component move: "4" is no number from 1 to 3`},
		[2]string{"component show shop", "Shop is operational\nin Elsewhere · " + page + "\nhttps://shop.example"},
		[2]string{"component show shop now", "✗ component show: usage: component show NAME"},
		[2]string{"component add Mail on nginx", "Mail is unknown: nothing is known yet of nginx, which it follows\nfollows nginx · " + page},
		[2]string{"component add mail on nothing", "✗ component add: the name is that of component 4"},
		[2]string{"component", "● Shop · operational\n◌ Diaspora · unknown · follows diaspora\n◌ Web · unknown · follows pod\n◌ Mail · unknown · follows nginx\n" + page},
		[2]string{"component remove shop", "Shop is removed."},
		[2]string{"component group web nothing", "Web is unknown: nothing is known yet of pod, which it follows\nfollows pod · " + page},
		[2]string{"component frobnicate", `✗ no command "component frobnicate"; did you mean "component rename"?`},
	)
	if groups, err := d.book.Groups(t.Context()); err != nil || len(groups) != 0 {
		t.Errorf("headings of nothing: %+v, %v", groups, err)
	}
}

// Everything can be said with one thumb: what a line lacks is asked for, and the answers make the line.
func TestIncidentsAreAskedFor(t *testing.T) {
	d := newDeskWithPage(t)
	const page = "https://status.pod.example"
	const components, bad = "1: Diaspora · 2: Web · 3: Web shop · 4: none\nAnswer one of these, or several with commas, within 120 s, or no.",
		"How bad is it?\n1: minor (degraded performance) · 2: major (partial outage) · 3: critical (major outage)\nAnswer one of these, within 120 s, or no."
	d.say(t,
		[2]string{"incident open", "incident open: What is it called? Visitors read it.\nAnswer within 120 s, or no."},
		[2]string{"Pod slow", `incident open "Pod slow": Which components does it touch?` + "\n" + components},
		[2]string{"mars", "✗ there is no component \"mars\"; there is Diaspora, Web, Web shop\nincident open \"Pod slow\": Which components does it touch?\n" + components},
		[2]string{"dia and web shop", `incident open "Pod slow" on "Diaspora,Web shop": ` + bad},
		[2]string{"very", "✗ \"very\" is none of these\nincident open \"Pod slow\" on \"Diaspora,Web shop\": " + bad},
		[2]string{"2", "incident 1 is open and public: Pod slow · Diaspora partial outage · Web shop partial outage · " + page + "/incidents/1"},
		[2]string{"incident open Nothing works draft", "incident open Nothing works draft: Which components does it touch?\n" + components},
		[2]string{"none", `incident open "Nothing works" on nothing draft: ` + bad},
		[2]string{"crit", "incident 2 is open, a draft that the public does not see: Nothing works · critical · to show it: incident publish 2"},
		[2]string{"incident update", "incident update: Which incident?\n#2 Nothing works · #1 Pod slow\nAnswer one of these, within 120 s, or no."},
		[2]string{"1", "incident update 1: What is to be told?\nAnswer within 120 s, or no."},
		[2]string{"It is the disk. identified", "incident 1 is identified and public: Pod slow · Diaspora partial outage · Web shop partial outage · " + page + "/incidents/1\n“It is the disk.”"},
		[2]string{"incident update We are at it", "incident update We are at it: Which incident?\n#2 Nothing works · #1 Pod slow\nAnswer one of these, within 120 s, or no."},
		[2]string{"pod", "✗ \"pod\" is none of these\nincident update We are at it: Which incident?\n#2 Nothing works · #1 Pod slow\nAnswer one of these, within 120 s, or no."},
		[2]string{"#1", "incident 1 is identified and public: Pod slow · Diaspora partial outage · Web shop partial outage · " + page + "/incidents/1\n“We are at it”"},
		[2]string{"incident resolve 3 of 4 are back", "✗ incident resolve: there is no incident 3; if the number is part of the text, put the text into quotes"},
		[2]string{"incident impact 1", "incident impact 1: " + bad},
		[2]string{"no", "incident impact 1: not done, as you say"},
		[2]string{"incident merge", "incident merge: Which one is to stay?\n#2 Nothing works · #1 Pod slow\nAnswer one of these, within 120 s, or no."},
		[2]string{"1", "incident merge 1: Which one becomes part of 1?\n#2 Nothing works\nAnswer one of these, within 120 s, or no."},
		[2]string{"2", "incident 1 is identified and public: Pod slow · Diaspora partial outage · Web shop partial outage · " + page + "/incidents/1\nIncident 2 is a part of it from now on, for good."},
		[2]string{"component add", "component add: What is it called? Visitors read it.\nAnswer within 120 s, or no."},
		[2]string{"Mail", "component add Mail: What does it follow?\n1: nginx · 2: diaspora · 3: nothing\nAnswer one of these, or in your words, within 120 s, or no."},
		[2]string{"nothing", "Mail is operational\n" + page},
		[2]string{"component set", "component set: Which component?\n1: Diaspora · 2: Web · 3: Web shop · 4: Mail\nAnswer one of these, within 120 s, or no."},
		[2]string{"4", "component set Mail: How is it?\n1: ok · 2: degraded · 3: partial · 4: major · 5: auto\nAnswer one of these, within 120 s, or no."},
		[2]string{"deg", "Mail is degraded performance: it was set to degraded performance by hand (to take that back: component set mail auto)\n" + page},
		[2]string{"component move web shop", "component move web shop: To which place, from 1 to 4?\nAnswer within 120 s, or no."},
		[2]string{"first", "✗ \"first\" is no number from 1 to 4\ncomponent move web shop: To which place, from 1 to 4?\nAnswer within 120 s, or no."},
		[2]string{"1", "✗ Web shop · partial outage since 16:45\n✗ Diaspora · partial outage since 16:45 · follows diaspora\n◌ Web · unknown · follows nginx\n" +
			"▲ Mail · degraded performance since 16:45 · set by hand\n" + page},
	)
	_, block := d.ask(t, "audit 100")
	has(t, block, `olga: incident open "Pod slow" on "Diaspora,Web shop" major`, "olga: incident merge 1 2 ", "olga: component set Mail degraded")
	if strings.Contains(block, "incident open  ") || strings.Contains(block, "mars") {
		t.Errorf("questions stand in the audit:\n%s", block)
	}
}

// A program that asks gets no question: a name is enough, and without one it is told how it goes.
func TestIncidentsOfPrograms(t *testing.T) {
	d := newDeskWithPage(t)
	who := bot.Person{Name: "job", Role: bot.Operator}
	if _, _, err := d.bot.Do(t.Context(), who, "incident open"); err == nil || err.Error() != "usage: incident open "+openUsage {
		t.Errorf("%v", err)
	}
	answer, _, err := d.bot.Do(t.Context(), who, `incident open "Pod slow"`)
	if err != nil || answer != "incident 1 is open and public: Pod slow · https://status.pod.example/incidents/1" {
		t.Errorf("%q, %v", answer, err)
	}
	if _, _, err := d.bot.Do(t.Context(), who, "incident update 1"); err == nil || err.Error() != `usage: incident update [N] "TEXT" [identified|watching|investigating]` {
		t.Errorf("%v", err)
	}
}
