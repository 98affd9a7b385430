package xmpp

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"time"

	lib "github.com/xmppo/go-xmpp"
)

// An identity is what a login ends with.
type identity struct {
	jid   string // the full JID that the server gave
	limit int    // the largest stanza that the server takes in bytes (XEP-0478), 0: it did not say
	ahead []byte // what the server said last: its answer to the binding, and whatever came behind it
}

// login has the library negotiate the stream on an encrypted connection: features, SCRAM, resource.
//
// The library can only be given an address to dial and never hands its socket over. So it dials a relay
// here, for the length of the login, and the connection to the server stays in our hands: with its
// deadlines, with every byte that the server says, and closed when we say so. The relay ends where the
// library announces itself with a presence, which is the last thing that it does. Each step waits for the
// answer to the one before, so what the server has said since the last step is all that needs to be read
// again: somebody who knows the full JID may have sent something right behind the binding.
func login(ctx context.Context, server *tls.Conn, cfg Config) (identity, error) {
	defer bound(ctx, server)()
	relay, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return identity{}, err
	}
	defer relay.Close()
	if err := unproxied(relay.Addr().String()); err != nil {
		return identity{}, err
	}
	relay.(*net.TCPListener).SetDeadline(time.Now().Add(5 * time.Second))

	type outcome struct {
		client *lib.Client
		err    error
	}
	negotiated := make(chan outcome, 1)
	go func() {
		client, err := options(cfg, relay.Addr().String()).NewClient()
		negotiated <- outcome{client, err}
	}()
	near, err := relay.Accept()
	if err != nil {
		return identity{}, err
	}
	relay.Close() // had another program of this host come first, the library would wait in the queue for ever
	settled := make(chan outcome, 1)
	go func() {
		got := <-negotiated
		if got.err != nil {
			near.Close() // the library leaves its end open
		}
		settled <- got
	}()
	ahead, relayErr := relayLogin(server, near)
	near.Close() // whatever the library still waits for ends with this
	got := <-settled
	if got.err != nil {
		return identity{}, hinted(got.err)
	}
	got.client.Close() // its socket only: the other end is closed already, so this does not wait
	if relayErr != nil {
		return identity{}, relayErr
	}
	return identity{got.client.JID(), got.client.LimitMaxBytes, ahead}, nil
}

// options are those of a login alone. TLS is not the library's business: the connection has it already.
func options(cfg Config, addr string) lib.Options {
	res := resource(cfg.JID)
	if res == "" {
		res = "vigie"
	}
	return lib.Options{
		Host:                         addr,
		User:                         bareJID(cfg.JID),
		Password:                     cfg.Password,
		Resource:                     escape(res),
		DialTimeout:                  5 * time.Second,
		NoTLS:                        true,
		InsecureAllowUnencryptedAuth: true, // the way to the relay; see login
		NoPLAIN:                      true,
	}
}

// relayLogin carries the negotiation until the library sends its presence, or gives up. It returns what the
// server has said since the step before. The presence itself goes no further, as the adapter has one of its own.
func relayLogin(server *tls.Conn, near net.Conn) (ahead []byte, err error) {
	heard := &sinceStep{to: near}
	down := make(chan struct{})
	go func() {
		defer close(down)
		io.Copy(heard, server)
		near.Close()
	}()
	err = relaySteps(server, near, heard)
	server.SetReadDeadline(time.Unix(1, 0)) // wakes the copy
	<-down
	if err != nil {
		return nil, err
	}
	return heard.said, server.SetReadDeadline(time.Time{})
}

func relaySteps(server, near net.Conn, heard *sinceStep) error {
	chunk := make([]byte, 8<<10)
	for {
		n, err := near.Read(chunk)
		if bytes.HasPrefix(chunk[:n], []byte("<presence")) {
			return nil
		}
		heard.step()
		if _, err := server.Write(chunk[:n]); err != nil {
			return err
		}
		if err != nil {
			return err
		}
	}
}

// A sinceStep passes on what the server says, and keeps what it has said since the last step.
type sinceStep struct {
	to   io.Writer
	mu   sync.Mutex
	said []byte
}

func (s *sinceStep) step() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.said = nil
}

func (s *sinceStep) Write(p []byte) (int, error) {
	s.mu.Lock()
	s.said = append(s.said, p...)
	s.mu.Unlock()
	s.to.Write(p) // the library may be gone; what is read is kept all the same
	return len(p), nil
}

// unproxied refuses to log in where the library would dial the proxy of the environment in place of the relay.
func unproxied(addr string) error {
	for _, pair := range [][2]string{{"HTTP_PROXY", "NO_PROXY"}, {"http_proxy", "no_proxy"}} {
		if os.Getenv(pair[0]) == "" {
			continue
		}
		except := os.Getenv("NO_PROXY")
		if except == "" {
			except = os.Getenv("no_proxy")
		}
		for _, e := range strings.Split(except, ",") {
			if except != "" && strings.Contains(addr, e) { // as the library has it
				return nil
			}
		}
		return fmt.Errorf("%s is set, and the XMPP library would send its login there; add 127.0.0.1 to %s", pair[0], pair[1])
	}
	return nil
}

// hinted adds what an admin can do about a refusal.
func hinted(err error) error {
	if errors.Is(err, io.EOF) {
		return errors.New("the server ended the connection during the login")
	}
	if strings.HasPrefix(err.Error(), "auth failure") {
		return fmt.Errorf("%w; check the address and the password of the account", err)
	}
	if strings.HasPrefix(err.Error(), "no viable authentication") {
		return fmt.Errorf("%w; the server must offer SCRAM", err)
	}
	return err
}
