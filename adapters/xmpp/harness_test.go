package xmpp

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/diaspote/vigie/bot"
	"github.com/diaspote/vigie/fixtures/logbook"
	"github.com/diaspote/vigie/fixtures/prosody"
)

const (
	ops    = "ops@" + prosody.Conference
	botJID = "vigie@" + prosody.Domain
)

// patience ends a test that hangs.
const patience = 30 * time.Second

// A listener is a Chat that is kept connected, as the bot does it.
type listener struct {
	*Chat
	t     testing.TB
	in    chan bot.Message
	ended chan error // what Listen returned, each time
	log   *logbook.Book
	stop  func()
}

func menuOf(items ...bot.Item) func(string) []bot.Item {
	return func(from string) []bot.Item {
		if from == "xmpp:dada@localhost" {
			return items
		}
		return nil
	}
}

// listen signs the bot in; tune may change the chat before.
func listen(t testing.TB, s *prosody.Server, tune func(*Chat)) *listener {
	t.Helper()
	l := &listener{t: t, in: make(chan bot.Message), ended: make(chan error, 100), log: &logbook.Book{}}
	l.Chat = New(Config{
		JID: botJID, Password: prosody.Password, Server: s.Addr, CAs: s.CAs,
		Rooms:  []Room{{JID: ops}},
		People: []string{"dada@localhost"},
	}, menuOf(bot.Item{Name: "status", Help: "how the host is"},
		bot.Item{Name: "restart", Usage: "UNIT", Help: "restart a unit"}),
		slog.New(slog.NewTextHandler(l.log, nil)), time.Now)
	if tune != nil {
		tune(l.Chat)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() {
		for ctx.Err() == nil {
			err := l.Listen(ctx, l.in)
			select {
			case l.ended <- err:
			default:
			}
			select {
			case <-ctx.Done():
			case <-time.After(100 * time.Millisecond):
			}
		}
	})
	l.stop = sync.OnceFunc(func() {
		cancel()
		running.Wait()
	})
	t.Cleanup(func() {
		l.stop()
		if strings.Contains(l.log.String(), prosody.Password) {
			t.Error("the password was logged")
		}
		if t.Failed() {
			t.Logf("the chat logged:\n%s", l.log)
		}
	})
	return l
}

// heard waits for what the bot hears next.
func (l *listener) heard() bot.Message {
	l.t.Helper()
	select {
	case m := <-l.in:
		return m
	case <-time.After(patience):
		l.t.Fatal("nothing was heard")
		return bot.Message{}
	}
}

func (l *listener) post(p bot.Post) bot.Receipt {
	l.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	r, err := l.Post(ctx, p)
	if err != nil {
		l.t.Fatal(err)
	}
	return r
}

// echo answers everything that is heard, until the test ends.
func (l *listener) echo() {
	ctx, cancel := context.WithCancel(context.Background())
	l.t.Cleanup(cancel)
	go func() {
		for {
			select {
			case m := <-l.in:
				_, err := l.Post(ctx, bot.Post{Room: m.Room, Text: "heard " + m.Text})
				if m.Done != nil {
					m.Done(err)
				}
			case <-ctx.Done():
				return
			}
		}
	}()
}

// openRoom has dada make the room, one that shows addresses, and returns when the bot is in it as well.
func openRoom(t testing.TB, s *prosody.Server, whois string) (*prosody.Client, *listener) {
	t.Helper()
	dada := s.Client(t, "dada", "desk")
	dada.Join(ops, "dada")
	dada.Configure(ops, "muc#roomconfig_whois", whois)
	l := listen(t, s, nil)
	ready(dada, l)
	return dada, l
}

// ready waits until the bot is in the room and hears what dada says there.
func ready(dada *prosody.Client, l *listener) {
	l.t.Helper()
	waitFor(dada, ops+"/vigie")
	say(dada, ops, "groupchat", "!ready")
	if m := l.heard(); m.Text != "ready" {
		l.t.Fatalf("heard %+v", m)
	}
}

// waitFor waits for an occupant to enter.
func waitFor(c *prosody.Client, occupant string) prosody.Node {
	return c.Expect(occupant, func(n prosody.Node) bool { return n.Is("presence", "", occupant) })
}

func say(c *prosody.Client, to, kind, text string) {
	c.Send("<message to='%s' type='%s' id='%s'><body>%s</body></message>", to, kind, newID(), escape(text))
}

// saysTo waits for a message from an address, and returns its body.
func saysTo(c *prosody.Client, from string) prosody.Node {
	return c.Expect("a message from "+from, func(n prosody.Node) bool {
		return n.XMLName.Local == "message" && n.Attr("type") != "error" && n.Attr("from") == from && n.Child("body").XMLName.Local != ""
	})
}

func bodyOf(n prosody.Node) string { return n.Child("body").Text }

// online waits until the bot answers a ping to its full address, and so is signed in.
func online(c *prosody.Client) {
	for i := 0; ; i++ {
		id := fmt.Sprintf("online%d", i)
		c.Send("<iq type='get' id='%s' to='%s/vigie'><ping xmlns='urn:xmpp:ping'/></iq>", id, botJID)
		n := c.Expect("an answer to a ping", func(n prosody.Node) bool { return n.Attr("id") == id })
		if n.Attr("type") == "result" {
			return
		}
	}
}
