package xmpp

import (
	"strconv"
	"strings"
	"testing"

	"github.com/diaspote/vigie/bot"
	"github.com/diaspote/vigie/fixtures/prosody"
)

// The round trip of a command, from a person's stanza out to the answer in, over the adapter alone: what the
// bot's own work is measured against.
func BenchmarkRoundTrip(b *testing.B) {
	s := prosody.Start(b, "", "vigie", "dada")
	dada := s.Client(b, "dada", "desk")
	dada.Join(ops, "dada")
	dada.Send("<presence/>")
	l := listen(b, s, nil)
	waitFor(dada, ops+"/vigie")
	l.echo()
	b.Run("room", func(b *testing.B) {
		for b.Loop() {
			say(dada, ops, "groupchat", "vigie: status")
			saysTo(dada, ops+"/vigie")
		}
	})
	b.Run("direct", func(b *testing.B) {
		for b.Loop() {
			say(dada, botJID, "chat", "status")
			saysTo(dada, botJID+"/vigie")
		}
	})
}

func BenchmarkBody(b *testing.B) {
	text := ""
	for range 200 {
		text += "Nov 23 22:24:01 diaspote systemd[1]: Started diaspora.service - see https://diaspote.org for dada.\n"
	}
	nicks := []string{"dada", "lou", "mallory", "vigie", "systemd"}
	for b.Loop() {
		unping(text, nicks)
	}
}

// BenchmarkBodyInACrowd is an answer into a room that somebody has filled with long nicks.
func BenchmarkBodyInACrowd(b *testing.B) {
	var nicks []string
	for i := range maxOccupants {
		nicks = append(nicks, strings.Repeat("a", 1000)+strconv.Itoa(i))
	}
	p := bot.Post{Text: strings.Repeat("a ", 3000)}
	for b.Loop() {
		body(p, nicks, defaultLimit)
	}
}

// BenchmarkPicture is from the post to the picture's message in the room: upload slot, HTTPS, text, address. What a command adds
// to it is the graph itself.
func BenchmarkPicture(b *testing.B) {
	s := prosody.Start(b, "http_file_share_daily_quota = 10 * 1024 * 1024 * 1024", "vigie", "dada")
	dada, l := openRoom(b, s, "anyone")
	p := picture(b)
	b.SetBytes(int64(len(p.Data)))
	for b.Loop() {
		l.post(bot.Post{Room: ops, Text: "memory 61 % now", Picture: p})
		saysTo(dada, ops+"/vigie")
		if link := bodyOf(saysTo(dada, ops+"/vigie")); !strings.HasPrefix(link, "https://") {
			b.Fatalf("the room got %q", link)
		}
	}
}
