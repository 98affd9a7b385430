package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"image/png"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/diaspote/vigie/adapters/xmpp"
	"github.com/diaspote/vigie/bot"
	"github.com/diaspote/vigie/commands"
	"github.com/diaspote/vigie/fixtures/prosody"
	"github.com/diaspote/vigie/ops"
	"github.com/diaspote/vigie/ops/ledger"
	"github.com/diaspote/vigie/ops/schedule"
)

// A gallery is a bot with a day of memory in its history, in a room of a real Prosody.
type gallery struct {
	*bot.Bot
	host   *host
	server *prosody.Server
	dada   *prosody.Client
}

func openGallery(t testing.TB, lua string) *gallery {
	t.Helper()
	log := slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
	db, err := ledger.Open(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	h, err := newHost(log)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.openRecord(t.Context(), db, nil); err != nil {
		t.Fatal(err)
	}
	remember(t, h)
	g := &gallery{Bot: bot.New(db, log, h.now), host: h, server: prosody.Start(t, lua, "vigie", "dada")}
	c := h.commands(nil)
	if err := g.Use(bot.Settings{
		Host: "diaspote", Commands: commands.Table(c), Illustrate: h.illustrate(c), Rooms: []bot.Home{{Chat: "xmpp", Room: opsRoom}},
		Policy: bot.Policy{People: []bot.Person{{Name: "dada", Role: bot.Admin, Accounts: []string{"xmpp:dada@localhost"}}}},
		Rules:  []bot.Rule{{On: "test/*", Do: "graph memory", Count: 1, Per: time.Hour}},
	}); err != nil {
		t.Fatal(err)
	}
	g.dada = g.server.Client(t, "dada", "phone")
	g.dada.Join(opsRoom, "dada")
	g.dada.Configure(opsRoom, "muc#roomconfig_whois", "anyone")
	chat := xmpp.New(xmpp.Config{
		JID: botJID, Password: prosody.Password, Server: g.server.Addr, CAs: g.server.CAs, Rooms: []xmpp.Room{{JID: opsRoom}},
	}, g.Menu, log, time.Now)
	ctx, cancel := context.WithCancel(context.Background())
	var served sync.WaitGroup
	served.Go(func() {
		if err := g.Serve(ctx, chat); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(func() {
		cancel()
		g.Close(ctx)
		served.Wait()
		h.close()
		db.Close()
	})
	g.dada.Expect("the bot in the room", func(n prosody.Node) bool { return n.Is("presence", "", opsRoom+"/vigie") })
	g.say("whoami")
	if text := g.next(); !strings.HasPrefix(text, "You are") {
		t.Fatalf("the room reads %q", text)
	}
	return g
}

// remember writes a day of a memory that fills up, one value each 15 s.
func remember(t testing.TB, h *host) {
	gauge := func(name string, value float64) ops.Sample {
		return ops.Sample{Series: ops.Series{Name: name}, Value: value}
	}
	const mebi = 1 << 20
	now := time.Now()
	for at := now.Add(-24 * time.Hour); at.Before(now); at = at.Add(15 * time.Second) {
		used := 400*mebi + 30*mebi*at.Sub(now.Add(-24*time.Hour)).Hours() + float64(at.Unix()*7919%mebi*40)
		if err := h.record.store.Write(t.Context(), at, []ops.Sample{
			gauge("node_memory_MemTotal_bytes", 2048*mebi), gauge("node_memory_MemAvailable_bytes", 2048*mebi-used), gauge("node_memory_MemFree_bytes", 100*mebi),
		}); err != nil {
			t.Fatal(err)
		}
	}
}

func (g *gallery) say(line string) {
	g.dada.Send("<message type='groupchat' to='%s'><body>vigie: %s</body></message>", opsRoom, line)
}

// nextPost is what the room reads next of the bot.
func (g *gallery) nextPost() prosody.Node {
	return g.dada.Expect("a post", func(n prosody.Node) bool {
		return n.XMLName.Local == "message" && n.Attr("from") == opsRoom+"/vigie" && n.Child("body").Text != ""
	})
}

func (g *gallery) next() string { return g.nextPost().Child("body").Text }

// picture wants the next post to be a picture, and fetches it.
func (g *gallery) picture(t *testing.T) []byte {
	t.Helper()
	m := g.nextPost()
	link := m.Child("x").Child("url").Text
	if link == "" || link != m.Child("body").Text {
		t.Fatalf("the post is no picture: %s", m)
	}
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: g.server.CAs}}}
	defer client.CloseIdleConnections()
	resp, err := client.Get(link)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.DecodeConfig(bytes.NewReader(data))
	if err != nil || img.Width < 400 || img.Height < 200 {
		t.Fatalf("%s: a picture of %d bytes, %dx%d: %v", link, len(data), img.Width, img.Height, err)
	}
	return data
}

// From the line in the room, an alert, a rule and a job to the picture that dada downloads.
func TestPicturesInTheRoom(t *testing.T) {
	g := openGallery(t, "")
	g.say("graph memory")
	if text := g.next(); !strings.HasPrefix(text, "memory") || strings.Contains(text, "\n") {
		t.Errorf("the picture's line is %q", text)
	}
	data := g.picture(t)
	t.Logf("a picture of %d bytes", len(data))

	if err := g.Raise(t.Context(), ops.Event{
		Kind: "oom", Key: "oom/diaspora.service", Unit: "diaspora.service", Severity: ops.Critical, At: time.Now(), Title: "OOM kill",
	}); err != nil {
		t.Fatal(err)
	}
	if text := g.next(); !strings.HasPrefix(text, "✗ OOM kill") {
		t.Errorf("the alert is %q", text)
	}
	g.picture(t)

	if err := g.Raise(t.Context(), ops.Event{Kind: "test", Key: "test/rule", At: time.Now(), Title: "a test"}); err != nil {
		t.Fatal(err)
	}
	if text := g.next(); !strings.HasPrefix(text, "● a test") {
		t.Errorf("the event is %q", text)
	}
	if text := g.next(); !strings.HasPrefix(text, "● graph memory was run for test/rule") || !strings.Contains(text, "\nmemory") {
		t.Errorf("what the rule did is %q", text)
	}
	g.picture(t)
	d := &daemon{bot: g.Bot, host: g.host, log: g.host.log}
	answer, err := d.doJob(t.Context(), schedule.Job{Name: "weekly", Do: "graph memory 24h"})
	if err != nil {
		t.Fatal(err)
	}
	if err := g.Raise(t.Context(), ops.Event{Kind: "job", Key: schedule.Key("weekly"), At: time.Now(), Title: "weekly ran", Text: answer}); err != nil {
		t.Fatal(err)
	}
	if text := g.next(); !strings.HasPrefix(text, "● weekly ran") || !strings.Contains(text, "\nmemory") {
		t.Errorf("what the job did is %q", text)
	}
	g.picture(t)

	g.say("whoami")
	if text := g.next(); !strings.HasPrefix(text, "You are") {
		t.Errorf("after that came %q", text)
	}
}

// BenchmarkGraph is from the line in the room to the picture's message: reading a day, drawing, uploading.
func BenchmarkGraph(b *testing.B) {
	g := openGallery(b, "http_file_share_daily_quota = 10 * 1024 * 1024 * 1024")
	var took []time.Duration
	for b.Loop() {
		began := time.Now()
		g.say("graph memory 24h")
		if text := g.next(); !strings.HasPrefix(text, "memory") {
			b.Fatalf("the room reads %q", text)
		}
		if link := g.next(); !strings.HasPrefix(link, "https://") {
			b.Fatalf("the room reads %q", link)
		}
		took = append(took, time.Since(began))
	}
	b.ReportMetric(float64(percentile(took, 50).Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(percentile(took, 99).Microseconds())/1000, "p99-ms")
}
