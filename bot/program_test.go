package bot_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/diaspote/vigie/bot"
	"github.com/diaspote/vigie/ops/ledger"
)

// A press is a program that is owed texts.
type press struct{ *room }

func (press) Name() string { return "press:" }

// withPress serves a program.
func (s *stage) withPress(t *testing.T) (p press, end func()) {
	p = press{&room{in: make(chan bot.Message)}}
	s.settings.Programs = []bot.Program{{Chat: "press:", Called: "the press"}}
	s.use(t)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- s.Serve(ctx, p) }()
	return p, func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}

// owe writes texts down as others than the bot do.
func (s *stage) owe(t *testing.T, to bot.Home, texts ...string) {
	t.Helper()
	var debts []ledger.Debt
	for _, text := range texts {
		debts = append(debts, ledger.Debt{Chat: to.Chat, Room: to.Room, Thread: "x", Text: text})
	}
	ctx := context.Background()
	err := s.db.Change(ctx, "test", func(tx *sql.Tx) error { return ledger.OweIn(ctx, tx, time.Now(), debts...) })
	if err != nil {
		t.Fatal(err)
	}
	s.Nudge()
}

func numbered(n int) (all []string) {
	for i := range n {
		all = append(all, fmt.Sprint("text ", i))
	}
	return all
}

// A program gets each text as it was written, in order, however long it was gone.
func TestAProgramGetsEachTextInOrder(t *testing.T) {
	play(t, nil, func(s *stage) {
		p, end := s.withPress(t)
		defer end()
		begin(t, s)
		p.setOffline(true)
		all := append(numbered(30), "{\t\"a\": \"\u202e\"} "+strings.Repeat("long ", 4000))
		s.owe(t, bot.Home{Chat: "press:", Room: "news"}, all...)
		time.Sleep(5 * time.Hour)
		if got := p.texts(); len(got) != 0 {
			t.Fatalf("got %q", got)
		}
		p.setOffline(false)
		time.Sleep(3 * time.Minute)
		if got := p.texts(); !slices.Equal(got, all) {
			t.Errorf("got %d texts: %.1000q", len(got), got)
		}
		if posts := p.posts; posts[0].Thread != "x" || posts[0].Room != "news" {
			t.Errorf("%+v", posts[0])
		}
		if got := s.texts(); len(got) != 2 || !strings.HasPrefix(got[0], "▲ nothing reaches the press") || !strings.HasPrefix(got[1], "✓ the press is reached again") {
			t.Errorf("posted %q", got)
		}
	})
}

// What is refused lets the others pass, is told once, and tried again until it is old.
func TestWhatAProgramRefusesDoesNotKeepUpTheRest(t *testing.T) {
	if testing.Short() {
		t.Skip("left out of a short run: it has twelve days go by")
	}
	play(t, nil, func(s *stage) {
		p, end := s.withPress(t)
		defer end()
		begin(t, s)
		p.room.mu.Lock()
		p.room.poison = "text 1"
		p.room.mu.Unlock()
		to := bot.Home{Chat: "press:", Room: "news"}
		s.owe(t, to, numbered(4)...)
		time.Sleep(time.Second)
		if got := p.texts(); !slices.Equal(got, []string{"text 0", "text 2", "text 3"}) {
			t.Fatalf("got %q", got)
		}
		time.Sleep(3 * 24 * time.Hour)
		if got := s.texts(); len(got) != 1 || !strings.Contains(got[0], "the press refused something") || strings.Contains(got[0], "×") {
			t.Errorf("posted %q", got)
		}
		p.room.mu.Lock()
		p.room.poison = ""
		p.room.mu.Unlock()
		time.Sleep(7 * time.Hour)
		want(t, strings.Join(p.texts(), "\n"), "text 1")

		p.room.mu.Lock()
		p.room.poison = "text"
		p.room.mu.Unlock()
		s.owe(t, to, "text 5")
		time.Sleep(9 * 24 * time.Hour)
		want(t, s.last(), "and I gave it up")
		if owed, err := s.db.Creditors(context.Background()); err != nil || len(owed) != 0 {
			t.Errorf("still owed: %+v, %v", owed, err)
		}
	})
}

// What is owed to a program is for no room, and to one that the config does not name any more, for nobody.
func TestWhatIsOwedToAProgramThatIsGoneIsForNobody(t *testing.T) {
	play(t, nil, func(s *stage) {
		p, end := s.withPress(t)
		defer end()
		begin(t, s)
		p.setOffline(true)
		s.owe(t, bot.Home{Chat: "press:", Room: "news"}, numbered(9)...)
		time.Sleep(5 * time.Minute)
		s.settings.Programs, s.settings.Rooms = nil, nil
		if err := s.Use(s.settings); err != nil {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Minute)
		if got := s.texts(); len(got) != 0 {
			t.Errorf("posted %q", got)
		}
		if owed, err := s.db.Creditors(context.Background()); err != nil || len(owed) != 0 {
			t.Errorf("still owed: %+v, %v", owed, err)
		}
	})
}

// A program whose troubles are nobody's business is told of nowhere.
func TestAProgramMayFailInSilence(t *testing.T) {
	play(t, nil, func(s *stage) {
		p, end := s.withPress(t)
		defer end()
		s.settings.Programs[0].Called = ""
		s.use(t)
		begin(t, s)
		p.room.mu.Lock()
		p.room.poison = "text 1"
		p.room.mu.Unlock()
		s.owe(t, bot.Home{Chat: "press:", Room: "news"}, numbered(2)...)
		p.setOffline(true)
		s.owe(t, bot.Home{Chat: "press:", Room: "other"}, numbered(2)...)
		time.Sleep(time.Hour)
		if got := s.texts(); len(got) != 0 {
			t.Errorf("posted %q", got)
		}
	})
}

// What was owed before the program is served waits for it.
func TestAProgramIsToldOnceItIsServed(t *testing.T) {
	play(t, nil, func(s *stage) {
		s.settings.Programs = []bot.Program{{Chat: "press:", Called: "the press"}}
		s.use(t)
		s.owe(t, bot.Home{Chat: "press:", Room: "news"}, numbered(3)...) // while nobody is served
		begin(t, s)
		p, end := s.withPress(t)
		defer end()
		time.Sleep(time.Minute)
		synctest.Wait()
		if got := p.texts(); !slices.Equal(got, numbered(3)) {
			t.Errorf("got %q", got)
		}
	})
}

// One that breaks down over a text has refused it.
func TestAProgramThatBreaksDownGoesOn(t *testing.T) {
	play(t, nil, func(s *stage) {
		p, end := s.withPress(t)
		defer end()
		begin(t, s)
		p.room.mu.Lock()
		p.room.panics = true
		p.room.mu.Unlock()
		s.owe(t, bot.Home{Chat: "press:", Room: "news"}, "text 0")
		time.Sleep(time.Second)
		p.room.mu.Lock()
		p.room.panics, p.room.refuse = false, errors.New("no")
		p.room.mu.Unlock()
		time.Sleep(5 * time.Minute)
		p.room.mu.Lock()
		p.room.refuse = nil
		p.room.mu.Unlock()
		time.Sleep(time.Hour)
		if got := p.texts(); !slices.Equal(got, numbered(1)) {
			t.Errorf("got %q", got)
		}
	})
}

// One that takes no more for hours is no trouble.
func TestAProgramMayBeBusy(t *testing.T) {
	play(t, nil, func(s *stage) {
		p, end := s.withPress(t)
		defer end()
		begin(t, s)
		p.room.mu.Lock()
		p.room.refuse = fmt.Errorf("press: %w", bot.ErrBusy)
		p.room.mu.Unlock()
		s.owe(t, bot.Home{Chat: "press:", Room: "news"}, numbered(3)...)
		time.Sleep(10 * time.Hour)
		p.room.mu.Lock()
		p.room.refuse = nil
		p.room.mu.Unlock()
		time.Sleep(5 * time.Minute)
		if got := p.texts(); !slices.Equal(got, numbered(3)) {
			t.Errorf("got %q", got)
		}
		if got := s.texts(); len(got) != 0 {
			t.Errorf("posted %q", got)
		}
	})
}
