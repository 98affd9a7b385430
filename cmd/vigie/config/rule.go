package config

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/diaspote/vigie/bot"
)

// Within which at_most may be.
const (
	leastPer = time.Minute
	mostPer  = 30 * 24 * time.Hour
)

var atMost = regexp.MustCompile(`^([1-9][0-9]?) in ([0-9]+ ?[a-z]+)$`)

func rules(t *table) []bot.Rule {
	var rules []bot.Rule
	for _, one := range t.tables("rule") {
		one.need("on", "memory/pressure")
		one.need("do", "restart diaspora")
		r := bot.Rule{On: one.checked("on", eventKey), Do: one.checked("do", doable), Count: 1, Per: time.Hour}
		one.checked("at_most", func(s string) (string, *fault) {
			m := atMost.FindStringSubmatch(s)
			if m == nil {
				return fails(s, "does not say how often", `write it as "1 in 6h"`)
			}
			per, err := time.ParseDuration(strings.ReplaceAll(m[2], " ", ""))
			if err != nil || per < leastPer || per > mostPer {
				return fails(s, "names no time between "+short(leastPer)+" and "+short(mostPer), `write it as "1 in 6h"`)
			}
			r.Count, _ = strconv.Atoi(m[1])
			r.Per = per
			return s, nil
		})
		rules = append(rules, r)
		one.done()
	}
	return rules
}

// eventKey checks which events a rule is for.
func eventKey(s string) (string, *fault) {
	switch start := strings.TrimSuffix(s, "*"); {
	case start == "":
		return fails(s, "is every event there is", `write it as "memory/pressure" or "oom/*"`)
	case strings.Contains(start, "*"):
		return fails(s, "has a * that is not at its end", `write it as "memory/pressure" or "oom/*"`)
	case strings.ContainsFunc(s, unseen):
		return fails(s, "is no key of an event", `write it as "memory/pressure" or "oom/*"; history shows the kinds`)
	}
	return s, nil
}
