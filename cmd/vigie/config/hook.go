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
			URL:      one.secretURL("url", dir),
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
	h := &Heartbeat{URL: one.secretURL("url", dir), Every: one.duration("every", heartbeatEvery, leastHeartbeat, mostHeartbeat)}
	one.done()
	return h
}

// secretURL is what a key says, or the file that the key with _file behind it names. Such a URL is a key to what it
// leads to.
func (t *table) secretURL(key, dir string) Secret {
	inFile := key + "_file"
	_, plain := t.values[key]
	_, file := t.values[inFile]
	switch {
	case plain && file:
		t.fail(inFile, "leave out one of the two", "%s is there as well as %s", t.called(inFile), key)
	case !plain && !file:
		t.fail(key, "add "+key+` = "https://…", or `+inFile+", which names a file that holds it", "%s is missing", t.called(key))
	}
	var found Secret
	if s := t.text(key); s != "" {
		if t.pass(t.line(key), t.called(key), s, hookURL) != "" {
			found = NewSecret(s)
		}
		if u, err := url.Parse(s); err == nil && u.User != nil {
			t.fail(key, "write the URL into a file of mode 0600 and give its name by "+inFile, "%s holds a user name or a password", t.called(key))
		}
	}
	if s := t.secret(inFile, dir); !s.IsZero() {
		if t.pass(t.line(inFile), t.called(inFile), s.Reveal(), hookURL) != "" {
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
