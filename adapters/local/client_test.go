package local

import (
	"bufio"
	"encoding/json"
	"net"
	"testing"
	"time"
)

const patience = 30 * time.Second // ends a test that hangs

// A client speaks the protocol in its bare bytes.
type client struct {
	conn  *net.UnixConn
	lines chan string // what ask and listenOn have read; closed with the connection
}

// dial waits for the socket to be there.
func dial(t testing.TB, path string) *client {
	t.Helper()
	deadline := time.Now().Add(patience)
	for {
		conn, err := net.DialUnix("unix", nil, &net.UnixAddr{Name: path, Net: "unix"})
		if err == nil {
			t.Cleanup(func() { conn.Close() })
			return &client{conn: conn}
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
		time.Sleep(time.Millisecond) // a socket's appearance is no event that can be waited for
	}
}

func (c *client) send(t testing.TB, raw string) {
	t.Helper()
	_ = c.conn.SetWriteDeadline(time.Now().Add(patience))
	if _, err := c.conn.Write([]byte(raw)); err != nil {
		t.Logf("send: %v", err) // one who is refused may be cut off before all is sent
	}
}

// ask sends a request and takes the answers as they come.
func (c *client) ask(t testing.TB, text string) {
	t.Helper()
	line, err := json.Marshal(map[string]any{"v": 1, "line": text})
	if err != nil {
		t.Fatal(err)
	}
	c.send(t, string(line)+"\n")
	c.takeAnswers()
}

func (c *client) takeAnswers() {
	c.lines = make(chan string, 1000)
	go func() {
		defer close(c.lines)
		lines := bufio.NewScanner(c.conn)
		lines.Buffer(nil, maxAnswer)
		for lines.Scan() {
			c.lines <- lines.Text()
		}
	}()
}

// next returns the next answer, as it came and what it says.
func (c *client) next(t testing.TB) (raw string, a wireAnswer) {
	t.Helper()
	select {
	case line, ok := <-c.lines:
		if !ok {
			t.Fatal("the server has closed the connection")
		}
		if err := json.Unmarshal([]byte(line), &a); err != nil {
			t.Fatalf("%v in %q", err, line)
		}
		return line, a
	case <-time.After(patience):
		t.Fatal("no answer")
		return "", wireAnswer{}
	}
}
