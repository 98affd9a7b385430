package bot_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/diaspote/vigie/bot"
	"github.com/diaspote/vigie/ops/ledger"
)

// A room is a chat in memory: what it is told to say is heard, what is posted is kept.
type room struct {
	in chan bot.Message

	mu      sync.Mutex
	offline bool
	refuse  error
	poison  string // what is not taken if it is in the text
	panics  bool
	posts   []bot.Post
	edits   int
}

func (r *room) Name() string { return "room" }

func (r *room) Listen(ctx context.Context, in chan<- bot.Message) error {
	for {
		select {
		case m := <-r.in:
			in <- m
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (r *room) Post(_ context.Context, p bot.Post) (bot.Receipt, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.panics {
		panic("a broken adapter")
	}
	if r.offline {
		return bot.Receipt{}, bot.ErrOffline
	}
	if r.refuse != nil {
		return bot.Receipt{}, r.refuse
	}
	if r.poison != "" && strings.Contains(p.Text, r.poison) {
		return bot.Receipt{}, errors.New("it is poison")
	}
	r.posts = append(r.posts, p)
	return bot.Receipt{Room: p.Room, ID: fmt.Sprint(len(r.posts) - 1)}, nil
}

func (r *room) Edit(_ context.Context, at bot.Receipt, p bot.Post) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	var i int
	if _, err := fmt.Sscan(at.ID, &i); err != nil {
		return err
	}
	r.posts[i] = p
	r.edits++
	return nil
}

// texts are the posts as they stand now.
func (r *room) texts() []string {
	synctest.Wait()
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []string
	for _, p := range r.posts {
		all = append(all, p.Text)
	}
	return all
}

func (r *room) last() string {
	all := r.texts()
	if len(all) == 0 {
		return ""
	}
	return all[len(all)-1]
}

// A stage is a bot with two people, an operator and a reader, in one room.
type stage struct {
	*bot.Bot
	*room
	db     *ledger.DB
	policy bot.Policy
	table  bot.Table

	settings bot.Settings // the rest of them
}

const dada, lulu = "xmpp:dada@diaspote.org", "xmpp:lulu@diaspote.org"

func (s *stage) say(from, text string) {
	s.room.in <- bot.Message{Chat: "room", Room: "ops", From: from, Text: text}
}

func (s *stage) use(t *testing.T) {
	t.Helper()
	s.settings.Host, s.settings.Policy, s.settings.Commands = "diaspote", s.policy, s.table
	s.settings.Rooms = []bot.Home{{Chat: "room", Room: "ops"}}
	if err := s.Use(s.settings); err != nil {
		t.Fatal(err)
	}
}

// play runs do in a bubble where time stands still while anybody works.
func play(t *testing.T, commands bot.Table, do func(*stage)) {
	t.Helper()
	open := func() (*ledger.DB, error) { return ledger.Open(context.Background(), "") }
	playOn(t, open, commands, do)
}

// playOn is play with a ledger of its own.
func playOn(t *testing.T, open func() (*ledger.DB, error), commands bot.Table, do func(*stage)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		db, err := open()
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		s := &stage{
			Bot:  bot.New(db, slog.New(slog.DiscardHandler), time.Now),
			room: &room{in: make(chan bot.Message)},
			db:   db, table: commands,
			policy: bot.Policy{
				People: []bot.Person{
					{Name: "dada", Role: bot.Operator, Accounts: []string{dada}},
					{Name: "lulu", Role: bot.Reader, Accounts: []string{lulu}},
					{Name: "root", Role: bot.Admin, Accounts: []string{"unix:root"}},
				},
				Allow: map[string][]string{"pod": {"restart", "stop"}, "web": {"restart"}, "mail": nil},
			},
		}
		s.use(t)
		ctx, cancel := context.WithCancel(context.Background())
		var served sync.WaitGroup
		served.Go(func() {
			if err := s.Serve(ctx, s.room); err != nil {
				t.Error(err)
			}
		})
		synctest.Wait()
		do(s)
		cancel()
		served.Wait()
		done, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		s.Close(done)
	})
}

func read(name string, run func(context.Context, *bot.Call) error) *bot.Command {
	return &bot.Command{Name: name, Help: "x", Needs: bot.Reader, MaxArgs: bot.Any, Run: run}
}

func change(name string, run func(context.Context, *bot.Call) error) *bot.Command {
	c := read(name, run)
	c.Needs, c.Changes, c.MinArgs, c.MaxArgs, c.Usage = bot.Operator, true, 1, 1, "UNIT"
	c.Target = func(_ context.Context, args []string) (string, error) {
		if args[0] == "nosuch" {
			return "", errors.New("no such unit")
		}
		return args[0], nil
	}
	return c
}

func echo(_ context.Context, c *bot.Call) error { c.Say(strings.Join(c.Args, " ")); return nil }

func want(t *testing.T, got, wanted string) {
	t.Helper()
	if !strings.Contains(got, wanted) {
		t.Errorf("got  %q\nwant %q in it", got, wanted)
	}
}

func TestTwoHundredLinesAtOnceAreAnsweredInOrder(t *testing.T) {
	play(t, bot.Table{read("echo", echo)}, func(s *stage) {
		for i := range 200 {
			s.say(dada, fmt.Sprint("echo ", i))
		}
		got := s.texts()
		if len(got) != 200 {
			t.Fatalf("%d answers", len(got))
		}
		for i, text := range got {
			if text != fmt.Sprint(i) {
				t.Fatalf("answer %d is %q", i, text)
			}
		}
	})
}

func TestTooManyLinesAreDroppedAndTold(t *testing.T) {
	var free chan struct{}
	play(t, bot.Table{read("wait", func(context.Context, *bot.Call) error { <-free; return nil }), read("echo", echo)}, func(s *stage) {
		free = make(chan struct{})
		s.say(dada, "wait")
		synctest.Wait()
		for i := range 300 {
			s.say(dada, fmt.Sprint("echo ", i))
		}
		synctest.Wait()
		close(free)
		got := s.texts()
		if len(got) != 257 {
			t.Fatalf("%d posts, want 256 answers and one line", len(got))
		}
		want(t, got[256], "44 lines of yours were dropped")
	})
}

func TestASlowReadHoldsUpNobodyElse(t *testing.T) {
	var free chan struct{}
	play(t, bot.Table{read("status", func(context.Context, *bot.Call) error { <-free; return nil }), read("help", echo)}, func(s *stage) {
		free = make(chan struct{})
		s.say(dada, "status")
		s.say(lulu, "help me")
		want(t, s.last(), "me")
		close(free)
	})
}

func TestReadsGoOnDuringAChangeAndChangesOneAtATime(t *testing.T) {
	var free chan struct{}
	restart := change("restart", func(_ context.Context, c *bot.Call) error {
		c.Progress("restarting " + c.Target + " …")
		<-free
		c.Say(c.Target + " restarted")
		return nil
	})
	play(t, bot.Table{restart, read("status", echo)}, func(s *stage) {
		free = make(chan struct{})
		s.say(dada, "restart pod")
		want(t, s.last(), "restarting pod …")
		s.say(dada, "status fine")
		want(t, s.last(), "fine")
		time.Sleep(3 * time.Second)
		s.say(dada, "restart pod")
		want(t, s.last(), "restart pod is already under way, asked for by dada 3s ago")
		s.say(dada, "restart web")
		want(t, s.last(), "restarting web …")
		close(free)
		got := strings.Join(s.texts(), "\n")
		for _, line := range []string{"pod restarted", "web restarted"} {
			want(t, got, line)
		}
		if strings.Contains(got, "restarting") || len(s.texts()) != 4 {
			t.Errorf("the progress was not edited into the answer:\n%s", got)
		}
	})
}

func TestTheAuditIsWrittenBeforeAndCompletedAfter(t *testing.T) {
	var during []ledger.Audit
	restart := change("restart", func(ctx context.Context, c *bot.Call) error {
		during, _ = c.Audits(ctx, 9)
		time.Sleep(1500 * time.Millisecond)
		if c.Target == "web" {
			return &bot.Failure{Err: errors.New("exit status 1"), Block: "last words"}
		}
		c.Say("restarted")
		return nil
	})
	play(t, bot.Table{restart}, func(s *stage) {
		s.say(dada, "restart pod")
		s.texts()
		if len(during) != 1 || during[0].Outcome != ledger.Started || during[0].Line != "restart pod" || during[0].Account != dada {
			t.Errorf("while it ran: %+v", during)
		}
		time.Sleep(2 * time.Second)
		s.say(dada, "restart web")
		time.Sleep(2 * time.Second)
		s.say(lulu, "restart pod")
		s.texts()
		s.say(dada, "restart mail")
		s.say(dada, "restart nosuch")
		got := s.texts()
		all, err := s.db.Audits(context.Background(), 9)
		if err != nil || len(all) != 5 {
			t.Fatalf("%v %v\n%v", all, err, got)
		}
		for i, outcome := range []ledger.Outcome{ledger.Refused, ledger.Refused, ledger.Refused, ledger.Failed, ledger.Done} {
			if all[i].Outcome != outcome {
				t.Errorf("%+v, want %s", all[i], outcome)
			}
		}
		if all[4].Took != 1500*time.Millisecond || all[4].Detail != "restarted" || all[3].Detail != "exit status 1" {
			t.Errorf("%+v", all[3:])
		}
		want(t, got[2], "restart is for operators; you are a reader")
		want(t, got[3], "allows no changes")
		want(t, got[4], "restart nosuch: no such unit")
		if s.room.posts[1].Block != "last words" {
			t.Errorf("no log lines below the failure: %+v", s.room.posts[1])
		}
	})
}

func TestAChangeThatCannotBeRecordedIsNotRun(t *testing.T) {
	ran := false
	play(t, bot.Table{change("restart", func(context.Context, *bot.Call) error { ran = true; return nil })}, func(s *stage) {
		s.db.Close()
		s.say(dada, "restart pod")
		want(t, s.last(), "was not run, because it cannot be recorded")
		if ran {
			t.Error("it ran")
		}
	})
}

func TestAnInterruptedChangeIsToldWhereItWasAsked(t *testing.T) {
	play(t, nil, func(s *stage) {
		at := time.Now()
		if _, err := s.db.Begin(context.Background(), ledger.Audit{At: at, Person: "dada", Chat: "room", Room: "ops", Line: "restart pod"}); err != nil {
			t.Fatal(err)
		}
		if err := s.Recover(context.Background()); err != nil {
			t.Fatal(err)
		}
		want(t, s.last(), "restart pod, asked for by dada at 00:00:00, was interrupted")
	})
}

func TestAnAnswerWaitsForTheChatToComeBack(t *testing.T) {
	play(t, bot.Table{change("restart", echo)}, func(s *stage) {
		s.room.offline = true
		s.say(dada, "restart pod")
		if got := s.texts(); got != nil {
			t.Fatalf("posted while offline: %v", got)
		}
		time.Sleep(10 * time.Minute)
		s.room.mu.Lock()
		s.room.offline = false
		s.room.mu.Unlock()
		time.Sleep(time.Minute)
		want(t, s.last(), "pod")
	})
}

func TestAPanicIsAnAnswer(t *testing.T) {
	play(t, bot.Table{read("status", func(context.Context, *bot.Call) error { panic("oops") }), read("echo", echo)}, func(s *stage) {
		s.say(dada, "status")
		want(t, s.last(), "internal error")
		s.say(dada, "echo on")
		want(t, s.last(), "on")
	})
}

func TestACommandThatHangsIsCut(t *testing.T) {
	play(t, bot.Table{read("status", func(ctx context.Context, _ *bot.Call) error { <-ctx.Done(); return ctx.Err() })}, func(s *stage) {
		s.say(dada, "status")
		time.Sleep(31 * time.Second)
		want(t, s.last(), "status: no answer within 30s")
	})
}

func TestStrangersGetOnePoliteLine(t *testing.T) {
	play(t, bot.Table{read("status", echo)}, func(s *stage) {
		for range 5 {
			s.say("xmpp:eve@evil.example", "status")
		}
		s.room.in <- bot.Message{Chat: "room", Room: "anon", Unproven: "This room hides who you are.", Text: "status"}
		got := s.texts()
		if len(got) != 2 {
			t.Fatalf("%q", got)
		}
		want(t, got[0], "ask root")
		want(t, got[1], "hides who you are")
		if s.room.posts[0].Only != "xmpp:eve@evil.example" {
			t.Error("everybody sees it")
		}
		time.Sleep(2 * time.Hour)
		for i := range 100 {
			s.say(fmt.Sprintf("xmpp:eve%d@evil.example", i), "status")
		}
		if n := len(s.texts()); n != 22 {
			t.Errorf("%d posts after a flood of strangers, want 22", n)
		}
		for i := range 30 {
			s.room.in <- bot.Message{Chat: "room", Room: fmt.Sprint("ops/eve", i), Unproven: "I cannot tell who you are.", Text: "x"}
		}
		for range 2 {
			s.room.in <- bot.Message{Chat: "room", Room: "ops", Unproven: "This room hides who you are.", Text: "x"}
		}
		if n := len(s.texts()); n != 23 {
			t.Errorf("%d posts, want one more: the hint in a room of the bot's own", n)
		}
		want(t, s.last(), "This room hides")
	})
}

func TestMessagesOfAStrangerAreDone(t *testing.T) {
	play(t, nil, func(s *stage) {
		ended := make(chan error, 1)
		s.room.in <- bot.Message{Chat: "room", Room: "ops", From: "unix:nobody", Text: "x", Done: func(err error) { ended <- err }}
		if err := <-ended; err == nil {
			t.Error("done without an error")
		}
	})
}
