package xmpp

import (
	"log/slog"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/diaspote/vigie/bot"
	"github.com/diaspote/vigie/fixtures/conformance"
	"github.com/diaspote/vigie/fixtures/prosody"
)

func TestConformanceWithOnePerson(t *testing.T) {
	s := prosody.Start(t, "", "vigie", "dada")
	conformance.Run(t, func(t *testing.T) conformance.Subject {
		dada := s.Client(t, "dada", "desk")
		dada.Send("<presence/>")
		subject := subjectOn(s)
		subject.Ready = func(testing.TB) { online(dada) }
		subject.Lose = func(t testing.TB) {
			s.Restart()
			dada = s.Client(t, "dada", "desk")
			dada.Send("<presence/>")
		}
		subject.Say = func(_ testing.TB, text string) { say(dada, botJID, "chat", text) }
		subject.Read = func(testing.TB) conformance.Seen { return seen(saysTo(dada, botJID+"/vigie")) }
		subject.Fetch = func(t testing.TB) []byte { return fetch(t, s, saysTo(dada, botJID+"/vigie")) }
		subject.Room = "dada@localhost"
		subject.NoRoom = "nobody@localhost"
		return subject
	})
}

func TestConformanceInARoom(t *testing.T) {
	s := prosody.Start(t, "", "vigie", "dada")
	conformance.Run(t, func(t *testing.T) conformance.Subject {
		var dada *prosody.Client
		enter := func(t testing.TB) {
			dada = s.Client(t, "dada", "desk")
			dada.Join(ops, "dada")
			dada.Configure(ops, "muc#roomconfig_whois", "anyone")
			dada.Configure(ops, "muc#roomconfig_persistentroom", "1") // dada's after a restart, whoever comes first
		}
		enter(t)
		subject := subjectOn(s)
		subject.Ready = func(testing.TB) { waitFor(dada, ops+"/vigie") }
		subject.Lose = func(t testing.TB) {
			s.Restart()
			enter(t)
		}
		subject.Say = func(_ testing.TB, text string) { say(dada, ops, "groupchat", "vigie: "+text) }
		subject.Read = func(testing.TB) conformance.Seen { return seen(saysTo(dada, ops+"/vigie")) }
		subject.Fetch = func(t testing.TB) []byte { return fetch(t, s, saysTo(dada, ops+"/vigie")) }
		subject.Room = ops
		subject.NoRoom = "nowhere@" + prosody.Conference
		return subject
	})
}

// subjectOn is what both ways to talk have in common.
func subjectOn(s *prosody.Server) conformance.Subject {
	return conformance.Subject{
		Chat: New(Config{
			JID: botJID + "/vigie", Password: prosody.Password, Server: s.Addr, CAs: s.CAs, Rooms: []Room{{JID: ops}},
		}, menuOf(), slog.New(slog.DiscardHandler), time.Now),
		AsSaid: func(p bot.Post) string {
			text, block := shown(p.Text), shown(p.Block)
			if block == "" {
				return text
			}
			return strings.TrimPrefix(text+"\n```\n"+block+"\n```", "\n")
		},
		Tame: func(t testing.TB, seen conformance.Seen) {
			if strings.HasPrefix(seen.Raw, "/me ") { // XEP-0245: at the beginning alone
				t.Errorf("a client takes %q for a deed of the bot's", seen.Raw)
			}
		},
		Person:    "xmpp:dada@localhost",
		Libraries: []string{"xmppo/go-xmpp"},
	}
}

func seen(n prosody.Node) conformance.Seen {
	raw := bodyOf(n)
	return conformance.Seen{
		Text: strings.ReplaceAll(raw, joiner, ""), // has no width
		Raw:  raw,
		Edit: n.Child("replace").XMLName.Local != "",
	}
}

var unsayable = regexp.MustCompile(`[\x00-\x08\x0b-\x1f\x7f-\x{9f}\x{202a}-\x{202e}\x{2066}-\x{2069}\x{fffe}\x{ffff}]`)

// shown is text without what XML cannot carry, what a terminal would obey, and white space at the end.
func shown(text string) string {
	return strings.TrimRight(unsayable.ReplaceAllString(strings.ToValidUTF8(text, ""), ""), " \t\n")
}
