package local

import (
	"bufio"
	"encoding/json"
	"log/slog"
	"net"
	"os/user"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/diaspote/vigie/bot"
	"github.com/diaspote/vigie/fixtures/conformance"
)

const patience = 30 * time.Second

func TestConformance(t *testing.T) {
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	conformance.Run(t, func(t *testing.T) conformance.Subject {
		path := filepath.Join(t.TempDir(), "vigie.sock")
		var newest *client
		return conformance.Subject{
			Chat:  New(path, slog.New(slog.DiscardHandler)),
			Ready: func(t testing.TB) { dial(t, path).conn.Close() },
			Say: func(t testing.TB, text string) {
				newest = dial(t, path)
				newest.keepReading()
				newest.ask(t, text)
			},
			Read: func(t testing.TB) conformance.Seen {
				raw, a := newest.answer(t)
				if a.Done {
					t.Fatalf("done, with nothing more said: %s", raw)
				}
				return conformance.Seen{Text: a.Text + "|" + a.Block, Raw: raw, Edit: a.Edit}
			},
			AsSaid: func(p bot.Post) string {
				return strings.ToValidUTF8(p.Text, "\ufffd") + "|" + strings.ToValidUTF8(p.Block, "\ufffd")
			},
			Tame: func(t testing.TB, seen conformance.Seen) {
				for _, r := range seen.Raw {
					if r < 0x20 {
						t.Errorf("a bare control character on the wire: %q", seen.Raw)
						return
					}
				}
			},
			Person:           "unix:" + me.Username,
			NoRoom:           "local:nobody",
			PostsUnconnected: true,
		}
	})
}

// A client speaks the protocol in its bare bytes.
type client struct {
	conn *net.UnixConn
	r    *bufio.Reader

	lines chan string // what keepReading has read
}

// keepReading takes answers as they come, as a person's client does.
func (c *client) keepReading() {
	c.lines = make(chan string, 1000)
	go func() {
		defer close(c.lines)
		for {
			line, err := c.r.ReadString('\n')
			if err != nil {
				return
			}
			c.lines <- line
		}
	}()
}

// dial waits for the socket to be there.
func dial(t testing.TB, path string) *client {
	t.Helper()
	deadline := time.Now().Add(patience)
	for {
		conn, err := net.DialUnix("unix", nil, &net.UnixAddr{Name: path, Net: "unix"})
		if err == nil {
			t.Cleanup(func() { conn.Close() })
			_ = conn.SetDeadline(time.Now().Add(patience))
			return &client{conn: conn, r: bufio.NewReader(conn)}
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
		time.Sleep(time.Millisecond) // a socket's appearance is no event that can be waited for
	}
}

func (c *client) send(t testing.TB, raw string) {
	t.Helper()
	if _, err := c.conn.Write([]byte(raw)); err != nil {
		t.Logf("send: %v", err) // a refused client may be cut off before it has sent all
	}
}

func (c *client) ask(t testing.TB, text string) {
	t.Helper()
	line, err := json.Marshal(map[string]any{"v": 1, "line": text})
	if err != nil {
		t.Fatal(err)
	}
	c.send(t, string(line)+"\n")
}

func (c *client) answer(t testing.TB) (raw string, a wireAnswer) {
	t.Helper()
	if c.lines != nil {
		line, ok := <-c.lines
		if !ok {
			t.Fatal("the server has closed the connection")
		}
		raw = line
	} else {
		line, err := c.r.ReadString('\n')
		if err != nil {
			t.Fatalf("read an answer: %v", err)
		}
		raw = line
	}
	raw = strings.TrimSuffix(raw, "\n")
	if err := json.Unmarshal([]byte(raw), &a); err != nil {
		t.Fatalf("%v in %q", err, raw)
	}
	return raw, a
}
