package config

import (
	"os"
	"path/filepath"
	"time"
	"unicode/utf8"

	"github.com/diaspote/vigie/bot"
)

// decode reads the whole file. What is wrong is noted in the document; the Config is then of no use.
func decode(t *table, dir string) *Config {
	c := &Config{
		Host:     hostOf(t),
		TimeZone: timeZone(t),
		StateDir: absolute(t, "state_dir", firstDir("STATE_DIRECTORY", "/var/lib/vigie")),
		Socket:   socket(t),
	}
	c.Pod, c.Units = podAndUnits(t)
	if x := t.table("xmpp"); x != nil {
		c.XMPP = xmpp(x, dir)
	}
	if s := t.table("slack"); s != nil {
		c.Slack = slack(s, dir)
	}
	c.People = people(t)
	if (c.XMPP != nil || c.Slack != nil) && len(c.People) == 0 {
		t.fail("people", `add a table [people.NAME] with an account and role = "admin"`, "it names nobody, so the bot would obey nobody")
	}
	c.Jobs, c.Rules = jobs(t), rules(t)
	c.lines = doLines(t)
	c.Web, c.Webhooks = web(t, dir), webhooks(t, dir, c)
	c.Routes, c.Quiet = routes(t, c), quiet(t)
	c.Hooks, c.Heartbeat = hooks(t, dir), heartbeat(t, dir)
	c.Watch = watch(t)
	c.History, c.Probes, c.Graphs = history(t), probes(t, dir), graphs(t)
	c.StatusPage, c.Incidents = statusPage(t, dir, c), incidents(t)
	c.Cachet = cachet(t, dir, c)
	c.Web.On = c.Web.On || c.StatusPage.On
	t.done()
	return c
}

func hostOf(t *table) string {
	name := t.text("host")
	if name == "" {
		name, err := os.Hostname()
		if err != nil || name == "" {
			return "localhost"
		}
		return name
	}
	if utf8.RuneCountInString(name) > 64 {
		t.fail("host", "it goes before what the bot says, so keep it short", "host is longer than 64 letters")
	}
	return name
}

func timeZone(t *table) *time.Location {
	name := t.text("time_zone")
	if name == "" {
		return time.Local
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		t.fail("time_zone", `write it as "Europe/Paris"; timedatectl list-timezones lists them`, "time_zone: this host knows no time zone %q", bot.Clip(name, 60))
		return time.Local
	}
	return zone
}

// absolute is a path that does not depend on where vigie was started.
func absolute(t *table, key, otherwise string) string {
	path := t.text(key)
	if path == "" {
		return otherwise
	}
	if !filepath.IsAbs(path) {
		t.fail(key, "begin it with a /", "%s is no absolute path: %q", key, bot.Clip(path, 60))
	}
	return filepath.Clean(path)
}

// maxSocketPath is what fits into sockaddr_un beside its closing NUL (unix(7)).
const maxSocketPath = 107

func socket(t *table) string {
	path := absolute(t, "socket", DefaultSocket())
	if len(path) > maxSocketPath {
		t.fail("socket", "", "socket is longer than the %d bytes that a socket's path can have", maxSocketPath)
	}
	return path
}
