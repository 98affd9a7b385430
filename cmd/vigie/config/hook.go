package config

import (
	"net"
	"net/url"
	"time"

	"github.com/diaspote/vigie/ops"
)

// A Hook is a program elsewhere that is told of events by HTTP.
type Hook struct {
	Name     string
	URL      Secret       // who has it can post there
	Secret   Secret       // for the HMAC; none: the posts are not signed
	Severity ops.Severity // at least
}

// Heartbeat is an outside service that misses the bot when it is silent.
type Heartbeat struct {
	URL   Secret
	Every time.Duration
}

const (
	heartbeatEvery = 5 * time.Minute
	leastHeartbeat = 30 * time.Second
	mostHeartbeat  = 24 * time.Hour
)

func hooks(t *table, dir string) []Hook {
	var hooks []Hook
	seen := map[string]bool{}
	for _, one := range t.tables("hook") {
		one.need("name", "pager")
		hooks = append(hooks, Hook{
			Name:     one.unique("name", seen, shortName),
			URL:      one.secretURL(dir),
			Secret:   one.secret("secret_file", dir),
			Severity: one.severity(ops.Info),
		})
		one.done()
	}
	return hooks
}

func heartbeat(t *table, dir string) *Heartbeat {
	one := t.table("heartbeat")
	if one == nil {
		return nil
	}
	h := &Heartbeat{URL: one.secretURL(dir), Every: one.duration("every", heartbeatEvery, leastHeartbeat, mostHeartbeat)}
	one.done()
	return h
}

// secretURL is what url says, or the file that url_file names. Such a URL is a key to what it leads to.
func (t *table) secretURL(dir string) Secret {
	_, plain := t.values["url"]
	_, file := t.values["url_file"]
	switch {
	case plain && file:
		t.fail("url_file", "leave out one of the two", "%s is there as well as url", t.called("url_file"))
	case !plain && !file:
		t.fail("url", `add url = "https://…", or url_file, which names a file that holds it`, "%s is missing", t.called("url"))
	}
	var found Secret
	if s := t.text("url"); s != "" {
		if t.pass(t.line("url"), t.called("url"), s, hookURL) != "" {
			found = NewSecret(s)
		}
		if u, err := url.Parse(s); err == nil && u.User != nil {
			t.fail("url", "write the URL into a file of mode 0600 and give its name by url_file", "%s holds a user name or a password", t.called("url"))
		}
	}
	if s := t.secret("url_file", dir); !s.IsZero() {
		if t.pass(t.line("url_file"), t.called("url_file"), s.Reveal(), hookURL) != "" {
			found = s
		}
	}
	return found
}

// hookURL checks a URL, and never quotes it.
func hookURL(s string) (string, *fault) {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || !hostName(u.Hostname()) && net.ParseIP(u.Hostname()) == nil {
		return "", &fault{"that is no http or https URL", "write it as https://example.org/…"}
	}
	return s, nil
}
