package config

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/diaspote/vigie/commands/panel"
	"github.com/diaspote/vigie/ops"
	"github.com/diaspote/vigie/ops/graph"
)

// History is what is measured, and how long it is kept.
type History struct {
	Off   bool
	Every time.Duration // from one scrape to the next
	Keep  time.Duration // every sample
	Years int           // five minutes each
	Bytes int64         // of the database at most
}

const day = 24 * time.Hour

func history(t *table) History {
	h := History{Every: 15 * time.Second, Keep: 90 * day, Years: 3, Bytes: 1 << 30}
	one := t.table("history")
	if one == nil {
		return h
	}
	h.Off = one.flag("off")
	h.Every = one.duration("every", h.Every, 5*time.Second, 5*time.Minute)
	h.Keep = time.Duration(one.number("keep_days", int(h.Keep/day), 1, 3650)) * day
	h.Years = one.number("keep_years", h.Years, 1, 30)
	h.Bytes = int64(one.number("max_mib", int(h.Bytes>>20), 16, 1<<20)) << 20
	one.done()
	return h
}

// A Probe is a script that prints values, or a program that shows its metrics.
type Probe struct {
	Name   string
	Exec   []string // the program and its arguments; nil for a scrape
	Scrape Secret   // a URL, which may have a password in it
}

func probes(t *table, dir string) []Probe {
	var all []Probe
	seen := map[string]bool{}
	for _, one := range t.tables("probe") {
		one.need("name", "queue")
		p := Probe{Name: one.unique("name", seen, shortName)}
		var given bool
		p.Exec, given = one.words("exec")
		_, scrapes := one.values["scrape"]
		_, file := one.values["scrape_file"]
		if scrapes || file {
			p.Scrape = one.secretURL("scrape", dir)
		}
		switch {
		case given && (scrapes || file):
			one.fail("exec", "leave out one of the two", "%s is there as well as scrape", one.called("exec"))
		case !given && !scrapes && !file:
			one.fail("exec", `add exec = ["/usr/local/bin/queue"], or scrape = "http://127.0.0.1:9187/metrics"`, "%s is missing", one.called("exec"))
		}
		all = append(all, p)
		one.done()
	}
	return all
}

// words are a program and its arguments, which no shell will see.
func (t *table) words(key string) (words []string, given bool) {
	v, ok := t.get(key)
	if !ok {
		return nil, false
	}
	hint := `write ` + key + ` = ["/usr/local/bin/queue", "--all"]: the program by its whole path, then its arguments`
	list, ok := v.([]any)
	if !ok || len(list) == 0 {
		t.fail(key, hint, "%s is %s, not a list of a program and its arguments", t.called(key), kind(v))
		return nil, true
	}
	for _, v := range list {
		s, ok := v.(string)
		if !ok {
			t.fail(key, hint, "%s holds %s, not a string", t.called(key), kind(v))
			return nil, true
		}
		words = append(words, s)
	}
	if !filepath.IsAbs(words[0]) {
		t.fail(key, hint, "%s does not begin with the whole path of a program", t.called(key))
	}
	return words, true
}

// graphs are the panels that the config adds.
func graphs(t *table) []panel.Own {
	var all []panel.Own
	seen := map[string]bool{}
	for _, one := range t.tables("graph") {
		one.need("name", "web")
		one.needs("series", `["node_load1"]`)
		own := panel.Own{Title: one.text("title"), Stacked: one.flag("stacked"), Sum: one.flag("sum"), PercentOf: one.text("percent_of"),
			Scale: one.real("scale", 1), Percentiles: one.percents("percentiles")}
		own.Name = one.unique("name", seen, graphName)
		own.Series, _ = one.list("series", func(s string) (string, *fault) { return s, nil })
		one.checked("unit", func(s string) (string, *fault) {
			unit, err := graph.ParseUnit(s)
			if err != nil {
				return "", &fault{err.Error(), ""}
			}
			own.Unit = unit
			return s, nil
		})
		for _, limit := range one.tables("threshold") {
			limit.needs("value", "1.5")
			own.Thresholds = append(own.Thresholds, graph.Threshold{
				Value: limit.real("value", 0), Label: limit.text("label"), Severity: limit.severity(ops.Warning)})
			limit.done()
		}
		if _, err := own.Panel(); err != nil && len(own.Series) > 0 {
			one.fail("series", "", "%s: %v", one.called("series"), err)
		}
		all = append(all, own)
		one.done()
	}
	return all
}

// graphName is a name that means nothing else after `graph`.
func graphName(s string) (string, *fault) {
	if slices.Contains([]string{"list", "link", "all", "alert", "incident", "since", "vs", "as"}, s) {
		return fails(s, "means something else after graph", "call it something else")
	}
	return shortName(s)
}

// real is a number with or without a point.
func (t *table) real(key string, otherwise float64) float64 {
	v, ok := t.get(key)
	if !ok {
		return otherwise
	}
	switch n := v.(type) {
	case int64:
		return float64(n)
	case float64:
		return n
	}
	t.fail(key, "write it as in "+key+" = 1.5", "%s is %s, not a number", t.called(key), kind(v))
	return otherwise
}

// percents are whole numbers from 1 to 99.
func (t *table) percents(key string) []int {
	v, ok := t.get(key)
	if !ok {
		return nil
	}
	list, ok := v.([]any)
	var all []int
	for _, v := range list {
		n, whole := v.(int64)
		if !whole || n < 1 || n > 99 {
			ok = false
			break
		}
		all = append(all, int(n))
	}
	if !ok {
		t.fail(key, "write "+key+" = [95]", "%s is not a list of whole numbers from 1 to 99", t.called(key))
		return nil
	}
	return all
}

// describeHistory says what is measured and how long it is kept.
func (c *Config) describeHistory() []string {
	h := c.History
	if h.Off {
		return []string{"measures nothing"}
	}
	says := []string{fmt.Sprintf("measures every %s; keeps that for %s and 5 minutes each for %s, in %d MiB at most",
		short(h.Every), times(int(h.Keep/day), "day"), times(h.Years, "year"), h.Bytes>>20)}
	for _, p := range c.Probes {
		if p.Exec == nil {
			says = append(says, "scrapes "+p.Name)
		} else {
			says = append(says, fmt.Sprintf("runs %q for %s", strings.Join(p.Exec, " "), p.Name))
		}
	}
	if len(c.Graphs) > 0 {
		var names []string
		for _, g := range c.Graphs {
			names = append(names, g.Name)
		}
		says = append(says, "draws graphs of its own: "+strings.Join(names, ", "))
	}
	return says
}
