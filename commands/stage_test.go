package commands

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode"

	"github.com/diaspote/vigie/bot"
	"github.com/diaspote/vigie/ops/kernel"
	"github.com/diaspote/vigie/ops/ledger"
	"github.com/diaspote/vigie/ops/pod"
	"github.com/diaspote/vigie/ops/systemd"
)

// patience ends a test that hangs.
const patience = 2 * time.Minute

// A room is a chat in memory that can edit. It keeps each text that was ever shown.
type room struct {
	in chan bot.Message

	mu    sync.Mutex
	posts []bot.Post
	shown []string
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
	r.posts = append(r.posts, p)
	r.shown = append(r.shown, p.Text)
	return bot.Receipt{Room: p.Room, ID: fmt.Sprint(len(r.posts) - 1)}, nil
}

func (r *room) Edit(_ context.Context, at bot.Receipt, p bot.Post) error {
	var i int
	if _, err := fmt.Sscan(at.ID, &i); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.posts[i] = p
	r.shown = append(r.shown, p.Text)
	return nil
}

// A stage is a bot with the commands of a host, and people who talk to it: dada is an admin, olga an
// operator, lulu a reader.
type stage struct {
	*room
	bot  *bot.Bot
	host *Host
	zone *time.Location
	now  func() time.Time
}

func play(t testing.TB, h *Host) *stage {
	t.Helper()
	db, err := ledger.Open(context.Background(), "")
	if err != nil {
		t.Fatal(err)
	}
	s := &stage{room: &room{in: make(chan bot.Message)}, host: h, zone: time.UTC}
	s.now = func() time.Time { return time.Now().In(s.zone) }
	return s.open(t, db)
}

// playAt is play with a ledger and a clock of the test's. The ledger is closed with the stage.
func playAt(t testing.TB, h *Host, db *ledger.DB, now func() time.Time) *stage {
	t.Helper()
	s := &stage{room: &room{in: make(chan bot.Message)}, host: h, now: now}
	return s.open(t, db)
}

func (s *stage) open(t testing.TB, db *ledger.DB) *stage {
	t.Helper()
	h := s.host
	log := slog.New(slog.DiscardHandler)
	s.bot = bot.New(db, log, s.now)
	var people []bot.Person
	for name, role := range map[string]bot.Role{"dada": bot.Admin, "olga": bot.Operator, "lulu": bot.Reader} {
		people = append(people, bot.Person{Name: name, Role: role, Accounts: []string{"unix:" + name, "xmpp:" + name + "@pod.example"}})
	}
	err := s.bot.Use(bot.Settings{Host: "diaspote", Commands: Table(h), Policy: bot.Policy{People: people},
		Rooms: []bot.Home{{Chat: "room", Room: "ops@conference.pod.example"}, {Chat: "room", Room: "#night"}, {Chat: "room", Room: "#nine"}}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	var served sync.WaitGroup
	served.Go(func() { s.bot.Serve(ctx, s.room) })
	t.Cleanup(func() {
		done, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		s.bot.Close(done)
		stop()
		served.Wait()
		h.Systemd.Close()
		db.Close()
	})
	return s
}

// start says a line. What is returned is closed once it has been dealt with and answered.
func (s *stage) start(from, line string) <-chan struct{} {
	done := make(chan struct{})
	s.in <- bot.Message{Chat: "room", Room: "ops", From: "unix:" + from, Text: line, Confirmed: true, Done: func(error) { close(done) }}
	return done
}

// ask says a line and returns what dada reads in answer: the text, and the block below it.
func (s *stage) ask(t testing.TB, line string) (text, block string) {
	t.Helper()
	return s.askAs(t, "dada", line)
}

func (s *stage) askAs(t testing.TB, from, line string) (text, block string) {
	t.Helper()
	select {
	case <-s.start(from, line):
	case <-time.After(patience):
		t.Fatalf("%.60q is not answered", line)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range slices.Backward(s.posts) {
		if p.Room == "ops" { // alerts go to the rooms of the bot
			harmless(t, p.Text+p.Block)
			return p.Text, p.Block
		}
	}
	t.Fatalf("%.60q is answered with nothing", line)
	return "", ""
}

// harmless fails the test if text holds what a chat or a terminal could obey, or too much.
func harmless(t testing.TB, text string) {
	t.Helper()
	if len(text) > 20_000 {
		t.Errorf("%d bytes are shown", len(text))
	}
	for _, r := range text {
		if r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)) {
			t.Errorf("%U is shown, in %.200q", r, text)
		}
	}
}

// like fails the test unless all of the text is like the pattern, in which a line stands for a line.
func like(t testing.TB, got, pattern string) {
	t.Helper()
	if !regexp.MustCompile(`^(?:` + strings.Trim(pattern, "\n") + `)$`).MatchString(strings.Trim(got, "\n")) {
		t.Errorf("got\n%s\nwant it like\n%s", got, pattern)
	}
}

// has fails the test unless each of the words is in the text.
func has(t testing.TB, got string, words ...string) {
	t.Helper()
	for _, w := range words {
		if !strings.Contains(got, w) {
			t.Errorf("got\n%s\nwant %q in it", got, w)
		}
	}
}

// newHost is a host with the /proc of a tree in fixtures/proc, and the systemd of this machine.
func newHost(t testing.TB, proc string) *Host {
	t.Helper()
	if !strings.HasPrefix(proc, "/") {
		proc = "../fixtures/proc/" + proc
	}
	k, err := kernel.New(proc)
	if err != nil {
		t.Fatal(err)
	}
	return &Host{
		Kernel: k, Memory: &kernel.Trend{}, Pod: pod.NewClient("test", time.Now), Root: t.TempDir(),
		Systemd: systemd.New(slog.New(slog.DiscardHandler), time.Now),
	}
}

// withoutSystemd skips a test of what is said where there is none.
func withoutSystemd(t testing.TB) {
	t.Helper()
	if _, err := os.Lstat("/run/systemd/system"); err == nil {
		t.Skip("not tested: a host without systemd, this one has it")
	}
}
