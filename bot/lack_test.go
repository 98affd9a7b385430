package bot_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/diaspote/vigie/bot"
	"github.com/diaspote/vigie/ops/ledger"
)

// opening is a table with an open that asks for its name, what it is on, and how bad it is; and keeps the lines that were run.
func opening(ran *[]string) bot.Table {
	lacks := func(_ context.Context, c *bot.Call) (*bot.Lack, error) {
		with := func(more ...string) func(string) (string, error) {
			return func(answer string) (string, error) {
				if strings.Contains(answer, "nonsense") {
					return "", errors.New("that is nonsense")
				}
				return bot.Line(slices.Concat([]string{"open"}, c.Args, more, []string{answer})...)
			}
		}
		switch len(c.Args) {
		case 0:
			return &bot.Lack{Ask: "What is it called?", Fill: with()}, nil
		case 1:
			return &bot.Lack{Ask: "What does it touch?", Many: true, Fill: with("on"),
				Offers: []bot.Offer{{Label: "Web"}, {Label: "Mail"}, {Label: "none", Answer: "nothing"}}}, nil
		case 3:
			return &bot.Lack{Ask: "How bad is it?", Only: true, Fill: with(),
				Offers: []bot.Offer{{Label: "minor"}, {Label: "major"}, {Label: "critical"}}}, nil
		}
		if c.Args[0] == "refused" {
			return nil, errors.New("not that one")
		}
		return nil, nil
	}
	var mu sync.Mutex
	open := &bot.Command{Name: "open", Usage: "NAME", Help: "h", Needs: bot.Operator, Changes: true, Own: true, MaxArgs: bot.Any, Lacks: lacks,
		Target: func(_ context.Context, args []string) (string, error) { return "incident " + args[0], nil },
		Run: func(_ context.Context, c *bot.Call) error {
			mu.Lock()
			*ran = append(*ran, c.Person.Name+": "+c.Line())
			mu.Unlock()
			c.Say("opened " + strings.Join(c.Args, "|"))
			return nil
		}}
	count := 0
	return append(stopping(&count), open, change("restart", echo))
}

func TestALineIsAskedForPieceByPiece(t *testing.T) {
	type line = string
	const whole = `dada: open "Pod slow" on Web major`
	tests := []struct {
		name string
		say  []line
		ran  string // the line
		last string
	}{
		{"in words", []line{"open", "Pod slow", "Web", "major"}, whole, "opened Pod slow|on|Web|major"},
		{"by number", []line{"open", "Pod slow", "1", "2"}, whole, "opened"},
		{"by a beginning", []line{"open", "Pod slow", "we", "MAJ"}, whole, "opened"},
		{"several", []line{"open", "Pod slow", "2, web", "minor"}, `dada: open "Pod slow" on Mail,Web minor`, "opened"},
		{"none", []line{"open", "x", "none", "3"}, "dada: open x on nothing critical", "opened"},
		{"in words that are not offered", []line{"open", "x", "moon", "3"}, "dada: open x on moon critical", "opened"},
		{"what is there is not asked for", []line{"open x on Web", "3"}, "dada: open x on Web critical", "opened"},
		{"all is there", []line{"open x on Web major"}, "dada: open x on Web major", "opened"},
		{"in quotes", []line{"open", "“Pod slow”", "Web", "major"}, whole, "opened"},
		{"a quote that does not close", []line{"open", `"Pod slow`, "Web", "major"}, `dada: open ""Pod slow" on Web major`, "opened"},
		{"a command in quotes", []line{"open", `"restart pod"`, "Web", "major"}, `dada: open "restart pod" on Web major`, "opened"},
		{"no", []line{"open", "no"}, "", "open: not done, as you say"},
		{"cancel", []line{"open", "Pod slow", "Cancel"}, "", `open "Pod slow": not done, as you say`},
		{"n is no, though it begins none", []line{"open", "x", "n"}, "", "not done"},
		{"and then it is over", []line{"open", "x", "no", "Web"}, "", `no command "web"`},
		{"none of these", []line{"open", "x", "Web", "bad"}, "", "✗ \"bad\" is none of these\nopen x on Web: How bad is it?\n1: minor · 2: major · 3: critical\nAnswer one of these, within 120 s, or no."},
		{"none of these, then one", []line{"open", "x", "Web", "bad", "0", "4", "-1", "m", "major"}, "dada: open x on Web major", "opened"},
		{"nonsense, then sense", []line{"open", "nonsense", "x", "Web", "1"}, "dada: open x on Web minor", "opened"},
		{"another command", []line{"open", "status", "Pod slow", "Web", "major"}, whole, "opened"},
		{"another command that fails", []line{"open", "restart nosuch"}, "", "✗ restart nosuch: no such unit\nIf that was the answer, put it into quotes; I still ask: What is it called?"},
		{"a slip", []line{"open", "statsu"}, "", `did you mean "status"?` + "\nIf that was the answer, put it into quotes; I still ask: What is it called?"},
		{"a line of the command itself", []line{"open", "open y on Web minor"}, "dada: open y on Web minor", "opened y"},
		{"itself again", []line{"open", "x", "open", "y", "Web", "1"}, "dada: open y on Web minor", "opened y"},
		{"several lines", []line{"open", "Pod\nslow", "x", "Web", "1"}, "dada: open x on Web minor", "opened x"},
		{"control characters", []line{"open", "Pod \x1b[2J", "x", "Web", "1"}, "dada: open x on Web minor", "opened x"},
		{"everyone", []line{"open", "@everyone <!here> <b>", "Web", "1"}, `dada: open "@everyone <!here> <b>" on Web minor`, "opened"},
		{"too long", []line{"open", strings.Repeat("é", 999)}, "", "✗ that line is too long"},
		{"too many quotes", []line{"open", `a" b' c” d» e`}, "", "too many kinds of quotes"},
		{"refused", []line{"open refused", "Web", "1"}, "", "✗ open: not that one"},
		{"a yes is asked for after it", []line{"open", "stop pod", "yes", "Web"}, "", `no command "web"`},
		{"it is asked for after a yes", []line{"stop pod", "open", "yes", "Web", "1"}, "dada: open yes on Web minor", "opened yes"},
		{"no question", []line{"cancel"}, "", `no command "cancel"`},
	}
	var ran []string
	play(t, opening(&ran), func(s *stage) { // one after another, for a ledger takes its time to open
		var all []string // that were run
		for _, tt := range tests {
			ran = nil
			for _, l := range tt.say {
				s.say(dada, l)
			}
			if got := s.last(); !strings.Contains(got, tt.last) || strings.Join(ran, "\n") != tt.ran {
				t.Errorf("%s: ran %q, want %q\ngot %q\nwant %q in it", tt.name, ran, tt.ran, got, tt.last)
			}
			all = append(all, ran...)
			s.say(dada, "cancel")
			s.last()
		}
		audits, err := s.db.Audits(context.Background(), 1000)
		if err != nil {
			t.Fatal(err)
		}
		var done []string // nothing but whole lines
		for _, a := range slices.Backward(audits) {
			if a.Outcome != ledger.Refused && strings.HasPrefix(a.Line, "open") {
				done = append(done, a.Person+": "+a.Line)
			}
		}
		if !slices.Equal(done, all) {
			t.Errorf("in the audit: %q, ran: %q", done, all)
		}
	})
}

func TestWhoseAnswerItIs(t *testing.T) {
	const root = "unix:root"
	elsewhere := func(s *stage, text string) {
		s.room.in <- bot.Message{Chat: "room", Room: "other", From: dada, Text: text}
	}
	tests := []struct {
		name string
		do   func(*stage)
		ran  string
		last string
	}{
		{"a button", func(s *stage) { s.pressLast(dada, "ops", 1) }, "dada: open x on Web major", "opened x|on|Web|major"},
		{"a button twice", func(s *stage) {
			press := s.lastChoices()[1].Value
			s.pressLast(dada, "ops", 1)
			s.room.in <- bot.Message{Chat: "room", Room: "ops", From: dada, Press: press}
		}, "dada: open x on Web major", "✗ that question is no longer open; nothing was done"},
		{"cancel", func(s *stage) { s.pressLast(dada, "ops", 3) }, "", "open x on Web: not done, as you say"},
		{"a button by another", func(s *stage) { s.pressLast(root, "ops", 1) }, "", "that question is for dada to answer"},
		{"a button by a stranger", func(s *stage) { s.pressLast("slack:U0", "ops", 1) }, "", "Sorry"},
		{"a button from elsewhere", func(s *stage) { s.pressLast(dada, "other", 1) }, "", "asked elsewhere"},
		{"a button that is not there", func(s *stage) {
			_, token, _ := strings.Cut(s.lastChoices()[0].Value, " ")
			for _, n := range []string{"yes", "0", "4", "-1", "x", "", "99999999999999999999"} {
				s.room.in <- bot.Message{Chat: "room", Room: "ops", From: dada, Press: n + " " + token}
			}
		}, "", "no longer open"},
		{"in words by another", func(s *stage) { s.say(root, "major") }, "", `no command "major"`},
		{"no by another", func(s *stage) { s.say(root, "no"); s.last(); s.say(dada, "major") }, "dada: open x on Web major", "opened"},
		{"in words elsewhere", func(s *stage) { elsewhere(s, "major") }, "", `no command "major"`},
		{"two at once", func(s *stage) {
			s.say(root, "open y")
			elsewhere(s, "open z on Mail")
			s.say(dada, "major")
			s.last()
			s.say(root, "Mail")
			elsewhere(s, "minor")
			s.last()
			s.say(root, "critical")
		}, "dada: open x on Web major\ndada: open z on Mail minor\nroot: open y on Mail critical", "opened y"},
		{"too late", func(s *stage) { time.Sleep(121 * time.Second); s.say(dada, "major") }, "", `no command "major"`},
		{"expired", func(s *stage) { time.Sleep(121 * time.Second) }, "", "open x on Web: not answered within 120 s; nothing was done"},
		{"in time, twice", func(s *stage) {
			time.Sleep(119 * time.Second)
			s.say(dada, "bad")
			time.Sleep(119 * time.Second)
			s.say(dada, "major")
		}, "dada: open x on Web major", "opened"},
		{"rights lost meanwhile", func(s *stage) {
			s.policy.People[0].Role = bot.Reader
			if err := s.Use(bot.Settings{Policy: s.policy, Commands: s.table}); err != nil {
				panic(err)
			}
			s.say(dada, "major")
		}, "", "✗ open is for operators; you are a reader here"},
		{"a newer question for a yes", func(s *stage) { s.say(dada, "stop pod"); s.say(dada, "no"); s.say(dada, "major") }, "", `no command "major"`},
	}
	var ran []string
	play(t, opening(&ran), func(s *stage) {
		people := s.policy.People
		for _, tt := range tests {
			s.policy.People = slices.Clone(people)
			s.use(t)
			ran = nil
			s.say(dada, "open x on Web")
			want(t, s.last(), "open x on Web: How bad is it?")
			tt.do(s)
			if got := s.last(); !strings.Contains(got, tt.last) || strings.Join(ran, "\n") != tt.ran {
				t.Errorf("%s: ran %q, want %q\ngot %q\nwant %q in it", tt.name, ran, tt.ran, got, tt.last)
			}
			time.Sleep(2 * time.Hour) // what was asked has expired, and strangers are answered again
			s.last()
		}
	})
}

// lastChoices are those of the post that came last.
func (s *stage) lastChoices() []bot.Choice {
	s.texts()
	s.room.mu.Lock()
	defer s.room.mu.Unlock()
	return s.room.posts[len(s.room.posts)-1].Choices
}

func TestNothingIsAskedWhereNobodyCanAnswer(t *testing.T) {
	var ran []string
	play(t, opening(&ran), func(s *stage) {
		var ended error
		s.room.in <- bot.Message{Chat: "room", Room: "ops", From: dada, Text: "open", Single: true, Done: func(err error) { ended = err }}
		if want(t, s.last(), "✗ usage: open NAME"); ended == nil {
			t.Error("it ends well")
		}
		if _, _, err := s.Do(context.Background(), bot.Person{Name: "job", Role: bot.Admin}, "open x"); err == nil || err.Error() != "usage: open NAME" {
			t.Errorf("a job: %v", err)
		}
		s.say(dada, "cancel")
		want(t, s.last(), `no command "cancel"`)
	})
}

func TestAQuestionIsWithdrawnByClose(t *testing.T) {
	var ran []string
	play(t, opening(&ran), func(s *stage) {
		s.say(dada, "open x")
		s.last()
		s.Close(context.Background())
		want(t, s.last(), "open x: withdrawn, as I am being stopped; nothing was done")
	})
}

func TestManyOffers(t *testing.T) {
	var offers []bot.Offer
	for i := range 100 {
		offers = append(offers, bot.Offer{Label: fmt.Sprintf("part%d <!here>\n%s", i, strings.Repeat("é", 200))})
	}
	pick := &bot.Command{Name: "pick", Usage: "PART", Help: "h", Needs: bot.Reader, MaxArgs: bot.Any, Run: echo,
		Lacks: func(_ context.Context, c *bot.Call) (*bot.Lack, error) {
			if len(c.Args) > 0 {
				return nil, nil
			}
			return &bot.Lack{Ask: "Which?", Offers: offers, Fill: func(a string) (string, error) { return bot.Line("pick", a[:5]) }}, nil
		}}
	play(t, bot.Table{pick}, func(s *stage) {
		s.say(lulu, "pick")
		if text := s.last(); len(text) > 6100 || strings.Count(text, "\n") != 2 || !utf8.ValidString(text) {
			t.Errorf("asked: %q", text)
		}
		if n := len(s.lastChoices()); n != 8 {
			t.Errorf("%d buttons", n)
		}
		s.say(lulu, "73")
		want(t, s.last(), "part7")
	})
}

func (s *stage) pressLast(from, room string, i int) {
	s.room.in <- bot.Message{Chat: "room", Room: room, From: from, Press: s.lastChoices()[i].Value}
}
