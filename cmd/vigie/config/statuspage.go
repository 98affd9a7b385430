package config

import (
	"cmp"
	"net/url"
)

// StatusPage is what the public is shown of components, incidents and maintenance.
type StatusPage struct {
	On     bool
	Title  string // "diaspote.org"; default: the pod's host name, or the host's
	About  string // a line below it, "" for none
	AtOnce bool   // incidents that open by themselves are public without anybody saying so
	Token  Secret // for programs that write through Cachet's API; none: they may only read
	Mail   *Mail  // nil: none is sent
	Hooks  []PageHook
}

func statusPage(t *table, dir string, c *Config) StatusPage {
	one := t.table("status_page")
	if one == nil {
		return StatusPage{}
	}
	s := StatusPage{On: true, Title: c.Host}
	if c.Pod.URL != "" {
		s.Title = hostIn(c.Pod.URL)
	}
	if title := one.text("title"); title != "" {
		s.Title = title
	}
	s.About = one.text("about")
	s.AtOnce = one.checked("publish", oneOf("way to publish", []string{"by hand", "at once"})) == "at once"
	s.Token = one.secret("token_file", dir)
	s.Mail, s.Hooks = pageMail(one, c), pageHooks(one, dir)
	one.done()
	return s
}

// hostIn is the host's name in a URL that has passed its check.
func hostIn(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	return u.Hostname()
}

func (c *Config) describePage() []string {
	p := c.StatusPage
	if !p.On {
		return nil
	}
	says := []string{"shows the state of " + p.Title + " to everybody on " + cmp.Or(c.Web.Public, "http://"+c.Web.Listen)}
	if p.AtOnce {
		says = append(says, "publishes at once the incidents that it opens by itself")
	}
	if !p.Token.IsZero() {
		says = append(says, "lets programs with a token write incidents through Cachet's API")
	}
	return append(says, p.describeSubscribers()...)
}
