package local

import (
	"log/slog"
	"os/user"
	"path/filepath"
	"testing"

	"github.com/diaspote/vigie/bot"
	"github.com/diaspote/vigie/fixtures/conformance"
)

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
				newest.ask(t, text)
			},
			Read: func(t testing.TB) conformance.Seen {
				raw, a := newest.next(t)
				if a.Done {
					t.Fatalf("done, with nothing more said: %s", raw)
				}
				return conformance.Seen{Text: a.Text + "|" + a.Block, Raw: raw, Edit: a.Edit}
			},
			AsSaid: func(p bot.Post) string { return bot.Clean(p.Text) + "|" + bot.Clean(p.Block) },
			Tame: func(t testing.TB, seen conformance.Seen) {
				for _, r := range seen.Text {
					if r != '\n' && (r < 0x20 || 0x7f <= r && r < 0xa0) {
						t.Errorf("a terminal would obey %q", seen.Text)
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
