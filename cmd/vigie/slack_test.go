package main

import (
	"context"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/diaspote/vigie/adapters/slack"
	"github.com/diaspote/vigie/bot"
	"github.com/diaspote/vigie/fixtures/slackd"
	"github.com/diaspote/vigie/ops/ledger"
)

// A workspace is Slack with the bot in it, whose one command asks before it does nothing.
type workspace struct {
	*slackd.Server
	t   *testing.T
	ran chan string
}

func openWorkspace(t *testing.T) *workspace {
	t.Helper()
	w := &workspace{Server: slackd.New(t), t: t, ran: make(chan string, 10)}
	db, err := ledger.Open(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	b := bot.New(db, slog.New(slog.DiscardHandler), time.Now)
	err = b.Use(bot.Settings{
		Host: "diaspote",
		Policy: bot.Policy{People: []bot.Person{
			{Name: "dada", Role: bot.Admin, Accounts: []string{"slack:" + slackd.Dada}},
			{Name: "lena", Role: bot.Admin, Accounts: []string{"slack:" + slackd.Lena}},
		}},
		Commands: bot.Table{{
			Name: "stop", Usage: "UNIT", Help: "stop a unit", MinArgs: 1, MaxArgs: 1,
			Needs: bot.Operator, Changes: true, Asks: true,
			Target: func(_ context.Context, args []string) (string, error) { return args[0] + ".service", nil },
			Run: func(_ context.Context, c *bot.Call) error {
				w.ran <- c.Target
				c.Say(c.Target + " stopped")
				return nil
			},
		}, {
			Name: "open", Usage: "NAME HOW", Help: "open something", MaxArgs: bot.Any, Needs: bot.Operator, Changes: true, Own: true,
			Lacks: func(_ context.Context, c *bot.Call) (*bot.Lack, error) {
				fill := func(answer string) (string, error) {
					return bot.Line(slices.Concat([]string{"open"}, c.Args, []string{answer})...)
				}
				switch len(c.Args) {
				case 0:
					return &bot.Lack{Ask: "What is it called?", Fill: fill}, nil
				case 1:
					return &bot.Lack{Ask: "How bad is it?", Only: true, Fill: fill, Offers: []bot.Offer{{Label: "minor"}, {Label: "major"}}}, nil
				}
				return nil, nil
			},
			Run: func(_ context.Context, c *bot.Call) error {
				w.ran <- c.Line()
				c.Say("opened: " + strings.Join(c.Args, ", "))
				return nil
			},
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	chat := slack.New(slack.Config{
		AppToken: slackd.AppToken, BotToken: slackd.BotToken, Channels: []string{"#ops"}, APIURL: w.URL,
	}, slog.New(slog.DiscardHandler), time.Now)
	ctx, cancel := context.WithCancel(context.Background())
	var served sync.WaitGroup
	served.Go(func() {
		if err := b.Serve(ctx, chat); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(func() {
		b.Close(ctx)
		cancel()
		served.Wait()
		db.Close()
	})
	w.AwaitConnected(1)
	return w
}

// shown waits for the next thing that Slack shows, which must have text in it.
func (w *workspace) shown(text string) slackd.Post {
	w.t.Helper()
	p := w.NextPost()
	if !strings.Contains(p.Shown(), text) {
		w.t.Errorf("Slack shows %q, want %q in it", p.Shown(), text)
	}
	return p
}

func (w *workspace) runs(n int) {
	w.t.Helper()
	if got := len(w.ran); got != n {
		w.t.Errorf("it ran %d times, want %d", got, n)
	}
}

const stopQuestion = "stop diaspora.service on diaspote?"

func TestAButtonIsForTheAskerAndForOnce(t *testing.T) {
	w := openWorkspace(t)
	w.Mention(slackd.Dada, slackd.Ops, "stop diaspora")
	question := w.shown(stopQuestion)
	yes := question.Buttons()[0].Value

	w.Press(slackd.Lena, question, yes)
	if p := w.shown("that question is for dada to answer"); p.To != slackd.Lena {
		t.Errorf("everybody sees that lena pressed: %+v", p)
	}
	w.Press(slackd.Dada, question, yes)
	answer := w.shown("diaspora.service stopped")
	if answer.TS != question.TS || len(answer.Buttons()) != 0 {
		t.Errorf("the answer does not take the question's place: %+v", answer)
	}
	w.Press(slackd.Dada, question, yes)
	w.shown("no longer open")
	w.runs(1)
}

// What a line lacks is asked for: an answer in words takes the buttons off its question, a button is exchanged for the next.
func TestALineIsAskedForWithButtons(t *testing.T) {
	w := openWorkspace(t)
	w.Mention(slackd.Dada, slackd.Ops, "open")
	name := w.shown("open: What is it called?")
	w.Mention(slackd.Dada, slackd.Ops, "Pod &lt;slow&gt; &amp; @everyone")
	var bad slackd.Post
	for range 2 { // in either order
		switch p := w.NextPost(); {
		case p.TS == name.TS && len(p.Buttons()) > 0, p.TS == name.TS && !strings.HasSuffix(p.Shown(), "What is it called? Pod <slow> & @everyone"):
			t.Errorf("the question that was answered: %+v", p)
		case p.TS != name.TS:
			bad = p
		}
	}
	if !strings.Contains(bad.Shown(), `open "Pod <slow> & @everyone": How bad is it?`) || len(bad.Buttons()) != 3 {
		t.Fatalf("the next question: %q, %+v", bad.Shown(), bad.Buttons())
	}
	w.Press(slackd.Lena, bad, bad.Buttons()[1].Value)
	if p := w.shown("that question is for dada to answer"); p.To != slackd.Lena {
		t.Errorf("everybody sees that lena pressed: %+v", p)
	}
	w.Press(slackd.Dada, bad, bad.Buttons()[1].Value)
	answer := w.shown("opened: Pod <slow> & @everyone, major")
	if answer.TS != bad.TS || len(answer.Buttons()) != 0 {
		t.Errorf("the answer does not take the question's place: %+v", answer)
	}
	w.Press(slackd.Dada, bad, bad.Buttons()[1].Value)
	w.shown("no longer open")
	if w.runs(1); <-w.ran != `open "Pod <slow> & @everyone" major` {
		t.Error("another line was run")
	}

	w.Mention(slackd.Dada, slackd.Ops, "open x")
	bad = w.shown("open x: How bad is it?")
	w.Press(slackd.Dada, bad, bad.Buttons()[2].Value)
	w.shown("open x: not done, as you say")
	w.runs(0)
}

func TestAButtonSaysNo(t *testing.T) {
	w := openWorkspace(t)
	w.Mention(slackd.Dada, slackd.Ops, "stop diaspora")
	question := w.shown(stopQuestion)
	w.Press(slackd.Dada, question, question.Buttons()[1].Value)
	w.shown("stop diaspora.service: not done, as you say")
	w.runs(0)
}

func TestAButtonIsTooLate(t *testing.T) {
	if os.Getenv("VIGIE_TEST_REAL") != "1" {
		t.Skip("waits a minute for a question to expire; set VIGIE_TEST_REAL=1")
	}
	t.Parallel()
	w := openWorkspace(t)
	w.Mention(slackd.Dada, slackd.Ops, "stop diaspora")
	question := w.shown(stopQuestion)
	for deadline := time.Now().Add(2 * time.Minute); w.Message(slackd.Ops, question.TS).Shown() == question.Shown(); time.Sleep(time.Second) {
		if time.Now().After(deadline) {
			t.Fatal("the question never ends")
		}
	}
	w.shown("not confirmed within 60 s; nothing was done")
	w.Press(slackd.Dada, question, question.Buttons()[0].Value)
	w.shown("no longer open")
	w.runs(0)
}
