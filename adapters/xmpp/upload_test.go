package xmpp

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"image"
	"image/png"
	"io"
	"log"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/diaspote/vigie/bot"
	"github.com/diaspote/vigie/fixtures/prosody"
)

// picture is a PNG of some 25 kB, the size of a graph.
func picture(t testing.TB) *bot.Picture {
	t.Helper()
	img := image.NewGray(image.Rect(0, 0, 1000, 420))
	noise := rand.New(rand.NewPCG(1, 2))
	for i := range img.Pix {
		if i%40 == 0 {
			img.Pix[i] = uint8(noise.IntN(256))
		}
	}
	var b bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return &bot.Picture{
		Name: "memory 24 h.png", Type: "image/png", Data: b.Bytes(), Width: 1000, Height: 420,
		Draw: func(columns int) string { return strings.Repeat("⣀", columns) },
	}
}

// fetch takes the picture that a message shows, over HTTPS.
func fetch(t testing.TB, s *prosody.Server, m prosody.Node) []byte {
	t.Helper()
	link := bodyOf(m)
	if oob := m.Child("x"); oob.XMLName.Space != "jabber:x:oob" || oob.Child("url").Text != link {
		t.Fatalf("no picture is shown: %s", m)
	}
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: s.CAs}}}
	defer client.CloseIdleConnections()
	resp, err := client.Get(link)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != 200 || resp.Header.Get("Content-Type") != "image/png" {
		t.Fatalf("%s: %s %s: %v", link, resp.Status, resp.Header, err)
	}
	return data
}

// seesPicture wants the next messages from an address to be the text and then the picture.
func seesPicture(t *testing.T, s *prosody.Server, c *prosody.Client, from, text string, p *bot.Picture) {
	t.Helper()
	if got := bodyOf(saysTo(c, from)); got != text {
		t.Errorf("the text is %q", got)
	}
	m := saysTo(c, from)
	data := fetch(t, s, m)
	if link := bodyOf(m); !strings.HasSuffix(link, "/memory-24-h.png") {
		t.Errorf("its address is %s", link)
	}
	if !bytes.Equal(data, p.Data) {
		t.Errorf("%d bytes came, %d were sent", len(data), len(p.Data))
	}
	if img, err := png.DecodeConfig(bytes.NewReader(data)); err != nil || img.Width != p.Width || img.Height != p.Height {
		t.Errorf("it is no picture of %d×%d: %+v, %v", p.Width, p.Height, img, err)
	}
}

func TestPicture(t *testing.T) {
	s := prosody.Start(t, "", "vigie", "dada")
	dada, l := openRoom(t, s, "anyone")
	dada.Send("<presence/>")
	p := picture(t)
	t.Logf("a picture of %d bytes", len(p.Data))

	l.post(bot.Post{Room: ops, Text: "memory 61 % now", Picture: p})
	seesPicture(t, s, dada, ops+"/vigie", "memory 61 % now", p)
	l.post(bot.Post{Room: "dada@localhost", Text: "memory 62 % now", Picture: p})
	seesPicture(t, s, dada, botJID+"/vigie", "memory 62 % now", p)
	l.post(bot.Post{Room: ops, Only: "xmpp:dada@localhost", Text: "for you alone", Picture: p})
	seesPicture(t, s, dada, ops+"/vigie", "for you alone", p)

	r := l.post(bot.Post{Room: ops, Thread: "t1", Picture: p})
	m := saysTo(dada, ops+"/vigie")
	if r.ID != m.Attr("id") || m.Child("thread").Text != "t1" || !strings.HasPrefix(bodyOf(m), "https://") {
		t.Errorf("a picture alone came as %s, its receipt is %+v", m, r)
	}

	// Another connection finds the service again.
	s.Restart()
	dada = s.Client(t, "dada", "desk")
	dada.Send("<presence to='%s/dada'><x xmlns='%s'><history maxstanzas='0'/></x></presence>", ops, nsMUC)
	ready(dada, l) // whoever came first
	l.post(bot.Post{Room: ops, Text: "again", Picture: p})
	seesPicture(t, s, dada, ops+"/vigie", "again", p)
}

// The text of a post with a picture is what is edited.
func TestEditBesideAPicture(t *testing.T) {
	s := prosody.Start(t, "", "vigie", "dada")
	dada, l := openRoom(t, s, "anyone")
	r := l.post(bot.Post{Room: ops, Text: "one", Picture: picture(t)})
	first := saysTo(dada, ops+"/vigie")
	saysTo(dada, ops+"/vigie")
	if err := l.Edit(t.Context(), r, bot.Post{Text: "two", Picture: picture(t)}); err != nil {
		t.Fatal(err)
	}
	m := saysTo(dada, ops+"/vigie")
	if m.Child("replace").Attr("id") != first.Attr("id") || bodyOf(m) != "two" {
		t.Errorf("the edit came as %s", m)
	}
	l.post(bot.Post{Room: ops, Text: "three"})
	if got := bodyOf(saysTo(dada, ops+"/vigie")); got != "three" {
		t.Errorf("the edit brought %q", got)
	}
}

func TestPictureInAForm(t *testing.T) {
	s := prosody.Start(t, "", "vigie", "dada")
	dada, l := openRoom(t, s, "anyone")
	dada.Send("<presence/>")
	dada.Send("<iq type='set' id='menu' to='%s/vigie'><command xmlns='%s' node='status' action='execute'/></iq>", botJID, nsCommands)
	m := l.heard()
	l.post(bot.Post{Room: m.Room, Text: "memory 61 % now", Picture: picture(t)})
	m.Done(nil)
	var shown []prosody.Node
	answer, before := dada.Until("the form", func(n prosody.Node) bool { return n.Attr("id") == "menu" })
	for _, n := range before {
		if n.Is("message", "chat", botJID+"/vigie") {
			shown = append(shown, n)
		}
	}
	if !strings.Contains(answer.Inner, "memory 61 % now") {
		t.Errorf("the form is %s", answer)
	}
	if len(shown) != 1 || shown[0].Child("x").Child("url").Text == "" {
		t.Errorf("beside the form came %v and %s", before, answer)
	}
}

// A depot takes uploads in place of Prosody, which names it in its slots.
type depot struct {
	lua string // for the configuration of Prosody

	port   int
	listen net.Listener
	server *http.Server
}

func newDepot(t *testing.T, handle http.HandlerFunc) *depot {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	d := &depot{port: l.Addr().(*net.TCPAddr).Port, listen: l, server: &http.Server{Handler: handle, ErrorLog: log.New(io.Discard, "", 0)}}
	d.lua = fmt.Sprintf("http_external_url = 'https://localhost:%d/'", d.port)
	t.Cleanup(func() { d.server.Close(); l.Close() })
	return d
}

// open opens it, with the certificate of a Prosody.
func (d *depot) open(s *prosody.Server) {
	d.server.TLSConfig = &tls.Config{Certificates: []tls.Certificate{s.Certificate()}}
	go d.server.ServeTLS(d.listen, "", "")
}

// drawsInstead fails unless a post with a picture comes with the picture drawn, in one message that says why.
func drawsInstead(t *testing.T, dada *prosody.Client, l *listener, why string) {
	t.Helper()
	p := picture(t)
	p.Link = "https://status.diaspote.org/graphs/memory"
	r := l.post(bot.Post{Room: ops, Text: "memory 61 % now", Picture: p})
	m := saysTo(dada, ops+"/vigie")
	got := bodyOf(m)
	lines := strings.Split(got, "\n")
	if len(lines) != 6 || lines[0] != "memory 61 % now" || !strings.HasPrefix(lines[1], "no picture: ") || !strings.Contains(lines[1], why) ||
		lines[2] != p.Link || lines[4] != strings.Repeat("⣀", 60) || r.ID != m.Attr("id") {
		t.Errorf("posted %q, wanted the reason %q", got, why)
	}
}

func TestServiceThatTakesNoPicture(t *testing.T) {
	for _, test := range []struct{ name, lua, why string }{
		{"no service", "file_share, services = false, { 'conference.localhost' }", "the server offers no file upload (XEP-0363)"},
		{"service gone", "file_share = false", "the server offers no file upload (XEP-0363)"},
		{"too large", "http_file_share_size_limit = 10 * 1024", "the upload service refuses files over 10 KiB"},
		{"quota", "http_file_share_daily_quota = 10 * 1024", "the upload service says resource-constraint (Daily quota reached)"},
		{"type", "http_file_share_allowed_file_types = { 'text/plain' }", "the upload service says not-acceptable (File type not allowed)"},
		{"port closed", "https_ports = {}", "connection refused"},
		{"no TLS there", "http_external_url = 'http://localhost:1/'", `the upload service gave no proper slot: an address is not https:// but "http"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := prosody.Start(t, test.lua, "vigie", "dada")
			dada, l := openRoom(t, s, "anyone")
			for range 2 {
				drawsInstead(t, dada, l, test.why)
			}
		})
	}
}

// A service that never answers, here a person's client, is waited for as long as there may be another that takes files.
func TestServiceThatHangs(t *testing.T) {
	s := prosody.Start(t, "services = { 'dada@localhost/desk', 'upload.localhost' }", "vigie", "dada")
	dada := s.Client(t, "dada", "desk")
	dada.Join(ops, "dada")
	l := listen(t, s, nil)
	ready(dada, l)
	p := picture(t)
	l.post(bot.Post{Room: ops, Text: "memory 61 % now", Picture: p})
	seesPicture(t, s, dada, ops+"/vigie", "memory 61 % now", p)

	s = prosody.Start(t, "file_share, services = false, { 'dada@localhost/desk' }", "vigie", "dada")
	dada = s.Client(t, "dada", "desk")
	dada.Join(ops, "dada")
	l = listen(t, s, func(c *Chat) { c.pace.upload = 3 * time.Second })
	ready(dada, l)
	drawsInstead(t, dada, l, "the server offers no file upload (XEP-0363)")
}

func TestHostThatTakesNoPicture(t *testing.T) {
	var answer atomic.Pointer[http.HandlerFunc]
	d := newDepot(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPut || !strings.HasPrefix(r.Header.Get("Authorization"), "Bearer ") || r.Header.Get("Content-Type") != "image/png" {
			t.Errorf("%s came, with %v", r.Method, r.Header)
		}
		(*answer.Load())(w, r)
	})
	s := prosody.Start(t, d.lua, "vigie", "dada")
	d.open(s)
	dada, l := openRoom(t, s, "anyone")
	status := func(code int) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(code) }
	}
	for _, test := range []struct {
		name   string
		answer http.HandlerFunc
		why    string
	}{
		{"413", status(413), "refuses a file of"},
		{"500", status(500), "answered the upload with 500 Internal Server Error"},
		{"redirect", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Location", fmt.Sprintf("https://localhost:%d/elsewhere", d.port))
			w.WriteHeader(307)
		}, "answered the upload with 307 Temporary Redirect"},
		{"cut", func(w http.ResponseWriter, r *http.Request) { panic(http.ErrAbortHandler) }, "EOF"},
		{"flood", func(w http.ResponseWriter, r *http.Request) { w.Header().Set("X-Flood", strings.Repeat("x", 1<<20)) }, "headers exceeded"},
	} {
		t.Run(test.name, func(t *testing.T) {
			answer.Store(&test.answer)
			drawsInstead(t, dada, l, test.why)
		})
	}
}

// What a slot is for is not waited for longer than a person would.
func TestHostThatHangs(t *testing.T) {
	d := newDepot(t, func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	s := prosody.Start(t, d.lua, "vigie", "dada")
	d.open(s)
	dada := s.Client(t, "dada", "desk")
	dada.Join(ops, "dada")
	l := listen(t, s, func(c *Chat) { c.pace.upload = time.Second })
	ready(dada, l)
	drawsInstead(t, dada, l, "the upload took longer than 1s")
}

func TestHostOfAnother(t *testing.T) {
	d := newDepot(t, func(w http.ResponseWriter, r *http.Request) { t.Error("the picture came to another host") })
	s := prosody.Start(t, d.lua, "vigie", "dada")
	d.open(prosody.Start(t, ""))
	dada, l := openRoom(t, s, "anyone")
	drawsInstead(t, dada, l, "certificate")
}

// A connection that is lost during the upload has the post tried again, whole.
func TestConnectionLostDuringAnUpload(t *testing.T) {
	began := make(chan struct{}, 10)
	d := newDepot(t, func(w http.ResponseWriter, r *http.Request) {
		began <- struct{}{}
		<-r.Context().Done()
	})
	s := prosody.Start(t, d.lua, "vigie", "dada")
	d.open(s)
	_, chat := openRoom(t, s, "anyone")
	failed := make(chan error, 1)
	go func() {
		_, err := chat.Post(t.Context(), bot.Post{Room: ops, Text: "memory", Picture: picture(t)})
		failed <- err
	}()
	<-began
	s.Kill()
	select {
	case err := <-failed:
		if err == nil || !strings.Contains(err.Error(), bot.ErrOffline.Error()) {
			t.Errorf("Post: %v", err)
		}
	case <-time.After(patience):
		t.Fatal("Post did not return")
	}
}
