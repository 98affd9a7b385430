package slack

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/diaspote/vigie/bot"
	"github.com/diaspote/vigie/fixtures/conformance"
	"github.com/diaspote/vigie/fixtures/slackd"
)

func TestConformance(t *testing.T) {
	conformance.Run(t, func(t *testing.T) conformance.Subject {
		server := slackd.New(t)
		cfg := Config{AppToken: slackd.AppToken, BotToken: slackd.BotToken, Channels: []string{"#ops"}, APIURL: server.URL}
		connected := 0
		return conformance.Subject{
			Chat: unhurried{New(cfg, slog.New(slog.DiscardHandler), time.Now)},
			Ready: func(testing.TB) {
				connected++
				server.AwaitConnected(connected)
			},
			Lose: func(testing.TB) { server.DropAll() },
			Say: func(_ testing.TB, text string) {
				server.DM(slackd.Dada, strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(text))
			},
			Read: func(testing.TB) conformance.Seen {
				p := server.NextPost()
				return conformance.Seen{Text: p.Shown(), Raw: p.Text + p.Blocks, Edit: p.Method == "chat.update"}
			},
			Fetch: func(t testing.TB) []byte {
				p := server.NextPost()
				if len(p.Files) != 1 {
					t.Fatalf("no picture was shared: %+v", p)
				}
				return p.Files[0].Content
			},
			AsSaid: func(p bot.Post) string {
				text, block := bot.Clean(p.Text), bot.Clean(p.Block)
				if block == "" {
					return text
				}
				return strings.TrimPrefix(text+"\n```\n"+block+"\n```", "\n")
			},
			Tame: func(t testing.TB, seen conformance.Seen) {
				for _, live := range []string{"<!", "<@", "<#", "<http", `"type":"broadcast"`, `"type":"user"`, `"type":"link"`, `"mrkdwn"`} {
					if strings.Contains(seen.Raw, live) {
						t.Errorf("%s lives in %s", live, seen.Raw)
					}
				}
			},
			Person:           "slack:" + slackd.Dada,
			Room:             slackd.DMOf(slackd.Dada),
			NoRoom:           "#nowhere",
			PostsUnconnected: true,
			Libraries:        []string{"slack-go/slack"},
		}
	})
}

// An unhurried chat does not keep to Slack's pace of one post a second, which the workspace of the tests does not ask for.
type unhurried struct{ *Chat }

func (c unhurried) Post(ctx context.Context, p bot.Post) (bot.Receipt, error) {
	c.forget()
	return c.Chat.Post(ctx, p)
}

func (c unhurried) Edit(ctx context.Context, r bot.Receipt, p bot.Post) error {
	c.forget()
	return c.Chat.Edit(ctx, r, p)
}

func (c unhurried) forget() {
	c.pace.mu.Lock()
	defer c.pace.mu.Unlock()
	clear(c.pace.until)
}
