package config

import (
	"fmt"
	"strings"
	"time"

	"github.com/diaspote/vigie/commands/panel"
)

// Cachet is a status page elsewhere that is to say the same as the bot's.
type Cachet struct {
	URL     string // without a slash at its end
	Token   Secret
	Zone    *time.Location // of its settings
	Silent  bool           // its subscribers are not told by it
	Every   time.Duration  // from one point of a metric to the next
	Metrics []CachetMetric
}

// A CachetMetric is a metric of the Cachet, and what its points are.
type CachetMetric struct {
	Name   string // there
	Suffix string // its unit there
	Series panel.Own
}

const (
	cachetEvery      = 5 * time.Minute
	leastCachetEvery = time.Minute
	mostCachetEvery  = time.Hour
)

func cachet(t *table, dir string, c *Config) *Cachet {
	one := t.table("cachet")
	if one == nil {
		return nil
	}
	one.need("url", "https://status.example.org")
	one.need("token_file", "cachet.token")
	k := &Cachet{
		URL:    strings.TrimSuffix(one.checked("url", podURL), "/api/v1"),
		Token:  one.secret("token_file", dir),
		Zone:   c.TimeZone,
		Silent: one.flag("silent"),
		Every:  one.duration("every", cachetEvery, leastCachetEvery, mostCachetEvery),
	}
	if _, ok := one.values["time_zone"]; ok {
		k.Zone = timeZone(one)
	}
	seen := map[string]bool{}
	for _, m := range one.tables("metric") {
		m.need("name", "Response time")
		m.need("series", "probe_duration_seconds")
		m.need("suffix", "ms")
		metric := CachetMetric{Name: m.unique("name", seen, func(s string) (string, *fault) { return s, nil }), Suffix: m.text("suffix")}
		metric.Series = panel.Own{Name: metric.Name, Series: []string{m.text("series")}, Sum: true, Scale: m.real("scale", 1)}
		if _, err := metric.Series.Panel(); err != nil {
			m.fail("series", "", "%s: %v", m.called("series"), err)
		}
		k.Metrics = append(k.Metrics, metric)
		m.done()
	}
	one.done()
	return k
}

func (c *Config) describeCachet() []string {
	k := c.Cachet
	if k == nil {
		return nil
	}
	s := "has the Cachet at " + k.URL + " say the same of components, incidents and maintenance"
	if k.Silent {
		s += ", without a word to its subscribers"
	}
	says := []string{s}
	for _, m := range k.Metrics {
		says = append(says, fmt.Sprintf("gives its metric %q a point of %s every %s", m.Name, m.Series.Series[0], short(k.Every)))
	}
	return says
}
