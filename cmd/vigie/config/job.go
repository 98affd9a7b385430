package config

import (
	"fmt"
	"regexp"

	"github.com/diaspote/vigie/bot"
	"github.com/diaspote/vigie/ops/schedule"
)

// shortNames can be typed, and stand in an event's key.
var shortNames = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,39}$`)

func jobs(t *table) []schedule.Job {
	var jobs []schedule.Job
	seen := map[string]bool{}
	for _, one := range t.tables("job") {
		one.need("name", "nightly-restart")
		one.need("at", "20 4 * * *")
		one.need("do", "restart diaspora")
		jobs = append(jobs, schedule.Job{
			Name:    one.unique("name", seen, shortName),
			At:      one.checked("at", crontabTime),
			Do:      one.checked("do", doable),
			Unless:  one.checked("unless", condition),
			CatchUp: one.flag("catch_up"),
		})
		one.done()
	}
	return jobs
}

// unique is a checked string that none of its kind has had.
func (t *table) unique(key string, seen map[string]bool, check check) string {
	s := t.checked(key, check)
	if s != "" && seen[s] {
		t.fail(key, "make one of the two, or call one of them something else", "%s: %s is there twice", t.called(key), s)
	}
	seen[s] = true
	return s
}

func shortName(s string) (string, *fault) {
	if !shortNames.MatchString(s) {
		return fails(s, "is no name", "give up to 40 of a to z, 0 to 9 and -, no - in front")
	}
	return s, nil
}

func crontabTime(s string) (string, *fault) {
	e, err := schedule.ParseAt(s)
	if err != nil {
		return "", &fault{err.Error(), ""}
	}
	return e.Schedule, nil
}

// doable checks a line as far as can be told without the commands; see [Config.CheckLines].
func doable(s string) (string, *fault) {
	words, err := bot.Words(s)
	switch {
	case err != nil:
		return "", &fault{err.Error(), "write it as you would type it"}
	case len(words) == 0:
		return fails(s, "says nothing", `write it as you would type it: "restart diaspora"`)
	}
	return s, nil
}

func condition(s string) (string, *fault) {
	if _, err := schedule.ParseCondition(s); err != nil {
		return "", &fault{err.Error(), ""}
	}
	return s, nil
}

// A line is what a job or a rule does, and where it is written.
type line struct {
	at     int
	called string
	text   string
}

func doLines(t *table) []line {
	var lines []line
	for _, key := range []string{"job", "rule"} {
		list, _ := t.values[key].([]any)
		for i, v := range list {
			one, _ := v.(map[string]any)
			if text, ok := one["do"].(string); ok {
				place := join(join(join("", key), fmt.Sprint(i)), "do")
				lines = append(lines, line{t.doc.lines[place], "do in [[" + key + "]]", text})
			}
		}
	}
	return lines
}

// CheckLines asks check about each line that a job or a rule is to run, since this package does not know the
// commands. The error is [Errors].
func (c *Config) CheckLines(check func(line string) error) error {
	var wrong Errors
	for _, l := range c.lines {
		if err := check(l.text); err != nil {
			wrong = append(wrong, Error{File: c.Path, Line: l.at, Text: l.called + ": " + err.Error()})
		}
	}
	if len(wrong) == 0 {
		return nil
	}
	return wrong
}
