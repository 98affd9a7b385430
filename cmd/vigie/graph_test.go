package main

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"html"
	"image/png"
	"io"
	"net/http"
	"net/http/cookiejar"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/diaspote/vigie/fixtures/loopback"
	"github.com/diaspote/vigie/fixtures/prosody"
)

// studioConfig is what a house has besides when its history is looked at.
const studioConfig = `
[history]
every = "5s"

[web]
listen = "127.0.0.1:%d"

[[job]]
name = "evening"
at = "@yearly"
do = "graph memory"
`

// A studio is a house whose daemon measures, draws, and shows its graphs on the web.
type studio struct {
	*house
	site string // its address
}

func openStudio(t testing.TB, args ...string) *studio {
	t.Helper()
	return openStudioUnder(t, "", args...)
}

func openStudioUnder(t testing.TB, lua string, args ...string) *studio {
	t.Helper()
	s := &studio{house: openHouseUnder(t, lua, args...)}
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(s.journal())
		}
	})
	port := loopback.Port(t)
	s.site = fmt.Sprintf("http://127.0.0.1:%d", port)
	s.stopBot(t)
	s.Run(t, "root", "systemctl", "reset-failed", "sidekiq") // of which the room is told otherwise
	s.configure(t, fmt.Sprintf(studioConfig, port))
	s.startBot(t)
	return s
}

// configure adds to the daemon's config.
func (h *house) configure(t testing.TB, more string) {
	t.Helper()
	h.WriteFile(t, "/etc/vigie/vigie.toml", h.config(t)+more, 0o644)
}

func (h *house) config(t testing.TB) string {
	t.Helper()
	return h.Run(t, "root", "cat", "/etc/vigie/vigie.toml")
}

// measured waits until there are samples of a graph, whose title begins its line of stats.
func (h *house) measured(t testing.TB, name, title string) {
	t.Helper()
	h.until(t, "lulu", "sh", "-c", fmt.Sprintf("vigie ask stats %s | grep -q '^%s  *[0-9]'", name, title))
}

// next is what the bot posts next in the room.
func (h *house) next() prosody.Node {
	return h.dada.Expect("a post", func(n prosody.Node) bool {
		return n.Is("message", "groupchat", opsRoom+"/vigie") && n.Child("body").Text != "" && n.Child("delay").XMLName.Local == ""
	})
}

// answers is what the bot posts in the room upon a line.
func (h *house) answers(t testing.TB, line string) string {
	t.Helper()
	h.say("vigie: " + line)
	text := h.next().Child("body").Text
	t.Logf("%s\n%s", line, text)
	return text
}

// draws wants the room to get one line that begins so, upon a line, and then its picture of that height.
func (h *house) draws(t testing.TB, line, begins string, height int) string {
	t.Helper()
	text := h.answers(t, line)
	if !strings.HasPrefix(text, begins) {
		t.Errorf("%s is answered %q", line, text)
	}
	h.picture(t, h.next(), height)
	return text
}

// picture wants a message to be that of a picture, downloads it, and keeps it for who wants to look at it (go test -artifacts).
func (h *house) picture(t testing.TB, m prosody.Node, height int) {
	t.Helper()
	data, kind := h.download(t, m)
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil || kind != "image/png" {
		t.Fatalf("that is no picture but %s: %v", kind, err)
	}
	if size := img.Bounds().Size(); size.X != 1000 || size.Y != height {
		t.Errorf("the picture is %v, not 1000 × %d", size, height)
	}
	if len(data) > 30<<10*height/420 {
		t.Errorf("the picture has %d bytes", len(data))
	}
	name := fmt.Sprintf("%d-%s", time.Now().UnixMilli(), filepath.Base(m.Child("body").Text))
	if err := os.WriteFile(filepath.Join(t.ArtifactDir(), name), data, 0o644); err != nil {
		t.Fatal(err)
	}
	t.Logf("picture %s of %d bytes", name, len(data))
}

// download fetches the file of a message, as a client that shows it does.
func (h *house) download(t testing.TB, m prosody.Node) (data []byte, kind string) {
	t.Helper()
	oob, link := m.Child("x"), m.Child("body").Text
	if oob.XMLName.Space != "jabber:x:oob" || oob.Child("url").Text != link || !strings.HasPrefix(link, "https://") {
		t.Fatalf("no file is shown but: %s", m)
	}
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: h.server.CAs}}}
	defer client.CloseIdleConnections()
	return fetch(t, client, link)
}

func fetch(t testing.TB, client *http.Client, link string) (data []byte, kind string) {
	t.Helper()
	resp, err := client.Get(link)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err = io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s: %v\n%s", link, resp.Status, err, data)
	}
	return data, resp.Header.Get("Content-Type")
}

// TestGraphs is an admin who asks the packaged daemon what it measured.
func TestGraphs(t *testing.T) {
	t.Parallel()
	s := openStudio(t)
	s.measured(t, "diaspora:cpu", "diaspora: percent of a CPU") // a rate takes two samples
	t.Run("pictures", func(t *testing.T) { s.pictures(t) })
	t.Run("a unit", func(t *testing.T) { s.unit(t) })
	t.Run("words", func(t *testing.T) { s.words(t) })
	t.Run("values", func(t *testing.T) { s.values(t) })
	t.Run("private", func(t *testing.T) { s.private(t) })
	t.Run("a link", func(t *testing.T) { s.link(t) })
	t.Run("a job", func(t *testing.T) { s.job(t) })
	t.Run("the sandbox", func(t *testing.T) { s.sandbox(t) })
}

func (s *studio) pictures(t *testing.T) {
	s.draws(t, "graph memory", "memory: ", 420)
	s.draws(t, "graph diaspora", "diaspora: memory: ", 520)
	s.draws(t, "graph cpu load", "cpu: ", 520)
	s.draws(t, "graph all", "memory: ", 8*260)
	s.draws(t, "graph units", "memory of the units", 420)
	s.draws(t, "graph load 1h vs 7d", "load", 420)
}

// unit compares what the bot says of a unit with what the kernel counts.
func (s *studio) unit(t *testing.T) {
	text := s.draws(t, "graph diaspora 1h", "diaspora: memory: ", 520)
	said := regexp.MustCompile(`memory: ([\d.]+) MiB`).FindStringSubmatch(text)
	if said == nil {
		t.Fatalf("it does not say how much: %q", text)
	}
	mib, _ := strconv.ParseFloat(said[1], 64)
	if real := s.held(t, "diaspora.service"); mib < 0.9*real || mib > 1.1*real {
		t.Errorf("it says %.1f MiB, the kernel %.1f", mib, real)
	}
}

// held is how many MiB the processes of a unit hold: by its cgroup, or where none counts that, one by one.
func (s *studio) held(t *testing.T, unit string) float64 {
	t.Helper()
	found, _ := filepath.Glob("/sys/fs/cgroup/" + s.Name + "/payload/system.slice/" + unit + "/memory.current")
	if len(found) > 0 {
		text, err := os.ReadFile(found[0])
		if err != nil {
			t.Fatal(err)
		}
		n, _ := strconv.ParseFloat(strings.TrimSpace(string(text)), 64)
		return n / (1 << 20)
	}
	var pages float64
	for _, pid := range s.processes(t, unit) {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
		if err != nil {
			t.Fatal(err)
		}
		n, _ := strconv.ParseFloat(strings.Fields(string(text))[1], 64)
		pages += n
	}
	return pages * float64(os.Getpagesize()) / (1 << 20)
}

func (s *studio) words(t *testing.T) {
	for line, want := range map[string]string{
		"graph list":                    "Units: diaspora, slow",
		"stats memory 1h":               "memory used",
		"stats memory diaspora":         "diaspora: memory",
		"graph memroy":                  `did you mean "memory"?`,
		"graph nosuch":                  "what there is: graph list",
		"graph memory 04:00-04:00":      "ends before it begins",
		"graph memory since 2099-01-01": "still to come",
		"graph memory 500y":             "longer than 10 years",
		"graph memory 7d $(reboot)":     "not understood",
		"graph memory as exe":           "as csv",
		"graph incident 99":             "there is no incident 99",
		"graph memory 2020-01-01":       "the history begins",
	} {
		if text := s.answers(t, line); !strings.Contains(text, want) {
			t.Errorf("%s is not answered %q", line, want)
		}
	}
}

func (s *studio) values(t *testing.T) {
	text := s.answers(t, "graph memory 1h as csv")
	data, kind := s.download(t, s.next())
	t.Logf("%s, %s\n%s", text, kind, data[:min(len(data), 400)])
	if !strings.HasPrefix(string(data), "time,memory used (") || strings.Count(string(data), "\n") < 3 {
		t.Error("those are no values")
	}
}

// private asks in private.
func (s *studio) private(t *testing.T) {
	s.dada.Send("<message type='chat' to='%s' id='p'><body>graph memory</body></message>", botJID)
	private := func() prosody.Node {
		return s.dada.Expect("an answer in private", func(n prosody.Node) bool {
			from, _, _ := strings.Cut(n.Attr("from"), "/")
			return n.XMLName.Local == "message" && from == botJID && n.Child("body").Text != ""
		})
	}
	if text := private().Child("body").Text; !strings.HasPrefix(text, "memory: ") {
		t.Errorf("in private it says %q", text)
	}
	s.picture(t, private(), 420)
}

// link follows the link as a browser does.
func (s *studio) link(t *testing.T) {
	link, _, _ := strings.Cut(s.answers(t, "graph link"), "\n")
	if !strings.HasPrefix(link, s.site+"/graphs?token=") {
		t.Fatalf("the link is %q", link)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Jar: jar}
	defer client.CloseIdleConnections()
	for _, address := range []string{link, s.site + "/graphs"} { // the second time with the cookie alone
		page, _ := fetch(t, client, address)
		shown := regexp.MustCompile(`<img src="([^"]*g=memory[^"]*)"`).FindSubmatch(page)
		if shown == nil || !bytes.Contains(page, []byte("diaspote")) {
			t.Fatalf("the page is:\n%.2000s", page)
		}
		picture := s.site + "/" + html.UnescapeString(string(shown[1]))
		if svg, kind := fetch(t, client, picture); kind != "image/svg+xml" || !bytes.Contains(svg, []byte("used")) {
			t.Errorf("%s is %s:\n%.1000s", picture, kind, svg)
		}
		for _, private := range []string{s.site + "/graphs", picture} {
			if resp, err := http.Get(private); err != nil {
				t.Error(err)
			} else if resp.Body.Close(); resp.StatusCode == http.StatusOK {
				t.Errorf("%s is shown to whoever asks", private)
			}
		}
	}
}

func (s *studio) job(t *testing.T) {
	s.say("vigie: cron run evening")
	for {
		m := s.next()
		text := m.Child("body").Text
		t.Log(text)
		if strings.HasPrefix(text, "https://") {
			s.picture(t, m, 420)
			return
		}
	}
}

// sandbox looks whether the packaged unit lets the daemon read all that it measures.
func (s *studio) sandbox(t *testing.T) {
	log := s.Run(t, "root", "journalctl", "--no-pager", "--output=cat", "-u", "vigie")
	for line := range strings.Lines(log) {
		if strings.Contains(line, "level=WARN") || strings.Contains(line, "level=ERROR") {
			t.Errorf("the daemon's log: %s", line)
		}
	}
}
