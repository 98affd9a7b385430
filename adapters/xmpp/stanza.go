package xmpp

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// Namespaces that are read or written in more than one place.
const (
	nsClient    = "jabber:client"
	nsStream    = "http://etherx.jabber.org/streams"
	nsStanzas   = "urn:ietf:params:xml:ns:xmpp-stanzas"
	nsPing      = "urn:xmpp:ping"
	nsMUC       = "http://jabber.org/protocol/muc"
	nsMUCUser   = "http://jabber.org/protocol/muc#user"
	nsInfo      = "http://jabber.org/protocol/disco#info"
	nsItems     = "http://jabber.org/protocol/disco#items"
	nsCommands  = "http://jabber.org/protocol/commands"
	nsForms     = "jabber:x:data"
	nsVersion   = "jabber:iq:version"
	nsStanzaIDs = "urn:xmpp:sid:0"
)

// Limits of what is read. A server limits what its clients send (Prosody: 256 KiB), so these are the last
// line: what is deeper is read to its end, but not kept, and a stanza with more elements is skipped as a whole, for
// a mark that it is delayed may be among the last.
const (
	maxStanza   = 4 << 20 // bytes
	maxDepth    = 16
	maxElements = 2000
)

// A node is an element of a stanza, and what is in it.
type node struct {
	name  xml.Name
	attrs []xml.Attr
	text  string // the character data directly inside
	nodes []*node
}

func (n *node) attr(name string) string {
	for _, a := range n.attrs {
		if a.Name.Local == name && a.Name.Space == "" {
			return a.Value
		}
	}
	return ""
}

func (n *node) is(space, local string) bool { return n.name.Space == space && n.name.Local == local }

// child is the first element of that name inside n, or nil.
func (n *node) child(space, local string) *node {
	for _, c := range n.nodes {
		if c.is(space, local) {
			return c
		}
	}
	return nil
}

// only is the element of that name inside n, or nil if there is none or more than one.
func (n *node) only(space, local string) *node {
	var found *node
	for _, c := range n.nodes {
		if !c.is(space, local) {
			continue
		}
		if found != nil {
			return nil
		}
		found = c
	}
	return found
}

// condition is the defined condition of an error stanza (RFC 6120, section 8.3), with the sender's words.
func (n *node) condition() string {
	e := n.child(nsClient, "error")
	if e == nil {
		return ""
	}
	name, text := "error", ""
	for _, c := range e.nodes {
		switch {
		case c.is(nsStanzas, "text"):
			text = c.text
		case c.name.Space == nsStanzas:
			name = c.name.Local
		}
	}
	if text = clip(oneLine(text), 200); text != "" {
		return name + " (" + text + ")"
	}
	return name
}

// has tells whether an error stanza carries the condition.
func (n *node) has(condition string) bool {
	e := n.child(nsClient, "error")
	return e != nil && e.child(nsStanzas, condition) != nil
}

// A stream reads a server's half of an XML stream, one element below the root at a time.
type stream struct {
	in   *xml.Decoder
	meal *meal
}

// A meal bounds what is read for one stanza.
type meal struct {
	r    io.Reader
	left int
}

var errTooBig = fmt.Errorf("the server sent a stanza of more than %d MiB", maxStanza>>20)

func (m *meal) Read(p []byte) (int, error) {
	if m.left <= 0 {
		return 0, errTooBig
	}
	n, err := m.r.Read(p[:min(len(p), m.left)])
	m.left -= n
	return n, err
}

func newStream(r io.Reader) *stream {
	m := &meal{r: r, left: maxStanza}
	return &stream{in: xml.NewDecoder(m), meal: m}
}

var errStreamEnded = errors.New("the server ended the stream")

// root reads up to and including the opening tag of the stream.
func (s *stream) root() error {
	for {
		token, err := s.in.Token()
		if err != nil {
			return err
		}
		if start, ok := token.(xml.StartElement); ok {
			if start.Name.Space != nsStream || start.Name.Local != "stream" {
				return fmt.Errorf("the server does not speak XMPP: its stream is a <%s>", clip(start.Name.Local, 40))
			}
			return nil
		}
	}
}

// next reads one stanza. An error is for good: what follows malformed XML cannot be understood.
func (s *stream) next() (*node, error) {
	s.meal.left = maxStanza
	var open []*node // the elements that are kept and not yet closed
	var texts [][]byte
	depth, kept, tooMany := 0, 0, false
	for {
		token, err := s.in.Token()
		if err != nil {
			return nil, err
		}
		switch token := token.(type) {
		case xml.StartElement:
			depth++
			tooMany = tooMany || kept >= maxElements
			if depth > maxDepth || kept >= maxElements || depth > len(open)+1 {
				continue
			}
			kept++
			n := &node{name: token.Name, attrs: token.Attr}
			if depth > 1 {
				above := open[len(open)-1]
				above.nodes = append(above.nodes, n)
			}
			open, texts = append(open, n), append(texts, nil)
		case xml.CharData:
			if depth > 0 && depth == len(open) {
				texts[depth-1] = append(texts[depth-1], token...)
			}
		case xml.EndElement:
			if depth == 0 {
				return nil, errStreamEnded
			}
			if depth == len(open) {
				n := open[depth-1]
				n.text = string(texts[depth-1])
				open, texts = open[:depth-1], texts[:depth-1]
				if depth == 1 && !tooMany {
					return n, nil
				}
				if depth == 1 {
					s.meal.left, kept, tooMany = maxStanza, 0, false
				}
			}
			depth--
		}
	}
}

// escape makes a string fit for text and for attributes in single quotes. Characters that XML cannot carry
// (section 2.2), control characters and those that turn the direction of writing around are left out.
func escape(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	for i, r := range s {
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(s[i:], "\uFFFD"): // a broken byte
		case r == '&':
			b.WriteString("&amp;")
		case r == '<':
			b.WriteString("&lt;")
		case r == '>':
			b.WriteString("&gt;")
		case r == '\'':
			b.WriteString("&apos;")
		case r == '"':
			b.WriteString("&quot;")
		case sayable(r):
			b.WriteRune(r)
		}
	}
	return b.String()
}

func sayable(r rune) bool {
	switch {
	case r == '\n' || r == '\t':
		return true
	case r < 0x20, r >= 0x7F && r < 0xA0, r == 0xFFFE, r == 0xFFFF:
		return false
	case r >= 0x202A && r <= 0x202E, r >= 0x2066 && r <= 0x2069: // directional overrides and isolates
		return false
	}
	return true
}

// oneLine turns white space and line ends into single spaces.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// clip cuts a string to at most n bytes, at the border of a character.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "…"
}
