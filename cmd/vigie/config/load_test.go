package config

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/diaspote/vigie/bot"
	"github.com/diaspote/vigie/commands/panel"
	"github.com/diaspote/vigie/ops"
	"github.com/diaspote/vigie/ops/graph"
	"github.com/diaspote/vigie/ops/schedule"
)

// full puts testdata/full.toml into a folder, with the files that it names, and goes there.
func full(t *testing.T) (dir string) {
	t.Helper()
	data, err := os.ReadFile("testdata/full.toml")
	if err != nil {
		t.Fatal(err)
	}
	clearEnvironment(t)
	dir = t.TempDir()
	for name, data := range map[string][]byte{
		"vigie.toml":     data,
		"xmpp.password":  []byte("hunter2-account\n"),
		"night.password": []byte("hunter2-room\r\n"),
		"slack.app":      []byte("xapp-hunter2\n"),
		"slack.bot":      []byte("xoxb-hunter2"),
		"ca.pem":         certificate(t),
		"am.secret":      []byte("hunter2-am"),
		"pager.url":      []byte("https://dada:hunter2@pager.example/hunter2\n"),
	} {
		write(t, filepath.Join(dir, name), data)
	}
	t.Chdir(dir)
	return dir
}

func certificate(t *testing.T) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

func TestFull(t *testing.T) {
	dir := full(t)
	got, err := Load("vigie.toml")
	if err != nil {
		t.Fatal(err)
	}
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	want := &Config{
		Path:     "vigie.toml",
		Host:     "diaspote",
		TimeZone: paris,
		StateDir: "/srv/vigie",
		Socket:   "/srv/vigie/vigie.sock",
		Pod:      Pod{URL: "https://diaspote.org"},
		Units: []Unit{
			{
				Name: "diaspora.service", Shown: true, Allow: []string{"restart", "stop", "reload"},
				Confirm: []string{"restart", "stop"}, Probe: "http://127.0.0.1:3000/?token=hunter2", Timeout: 90 * time.Second,
			},
			{Name: "sidekiq.service", Shown: true, Allow: []string{"restart"}, Timeout: 2 * time.Minute},
			{Name: "postgresql.service", Shown: true, Timeout: 2 * time.Minute},
			{Name: "backup.timer", Allow: []string{"start"}, Timeout: 2 * time.Minute},
		},
		XMPP: &XMPP{
			JID: "vigie@diaspote.org", Password: NewSecret("hunter2-account"), Nick: "la vigie",
			Server: "localhost:5222", CAFile: filepath.Join(dir, "ca.pem"),
			Rooms: []Room{
				{JID: "ops@conference.diaspote.org"},
				{JID: "night@conference.diaspote.org", Password: NewSecret("hunter2-room")},
				{JID: "day@conference.diaspote.org"},
			},
		},
		Slack: &Slack{
			AppToken: NewSecret("xapp-hunter2"), BotToken: NewSecret("xoxb-hunter2"),
			Channels: []string{"#ops", "C024BE7LH"},
		},
		People: []bot.Person{
			{Name: "zoe", Role: bot.Operator, Accounts: []string{"slack:U024BE7LH", "unix:zoe"}},
			{Name: "dada", Role: bot.Admin, Accounts: []string{"xmpp:dada@diaspote.org"}},
			{Name: "émile", Role: bot.Reader, Accounts: []string{"unix:emile"}},
		},
		Jobs: []schedule.Job{
			{Name: "nightly-restart", At: "20 4 * * *", Do: "restart diaspora", Unless: "memory below 50 %", CatchUp: true},
			{Name: "weekly", At: "@weekly", Do: "report week"},
		},
		Rules: []bot.Rule{
			{On: "memory/pressure", Do: "restart diaspora", Count: 1, Per: 6 * time.Hour},
			{On: "oom/*", Do: "restart sidekiq", Count: 1, Per: time.Hour},
		},
		Web: Web{On: true, Listen: "0.0.0.0:8421", Public: "https://status.diaspote.org", Token: NewSecret("hunter2-am")},
		Webhooks: []Webhook{
			{Path: "/alertmanager", Kind: "alertmanager", Secret: NewSecret("hunter2-am"), Room: "ops@conference.diaspote.org"},
			{Path: "/hooks/ci", Kind: "github", Secret: NewSecret("hunter2-am")},
		},
		Routes: []bot.Route{
			{Kinds: []string{"upgrade", "job"}, To: []bot.Home{{Chat: "slack", Room: "#ops"}}},
			{Units: []string{"diaspora.service"}, Severity: ops.Warning, To: []bot.Home{
				{Chat: "xmpp", Room: "day@conference.diaspote.org"}, {Chat: "slack", Room: "C024BE7LH"},
				{Chat: "xmpp", Room: "dada@diaspote.org"}, {Chat: "slack", Room: "U024BE7LH"},
			}},
		},
		Quiet: bot.Quiet{From: 23 * time.Hour, To: 7*time.Hour + 30*time.Minute, Passes: ops.Warning},
		Hooks: []Hook{
			{Name: "pager", URL: NewSecret("https://dada:hunter2@pager.example/hunter2"), Secret: NewSecret("hunter2-am"), Severity: ops.Critical},
			{Name: "log", URL: NewSecret("http://localhost:9000/hunter2")},
		},
		Heartbeat: &Heartbeat{URL: NewSecret("https://hc.example/hunter2-ping"), Every: 10 * time.Minute},
		Watch:     Watch{DiskWarning: 80, DiskCritical: 95, PodFailures: 5, Remind: time.Hour, Off: []string{"clock", "reboot"}},
		History:   History{Every: 30 * time.Second, Keep: 30 * day, Years: 5, Bytes: 512 << 20},
		Probes: []Probe{
			{Name: "queue", Exec: []string{"/usr/local/bin/queue", "--all"}},
			{Name: "postgres", Scrape: NewSecret("http://127.0.0.1:9187/metrics?key=hunter2")},
		},
		Graphs: []panel.Own{
			{Name: "web", Title: "what goes out", Unit: graph.BitsPerSecond, Series: []string{`node_network_transmit_bytes_total{device="eth*"}`}, Scale: 8,
				Stacked: true, Percentiles: []int{50, 95}, Thresholds: []graph.Threshold{{Value: 1e8, Label: "the line", Severity: ops.Warning}}},
			{Name: "share", Unit: graph.Percent, Series: []string{"node_memory_Cached_bytes", "node_memory_Buffers_bytes"}, Scale: 1,
				Sum: true, PercentOf: "node_memory_MemTotal_bytes"},
		},
		Incidents: Incidents{Calm: 15 * time.Minute},
		Cachet: &Cachet{URL: "https://cachet.example/status", Token: NewSecret("hunter2-am"), Zone: time.UTC, Silent: true, Every: 10 * time.Minute,
			Metrics: []CachetMetric{{Name: "Response time", Suffix: "ms",
				Series: panel.Own{Name: "Response time", Series: []string{"probe_duration_seconds"}, Sum: true, Scale: 1000}}}},
		StatusPage: StatusPage{
			On: true, Title: "diaspote.org", AtOnce: true, Token: NewSecret("hunter2-am"),
			Mail: &Mail{From: "status@diaspote.org", Command: []string{"/usr/bin/msmtp", "-t"}, PerHour: 50},
			Hooks: []PageHook{
				{Name: "relay", URL: NewSecret("https://dada:hunter2@pager.example/hunter2"), Secret: NewSecret("hunter2-am")},
				{Name: "other", URL: NewSecret("https://example.org/hunter2")},
			},
		},
		lines: got.lines, // TestCheckLines looks at them
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got:\n%+v\nwant:\n%+v", got, want)
	}
}

func TestDescribe(t *testing.T) {
	golden, err := os.ReadFile("testdata/full.txt")
	if err != nil {
		t.Fatal(err)
	}
	dir := full(t)
	c, err := Load("vigie.toml")
	if err != nil {
		t.Fatal(err)
	}
	got := strings.ReplaceAll(strings.Join(c.Describe(), "\n"), dir, "DIR") + "\n"
	if got != string(golden) {
		t.Errorf("got:\n%s\nwant:\n%s", got, golden)
	}
}

// TestDescribeLittle is about what a config leaves out.
func TestDescribeLittle(t *testing.T) {
	for _, test := range []struct{ config, want string }{
		{`host = "h"`, "has no admin"},
		{`host = "h"`, "may change no unit"},
		{`host = "h"`, "signs as h and tells times in the host's time zone"},
		{"[xmpp]\njid = 'a@b'\npassword_file = 'secret'\n[people.dada]\nrole = 'admin'\nunix = 'dada'", "obeys nobody over XMPP"},
		{"[xmpp]\njid = 'a@b'\npassword_file = 'secret'\n[people.dada]\nrole = 'admin'\nunix = 'dada'", "with one person at a time"},
	} {
		clearEnvironment(t)
		dir := t.TempDir()
		write(t, filepath.Join(dir, "secret"), []byte("x"))
		c, err := parse("vigie.toml", []byte(test.config), dir)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(c.Describe(), "\n"); !strings.Contains(got, test.want) {
			t.Errorf("%s\nis described as:\n%s\nwithout: %s", test.config, got, test.want)
		}
	}
}

func TestPolicy(t *testing.T) {
	full(t)
	c, err := Load("vigie.toml")
	if err != nil {
		t.Fatal(err)
	}
	p := c.Policy()
	stop := &bot.Command{Name: "stop", Needs: bot.Operator, Changes: true}
	zoe, _ := p.Who("unix:zoe")
	for target, may := range map[string]bool{
		"diaspora.service": true, "sidekiq.service": false, "postgresql.service": false, "ssh.service": false,
	} {
		if err := p.May(zoe, stop, target); (err == nil) != may {
			t.Errorf("stop %s: %v", target, err)
		}
	}
	if got := p.Confirm["diaspora.service"]; !slices.Equal(got, []string{"restart", "stop"}) {
		t.Errorf("asked before %q", got)
	}
}

// TestCheckLines finds the line of a job and of a rule that no command takes.
func TestCheckLines(t *testing.T) {
	full(t)
	c, err := Load("vigie.toml")
	if err != nil {
		t.Fatal(err)
	}
	var seen []string
	err = c.CheckLines(func(line string) error {
		if seen = append(seen, line); line != "restart diaspora" {
			return errors.New("no such thing")
		}
		return nil
	})
	if want := []string{"restart diaspora", "report week", "restart diaspora", "restart sidekiq"}; !slices.Equal(seen, want) {
		t.Errorf("asked about %q", seen)
	}
	want := "vigie.toml:65: do in [[job]]: no such thing\nvigie.toml:74: do in [[rule]]: no such thing"
	if err == nil || err.Error() != want {
		t.Errorf("got %v\nwant %s", err, want)
	}
	if err := c.CheckLines(func(string) error { return nil }); err != nil {
		t.Error(err)
	}
}

// TestWatchDefaults are those of a config that says nothing of alerts.
func TestWatchDefaults(t *testing.T) {
	clearEnvironment(t)
	c, err := parse("vigie.toml", []byte(`host = "h"`), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if want := (Watch{DiskWarning: 90, DiskCritical: 97, PodFailures: 3, Remind: 30 * time.Minute}); !reflect.DeepEqual(c.Watch, want) {
		t.Errorf("got %+v", c.Watch)
	}
	if c.Web.Listen != "127.0.0.1:8420" || c.Heartbeat != nil || c.Quiet != (bot.Quiet{}) {
		t.Errorf("got %+v, %+v, %+v", c.Web, c.Heartbeat, c.Quiet)
	}
	if !c.Watch.Watches("oom") || (Watch{Off: []string{"oom"}}).Watches("oom") {
		t.Error("what is off is not what was switched off")
	}
}

// TestExample keeps the example true: it is a good config once its files are there.
func TestExample(t *testing.T) {
	clearEnvironment(t)
	dir := t.TempDir()
	for name, data := range map[string]string{
		"vigie.toml": Example(), "xmpp.password": "x", "slack.app": "xapp-x", "slack.bot": "xoxb-x", "alertmanager.secret": "x",
	} {
		write(t, filepath.Join(dir, name), []byte(data))
	}
	if _, err := Load(filepath.Join(dir, "vigie.toml")); err != nil {
		t.Error(err)
	}
}

// TestExampleNamesEveryKey uncomments what the example shows as comments, which then must load too.
func TestExampleNamesEveryKey(t *testing.T) {
	clearEnvironment(t)
	dir := t.TempDir()
	for name, data := range map[string][]byte{
		"xmpp.password": []byte("x"), "night.password": []byte("x"), "slack.app": []byte("xapp-x"),
		"slack.bot": []byte("xoxb-x"), "ca.pem": certificate(t), "alertmanager.secret": []byte("x"),
		"pager.secret": []byte("x"), "web.token": []byte("x"), "page.token": []byte("x"), "cachet.token": []byte("x"), "pager.url": []byte("https://example.org/x"),
		"relay.secret": []byte("x"), "relay.url": []byte("https://example.org/x"),
	} {
		write(t, filepath.Join(dir, name), data)
	}
	var all []string
	for line := range strings.Lines(Example()) {
		bare := strings.TrimPrefix(line, "# ")
		if strings.HasPrefix(bare, "[") || strings.Contains(bare, " = ") {
			line = bare
		}
		all = append(all, line)
	}
	c, err := parse("vigie.toml", []byte(strings.Join(all, "")), dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(c.XMPP.Rooms) != 2 || c.XMPP.Server == "" || c.XMPP.CAFile == "" || len(c.Rules) != 1 || len(c.Webhooks) != 1 ||
		len(c.Routes) != 1 || len(c.Hooks) != 1 || c.Heartbeat == nil || c.Quiet == (bot.Quiet{}) || len(c.Watch.Off) == 0 ||
		len(c.Probes) != 2 || len(c.Graphs) != 1 || len(c.Graphs[0].Thresholds) != 1 || !c.Graphs[0].Stacked || !c.StatusPage.AtOnce || c.StatusPage.Token.IsZero() || len(c.Cachet.Metrics) != 1 || c.StatusPage.Mail == nil || len(c.StatusPage.Hooks) != 1 {
		t.Errorf("the commented keys were not read: %+v", c.XMPP)
	}
}

// TestSecretsStayHidden prints a config in every way that a careless line of code might.
func TestSecretsStayHidden(t *testing.T) {
	full(t)
	c, err := Load("vigie.toml")
	if err != nil {
		t.Fatal(err)
	}
	c.Units = nil // the query of its probe is no secret to us
	encoded, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	handlers := []slog.Handler{slog.NewTextHandler(&log, nil), slog.NewJSONHandler(&log, nil)}
	for _, h := range handlers {
		slog.New(h).Info("config", "config", c, "xmpp", *c.XMPP, "slack", c.Slack, "password", c.XMPP.Password)
	}
	inside := struct{ s Secret }{c.XMPP.Password} // fmt cannot ask the methods of this one
	prints := fmt.Sprintf("%v %+v %#v %s %q %x %v %+v %#v", c.XMPP, *c.XMPP, *c.Slack, c.XMPP.Password, c.XMPP.Password, c.XMPP.Password, inside, inside, inside)
	all := prints + string(encoded) + log.String() + strings.Join(c.Describe(), "\n") + fmt.Sprint(c)
	for _, secret := range []string{"hunter2", fmt.Sprintf("%x", "hunter2")} {
		if strings.Contains(all, secret) {
			t.Errorf("a secret is shown in:\n%s", all)
		}
	}
	if !strings.Contains(string(encoded), `"Password":"(secret)"`) {
		t.Errorf("JSON: %s", encoded)
	}
	if got := c.XMPP.Password.Reveal(); got != "hunter2-account" {
		t.Errorf("Reveal: %q", got)
	}
}
