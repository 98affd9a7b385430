package xmpp

import (
	"encoding/xml"
	"io"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/diaspote/vigie/bot"
)

func TestAddressed(t *testing.T) {
	for _, c := range []struct {
		line, nick, command string
		ok                  bool
	}{
		{"vigie: status", "vigie", "status", true},
		{"vigie, status", "vigie", "status", true},
		{"Vigie:status now", "vigie", "status now", true},
		{"@vigie status", "vigie", "status", true},
		{"@vigie: status", "vigie", "status", true},
		{"  !status  ", "vigie", "status", true},
		{"!status", "", "status", true},
		{"vigie:", "vigie", "help", true},
		{"@vigie", "vigie", "help", true},
		{"vigie_2: status", "vigie_2", "status", true},
		{"Éve: status", "éve", "status", true},
		{"vigie_: status", "vigie", "", false},
		{"@vigie2 status", "vigie", "", false},
		{"vigie status", "vigie", "", false},
		{"vigie", "vigie", "", false},
		{"ask vigie: status", "vigie", "", false},
		{"> vigie: status", "vigie", "", false},
		{"/me vigie: status", "vigie", "", false},
		{"!", "vigie", "", false},
		{"!!! look", "vigie", "", false},
		{"! status", "vigie", "", false},
		{": status", "", "", false},
		{"", "vigie", "", false},
		{"vig", "vigie", "", false},
	} {
		command, ok := addressed(c.line, c.nick)
		if ok != c.ok || ok && command != c.command {
			t.Errorf("addressed(%q, %q) = %q, %v", c.line, c.nick, command, ok)
		}
	}
}

func FuzzAddressed(f *testing.F) {
	f.Add("vigie: status", "vigie")
	f.Add("@V\xffigie ", "v\xffIGIE")
	f.Add("!\u212A", "")
	f.Fuzz(func(t *testing.T, line, nick string) {
		command, ok := addressed(line, nick)
		if !ok {
			return
		}
		if command == "" || strings.TrimSpace(command) != command {
			t.Errorf("addressed(%q, %q) = %q", line, nick, command)
		}
		if command != "help" && !strings.HasSuffix(strings.TrimSpace(line), command) {
			t.Errorf("addressed(%q, %q) = %q, which was not said", line, nick, command)
		}
	})
}

func TestAddresses(t *testing.T) {
	for jid, want := range map[string][4]string{
		"Dada@Diaspote.org/Desk/a@b": {"dada@diaspote.org", "Desk/a@b", "Dada", "diaspote.org"},
		"diaspote.org":               {"diaspote.org", "", "", "diaspote.org"},
		"diaspote.org/x@y":           {"diaspote.org", "x@y", "", "diaspote.org"},
		"\u212A@a":                   {"\u212A@a", "", "\u212A", "a"}, // not k@a
		"":                           {"", "", "", ""},
	} {
		if got := [4]string{bareJID(jid), resource(jid), localpart(jid), domainpart(jid)}; got != want {
			t.Errorf("%q: %q, want %q", jid, got, want)
		}
	}
}

func TestBody(t *testing.T) {
	const j = joiner
	for name, c := range map[string]struct {
		post   bot.Post
		nicks  []string
		want   string
		styled bool
	}{
		"text":            {bot.Post{Text: "up 12 days\n"}, nil, "up 12 days", false},
		"block":           {bot.Post{Text: "log:", Block: "a\nb"}, nil, "log:\n```\na\nb\n```", true},
		"block alone":     {bot.Post{Block: "a"}, nil, "```\na\n```", true},
		"a fence inside":  {bot.Post{Text: "```\n> x", Block: "a\n```\n```go\n  ```"}, nil, j + "```\n" + j + "> x\n```\na\n" + j + "```\n" + j + "```go\n  ```\n```", true},
		"an action":       {bot.Post{Text: "/me leaves"}, nil, j + "/me leaves", false},
		"a nick":          {bot.Post{Text: "Dada: dada's dadas"}, []string{"dada"}, "D" + j + "ada: d" + j + "ada's dadas", false},
		"a nick in a URL": {bot.Post{Text: "https://dada.example/dada dada"}, []string{"dada"}, "https://dada.example/dada d" + j + "ada", false},
		"a long nick":     {bot.Post{Block: "by jean paul!"}, []string{"Jean", "Jean Paul"}, "```\nby j" + j + "ean paul!\n```", true},
		"Greek":           {bot.Post{Text: "ΌΔΟΣ"}, []string{"όδος"}, "Ό" + j + "ΔΟΣ", false},
		"one letter":      {bot.Post{Text: "a b"}, []string{"a"}, "a b", false},
		"no nick":         {bot.Post{Text: "a b"}, []string{""}, "a b", false},
		"controls":        {bot.Post{Text: "\x1b[31mred\x00\r\n\x7f\u0085\u202Eab\xff\uFFFE\t."}, nil, "[31mred\nab\t.", false},
	} {
		got, styled := body(c.post, c.nicks, 1000)
		if got != c.want || styled != c.styled {
			t.Errorf("%s: %q, %v; want %q", name, got, styled, c.want)
		}
	}
}

func FuzzBody(f *testing.F) {
	f.Add("text", "block\n```", "dada")
	f.Add("https://a \xff", "&<>'\"", "a\xffb")
	f.Fuzz(func(t *testing.T, text, block, nick string) {
		const size = 300
		got, styled := body(bot.Post{Text: text, Block: block}, []string{nick}, size)
		escaped := escape(got)
		if len(escaped) > size+100 { // the marks that keep lines from being styled come on top
			t.Errorf("%d bytes", len(escaped))
		}
		var back string
		if err := xml.Unmarshal([]byte("<b>"+escaped+"</b>"), &back); err != nil || back != got || !utf8.ValidString(got) {
			t.Errorf("%q comes back as %q: %v", got, back, err)
		}
		if styled && strings.Count("\n"+got+"\n", "\n```\n") != 2 {
			t.Errorf("the block is not one block: %q", got)
		}
	})
}

func TestStream(t *testing.T) {
	const open = "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"
	deep := strings.Repeat("<a>", 12000) + "x" + strings.Repeat("</a>", 12000)
	wide := strings.Repeat("<a/>", maxElements) // what comes behind it could be the mark of a delay
	s := newStream(strings.NewReader(open + " <message id='1'><body>a &amp; b</body>" + deep + "<body>c</body></message>" +
		"<message id='2'>" + wide + "<body>late</body></message><message id='3'/></stream:stream>"))
	if err := s.root(); err != nil {
		t.Fatal(err)
	}
	n, err := s.next()
	if err != nil || n.attr("id") != "1" || n.child(nsClient, "body").text != "a & b" || len(n.nodes) != 3 || n.nodes[2].text != "c" {
		t.Errorf("%+v, %v", n, err)
	}
	if n, err = s.next(); err != nil || n.attr("id") != "3" {
		t.Errorf("behind what is too wide: %+v, %v", n, err)
	}
	if _, err = s.next(); err != errStreamEnded {
		t.Errorf("at the end: %v", err)
	}
	s = newStream(io.MultiReader(strings.NewReader(open+"<message>"), endless{}))
	s.root()
	if _, err := s.next(); err == nil {
		t.Error("a stanza without end was read")
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

func FuzzStanza(f *testing.F) {
	f.Add("<message type='groupchat' from='ops@conference.localhost/dada'><body>!x</body></message>")
	f.Add("<presence from='ops@conference.localhost/vigie'><x xmlns='http://jabber.org/protocol/muc#user'><item/></x></presence>")
	f.Add("<message type='error'><error/></message><message/>")
	f.Fuzz(func(t *testing.T, raw string) {
		in := newStream(strings.NewReader("<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>" + raw))
		if in.root() != nil {
			return
		}
		for {
			n, err := in.next()
			if err != nil {
				return
			}
			if text, is := read(n); is == plain && strings.TrimSpace(text) == "" {
				t.Errorf("%q is said, but says nothing", raw)
			}
			roomItem(n)
			n.condition()
		}
	})
}
