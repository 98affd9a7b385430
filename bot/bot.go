package bot

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/diaspote/vigie/ops"
	"github.com/diaspote/vigie/ops/ledger"
)

// Settings are what a config decides. They can be exchanged while the bot runs.
type Settings struct {
	Host     string // how the bot calls the host that it is on
	Policy   Policy
	Commands Table
	Rooms    []Home

	Routes   []Route   // who is told of which events; with none, all Rooms are of all
	Hooks    []Route   // programs that are told besides
	Programs []Program // which are owed other things than alerts
	Quiet    Quiet
	Remind   time.Duration // a critical alert that nobody took is said again after that; 0 for never
	Rules    []Rule

	// Illustrate makes the picture that belongs to an event, nil for none. It is called once the alert is posted, at most
	// once for each room, and may take as long as ctx. nil: no alert has a picture.
	Illustrate func(ctx context.Context, e ops.Event) *Picture

	// Noted is called whenever events were written into the ledger, by whoever raised them. It must not wait. May be nil.
	Noted func()
}

// A Home is a room where the bot lives, as opposed to one where somebody happens to write to it.
type Home struct{ Chat, Room string }

// A Bot is the conversation between the people and the commands.
type Bot struct {
	log *slog.Logger
	db  *ledger.DB
	now func() time.Time

	settings atomic.Pointer[Settings]

	ctx   context.Context // ends with Close; what the bot does outlives the chat that asked for it
	stop  context.CancelFunc
	work  sync.WaitGroup // lanes and changes, which Close lets end
	waits sync.WaitGroup // posts that wait for a chat and questions that wait for an answer, which Close cuts

	mu        sync.Mutex
	chats     map[string]Chat
	lanes     map[string]*lane
	busy      map[string]*Call // target to the change under way
	questions map[place]*question
	strangers strangers
	presence  string // the last line shown
	couriers  map[Home]*courier
	carrying  map[Home]bool         // which couriers are under way
	attached  map[string]attachment // by the key of the alerts
	arrived   map[Home]time.Time    // when a post of theirs was last taken
	ruling    sync.Mutex            // one rule at a time counts

	trouble     *trouble    // while the ledger cannot be written
	toldTrouble time.Time   // when the rooms were last told so
	past        []time.Time // of the events that were told although they could not be written down

	closing bool // no more lines are taken
}

// New makes a bot that records in db and reads the time from now. It has no commands before Use.
func New(db *ledger.DB, log *slog.Logger, now func() time.Time) *Bot {
	b := &Bot{
		log: log, db: db, now: now,
		chats: map[string]Chat{}, lanes: map[string]*lane{},
		busy: map[string]*Call{}, questions: map[place]*question{},
		couriers: map[Home]*courier{}, carrying: map[Home]bool{}, attached: map[string]attachment{}, arrived: map[Home]time.Time{},
	}
	b.settings.Store(&Settings{})
	b.ctx, b.stop = context.WithCancel(context.Background())
	return b
}

// Use exchanges the settings. What is under way ends under the old ones.
func (b *Bot) Use(s Settings) error {
	if err := s.Commands.check(); err != nil {
		return err
	}
	b.settings.Store(&s)
	return nil
}

// Serve keeps c connected and deals with its messages, until ctx ends or c has nothing more to say and
// has been answered. It may be called for several chats at once, one of each name.
func (b *Bot) Serve(ctx context.Context, c Chat) error {
	b.mu.Lock()
	if _, taken := b.chats[c.Name()]; taken {
		b.mu.Unlock()
		return fmt.Errorf("a chat named %s is served already", c.Name())
	}
	b.chats[c.Name()] = c
	presence := b.presence
	b.mu.Unlock()
	if p, ok := c.(Presenter); ok && presence != "" {
		b.present(ctx, p, presence)
	}
	defer func() {
		b.mu.Lock()
		delete(b.chats, c.Name())
		b.mu.Unlock()
	}()

	in := make(chan Message)
	heard := make(chan struct{})
	go func() {
		defer close(heard)
		for m := range in {
			b.hear(m)
		}
	}()
	supervise(ctx, b.log.With("chat", c.Name()), func(ctx context.Context) error { return c.Listen(ctx, in) })
	close(in)
	<-heard
	return nil
}

// hear says where a message goes. It never waits: what takes time is done in a lane.
func (b *Bot) hear(m Message) {
	m = m.bounded()
	who, listed := b.settings.Load().Policy.Who(m.From)
	if !listed {
		b.hearStranger(m)
		return
	}
	b.queue("person "+who.Name+" in "+m.Chat, m, laneLength, func(m Message) { b.handle(who, m) })
}

// Tell posts text into a room, and keeps trying until the chat has taken it or ctx ends.
func (b *Bot) Tell(ctx context.Context, chat, room, text string) error {
	_, err := b.post(ctx, chat, Post{Room: room, Text: text})
	return err
}

// TellHomes owes text to every room where the bot lives: it is posted sooner or later, whatever happens.
func (b *Bot) TellHomes(ctx context.Context, text string) error {
	return b.owe(ctx, text, b.settings.Load().Rooms...)
}

func (b *Bot) owe(ctx context.Context, text string, to ...Home) error {
	var debts []ledger.Debt
	now := b.now()
	for _, home := range to {
		debts = append(debts, ledger.Debt{Chat: home.Chat, Room: home.Room, Text: text, Made: now, Due: now})
	}
	if err := b.db.Owe(ctx, debts...); err != nil {
		return err
	}
	for _, home := range to {
		b.nudge(home)
	}
	return nil
}

// Present shows one line about the host beside the bot's name, in the chats that can do that.
func (b *Bot) Present(ctx context.Context, line string) {
	line = Clip(line, 200)
	b.mu.Lock()
	if line == b.presence {
		b.mu.Unlock()
		return
	}
	b.presence = line
	var all []Presenter
	for _, c := range b.chats {
		if p, ok := c.(Presenter); ok {
			all = append(all, p)
		}
	}
	b.mu.Unlock()
	for _, p := range all {
		b.present(ctx, p, line)
	}
}

func (b *Bot) present(ctx context.Context, p Presenter, line string) {
	ctx, cancel := context.WithTimeout(ctx, postTimeout)
	defer cancel()
	if err := p.Present(ctx, line); err != nil && !errors.Is(err, ErrOffline) {
		b.log.Debug("the presence was not shown", "error", err)
	}
}

// Menu lists what an account may run, for a chat that shows its own menu.
func (b *Bot) Menu(account string) []Item {
	s := b.settings.Load()
	who, listed := s.Policy.Who(account)
	if !listed {
		return nil
	}
	var items []Item
	for _, c := range s.Commands {
		if s.Policy.May(who, c, "") == nil {
			items = append(items, Item{Name: c.Name, Usage: c.Usage, Help: c.Help})
		}
	}
	return items
}

// Recover looks for what was left when the bot last died: changes that were under way, of which it tells the room where
// they were asked for, and what is owed to the rooms. It is called once, after Use.
func (b *Bot) Recover(ctx context.Context) error {
	cut, err := b.db.Interrupted(ctx)
	if err != nil {
		return err
	}
	owed, err := b.db.Creditors(ctx)
	if err != nil {
		return err
	}
	err = b.stuckBefore(ctx)
	for _, d := range owed {
		home := Home{d.Chat, d.Room}
		b.mu.Lock()
		b.courier(home).lost = true // what waited for the start need not wait for more
		b.mu.Unlock()
		b.nudge(home)
	}
	cut = b.interrupt(ctx, cut)
	b.waits.Go(func() { b.pulse(cut) })
	return err
}

// interrupt tells of changes that were cut off, and returns those of which that could not be written down.
func (b *Bot) interrupt(ctx context.Context, cut []ledger.Audit) []ledger.Audit {
	now := b.now()
	for i, a := range cut {
		text := fmt.Sprintf(
			"✗ %s, asked for by %s at %s, was interrupted: I was stopped while it ran. How it ended I cannot tell; try: status",
			a.Line, a.Person, hour(a.At, now))
		var debts []ledger.Debt
		for _, to := range b.heardIn(a) {
			debts = append(debts, ledger.Debt{Chat: to.Chat, Room: to.Room, Thread: a.Thread, Text: text, Made: now, Due: now})
		}
		if err := b.db.Interrupt(ctx, a, debts...); err != nil {
			b.Unwritten(err)
			b.log.Error("a change that was interrupted could not be told yet", "line", a.Line, "error", err)
			return cut[i:]
		}
		b.log.Warn("a change was interrupted", "line", a.Line, "person", a.Person, "at", a.At)
		for _, d := range debts {
			b.nudge(Home{d.Chat, d.Room})
		}
	}
	return nil
}

// heardIn is where a line was said, or the rooms where the bot lives if that is gone or was no room.
func (b *Bot) heardIn(a ledger.Audit) []Home {
	rooms := b.settings.Load().Rooms
	if slices.ContainsFunc(rooms, func(h Home) bool { return h.Chat == a.Chat }) {
		return []Home{{a.Chat, a.Room}}
	}
	return rooms
}

// pulse does each minute what time alone makes due, until the bot is closed, and what is left to be done of cut.
func (b *Bot) pulse(cut []ledger.Audit) {
	for b.wake(b.ctx); sleep(b.ctx, time.Minute); b.wake(b.ctx) {
		cut = b.interrupt(b.ctx, cut)
	}
}

func (b *Bot) wake(ctx context.Context) {
	s := b.settings.Load()
	now := b.now()
	owed, err := b.db.Wake(ctx, now, s.Remind, s.plan(now))
	if err != nil && ctx.Err() == nil {
		b.log.Error("what is due could not be read", "error", err)
		b.Unwritten(err)
	}
	if owed {
		b.nudgeAll(s)
	}
	if err := b.forward(ctx, s); err != nil && ctx.Err() == nil {
		b.log.Error("what is owed to rooms of an older config could not be looked for", "error", err)
	}
}

// Close takes no more lines, withdraws its questions, lets what is under way end until ctx does, and then cuts
// it. The chats stay connected meanwhile, so that what ends is answered; Serve ends after it.
func (b *Bot) Close(ctx context.Context) {
	b.mu.Lock()
	b.closing = true
	open := b.questions
	b.questions = map[place]*question{}
	b.mu.Unlock()
	for _, q := range open {
		b.work.Go(func() { q.end(b, withdrawnByClose) })
	}
	ended := make(chan struct{})
	go func() { b.work.Wait(); close(ended) }()
	select {
	case <-ended:
	case <-ctx.Done():
	}
	b.mu.Lock() // so that no courier starts while all are waited for
	b.stop()
	b.mu.Unlock()
	<-ended
	b.waits.Wait()
}
