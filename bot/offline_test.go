package bot_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/diaspote/vigie/bot"
	"github.com/diaspote/vigie/ops/ledger"
)

// A desk is a second chat, where the same people have other accounts.
type desk struct{ *room }

func (desk) Name() string { return "desk" }

// withDesk serves a desk as well, and takes the room off line.
func (s *stage) withDesk(t *testing.T) (d desk, end func()) {
	d = desk{&room{in: make(chan bot.Message)}}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- s.Serve(ctx, d) }()
	s.room.setOffline(true)
	return d, func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}

func (r *room) setOffline(offline bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.offline = offline
}

func (d desk) say(text string) {
	d.in <- bot.Message{Chat: "desk", Room: "desk", From: dada, Text: text}
}

// What was restarted may be the server of the chat that asked for it, and it may not come back.
func TestAChangeWhoseAnswerWaitsForItsChatIsOver(t *testing.T) {
	play(t, bot.Table{change("restart", echo)}, func(s *stage) {
		d, end := s.withDesk(t)
		defer end()
		s.say(dada, "restart pod")
		s.texts()
		all, err := s.db.Audits(context.Background(), 1)
		if err != nil || len(all) != 1 || all[0].Outcome != ledger.Done {
			t.Errorf("while its answer waits: %+v, %v", all, err)
		}
		d.say("restart pod")
		want(t, d.last(), "pod")
		s.room.setOffline(false)
		time.Sleep(time.Minute)
		want(t, s.last(), "pod")
	})
}

func TestLinesOfOneChatDoNotWaitForAnother(t *testing.T) {
	play(t, bot.Table{read("echo", echo)}, func(s *stage) {
		d, end := s.withDesk(t)
		defer end()
		for range 3 {
			s.say(dada, "echo lost")
		}
		d.say("echo here")
		want(t, d.last(), "here")
	})
}

// A question counts from when it can be seen, and not at all if it never is.
func TestAQuestionThatNobodySawIsVoid(t *testing.T) {
	ran := 0
	play(t, stopping(&ran), func(s *stage) {
		s.room.setOffline(true)
		s.say(dada, "stop pod")
		time.Sleep(40 * time.Second)
		s.room.setOffline(false)
		time.Sleep(30 * time.Second)
		want(t, s.last(), "stop pod on diaspote?")
		s.say(dada, "yes")
		want(t, s.last(), "stopped pod")

		s.room.setOffline(true)
		s.say(dada, "stop pod")
		time.Sleep(61 * time.Second)
		s.room.setOffline(false)
		s.say(dada, "yes")
		want(t, s.last(), "no question of mine")
		if ran != 1 {
			t.Errorf("it ran %d times", ran)
		}
	})
}

func TestAnOpenQuestionEndsWithTheBot(t *testing.T) {
	ran := 0
	play(t, stopping(&ran), func(s *stage) {
		s.say(dada, "stop pod")
		s.texts()
		grace, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		s.Close(grace)
		want(t, s.last(), "stop pod: withdrawn, as I am being stopped; nothing was done")
	})
}

// Whoever asked through a chat where nothing can be said later is told where the bot lives.
func TestAnInterruptionIsToldAtHomeIfItsRoomIsGone(t *testing.T) {
	play(t, nil, func(s *stage) {
		d, end := s.withDesk(t)
		defer end()
		s.room.setOffline(false)
		d.room.mu.Lock()
		d.room.refuse = errors.New("whoever asked is gone")
		d.room.mu.Unlock()
		for _, chat := range []string{"desk", "console of yesterday"} {
			if _, err := s.db.Begin(context.Background(), ledger.Audit{At: time.Now(), Person: "dada", Chat: chat, Room: "x", Line: "restart " + chat}); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Recover(context.Background()); err != nil {
			t.Fatal(err)
		}
		posts := s.texts()
		if len(posts) != 2 {
			t.Fatalf("posted %q", posts)
		}
		want(t, posts[0], "restart desk, asked for by dada")
		want(t, posts[1], "restart console of yesterday, asked for by dada")
	})
}
