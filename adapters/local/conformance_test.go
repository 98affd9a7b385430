package local

import (
	"log/slog"
	"os/user"
	"path/filepath"
	"strings"
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
