package bot_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/diaspote/vigie/bot"
)

// stopping is a table with a stop that asks, and counts how often it ran.
func stopping(ran *int) bot.Table {
	stop := change("stop", nil)
	stop.Asks = true
	stop.Run = func(_ context.Context, c *bot.Call) error { *ran++; c.Say("stopped " + c.Target); return nil }
	return bot.Table{stop, read("status", echo)}
}

func TestStopAsksFirst(t *testing.T) {
	tests := []struct {
		name string
		do   func(*stage)
		ran  int
		last string
	}{
		{"yes", func(s *stage) { s.say(dada, "yes") }, 1, "stopped pod"},
		{"yes after a read", func(s *stage) { s.say(dada, "status"); s.say(dada, "YES") }, 1, ""},
		{"no", func(s *stage) { s.say(dada, "no") }, 0, "stop pod: not done"},
		{"yes twice", func(s *stage) { s.say(dada, "yes"); s.say(dada, "yes") }, 1, "no question of mine"},
		{"by another", func(s *stage) { s.say("unix:root", "yes") }, 0, "no question of mine"},
		{"elsewhere", func(s *stage) {
			s.room.in <- bot.Message{Chat: "room", Room: "other", From: dada, Text: "yes"}
		}, 0, "no question of mine"},
		{"too late", func(s *stage) { time.Sleep(61 * time.Second); s.say(dada, "yes") }, 0, "no question of mine"},
		{"expired", func(*stage) { time.Sleep(61 * time.Second) }, 0, "stop pod: not confirmed within 60 s"},
		{"a button", func(s *stage) { s.press(dada, "ops", 0) }, 1, "stopped pod"},
		{"the other button", func(s *stage) { s.press(dada, "ops", 1) }, 0, "not done"},
		{"a button by another", func(s *stage) { s.press("unix:root", "ops", 0) }, 0, "is for dada to answer"},
		{"a button by a stranger", func(s *stage) { s.press("slack:U0", "ops", 0) }, 0, "Sorry"},
		{"a button from elsewhere", func(s *stage) { s.press(dada, "other", 0) }, 0, "asked elsewhere"},
		{"a button too late", func(s *stage) {
			press := s.choices()[0].Value
			time.Sleep(61 * time.Second)
			s.room.in <- bot.Message{Chat: "room", Room: "ops", From: dada, Press: press}
		}, 0, "no longer open"},
		{"an invented button", func(s *stage) {
			s.room.in <- bot.Message{Chat: "room", Room: "ops", From: dada, Press: "yes "}
		}, 0, "no longer open"},
		{"asked again", func(s *stage) { s.say(dada, "stop pod"); s.say(dada, "yes"); s.say(dada, "yes") }, 1, "no question of mine"},
		{"rights lost meanwhile", func(s *stage) {
			s.policy.People = s.policy.People[1:]
			if err := s.Use(bot.Settings{Policy: s.policy, Commands: s.table}); err != nil {
				panic(err)
			}
			s.say(dada, "yes")
		}, 0, "Sorry"},
		{"unit taken away meanwhile", func(s *stage) {
			s.policy.Allow = map[string][]string{}
			if err := s.Use(bot.Settings{Policy: s.policy, Commands: s.table}); err != nil {
				panic(err)
			}
			s.say(dada, "yes")
		}, 0, "does not give this unit"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ran := 0
			play(t, stopping(&ran), func(s *stage) {
				s.say(dada, "stop pod")
				want(t, s.last(), "stop pod on diaspote? Answer yes or no, within 60 s.")
				tt.do(s)
				want(t, s.last(), tt.last)
				if ran != tt.ran {
					t.Errorf("it ran %d times, want %d; posts: %q", ran, tt.ran, s.texts())
				}
				if tt.ran == 1 && !strings.Contains(strings.Join(s.texts(), "\n"), "stopped pod") {
					t.Errorf("not told: %q", s.texts())
				}
			})
		})
	}
}

func TestAConfirmedLineAsksNothing(t *testing.T) {
	ran := 0
	play(t, stopping(&ran), func(s *stage) {
		s.room.in <- bot.Message{Chat: "room", Room: "ops", From: dada, Text: "stop pod", Confirmed: true}
		want(t, s.last(), "stopped pod")
	})
}

func TestNoQuestionWhereNobodyCanAnswer(t *testing.T) {
	ran := 0
	play(t, stopping(&ran), func(s *stage) {
		s.room.in <- bot.Message{Chat: "room", Room: "ops", From: dada, Text: "stop pod", Single: true}
		want(t, s.last(), "stop pod wants a yes beforehand; nothing was done")
		s.say(dada, "yes")
		want(t, s.last(), "no question of mine")
		if ran != 0 {
			t.Error("it ran")
		}
	})
}

func TestThePolicyCanAskForMore(t *testing.T) {
	play(t, bot.Table{change("restart", echo)}, func(s *stage) {
		s.policy.Confirm = map[string][]string{"pod": {"restart"}}
		s.use(t)
		s.say(dada, "restart web")
		want(t, s.last(), "web")
		s.say(dada, "restart pod")
		want(t, s.last(), "restart pod on diaspote?")
	})
}

func (s *stage) choices() []bot.Choice {
	s.texts()
	s.room.mu.Lock()
	defer s.room.mu.Unlock()
	return s.room.posts[0].Choices
}

func (s *stage) press(from, room string, i int) {
	s.room.in <- bot.Message{Chat: "room", Room: room, From: from, Press: s.choices()[i].Value}
}
