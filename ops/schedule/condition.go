package schedule

import (
	"fmt"
	"strconv"
	"strings"
)

// A Condition compares a figure of the host with a limit: "memory below 50 %".
type Condition struct {
	What    string // "memory", "swap", "disk" or "load"
	Path    string // of a disk, where it is mounted
	Above   bool   // else below
	Limit   float64
	Percent bool // the limit is in percent: of the whole, or for the load of the cores
}

// A Gauge reads the figure that a condition is about: in percent from 0 on if its Percent is set, and otherwise
// the load of the last minute.
type Gauge func(c Condition) (float64, error)

// ParseCondition reads "WHAT below|above N %", WHAT being memory, swap, disk PATH or load, and "load below 1.5".
func ParseCondition(text string) (Condition, error) {
	bad := func(why string) (Condition, error) {
		return Condition{}, fmt.Errorf(`%s: %s; write it as in "memory below 50 %%", "disk / above 90 %%" or "load below 1.5"`, quote(text), why)
	}
	words := strings.Fields(strings.ReplaceAll(text, "%", " % "))
	if len(words) == 0 {
		return bad("no condition")
	}
	c := Condition{What: words[0]}
	words = words[1:]
	switch c.What {
	case "memory", "swap", "load":
	case "disk":
		if len(words) == 0 || !strings.HasPrefix(words[0], "/") {
			return bad("which disk it is must be said by a path")
		}
		c.Path, words = words[0], words[1:]
	default:
		return bad("there are memory, swap, disk and load")
	}
	if len(words) > 2 && words[2] == "%" {
		c.Percent = true
	}
	if len(words) != 2 && !(c.Percent && len(words) == 3) || words[0] != "below" && words[0] != "above" {
		return bad("below or above and a number must follow")
	}
	c.Above = words[0] == "above"
	if !c.Percent && c.What != "load" {
		return bad("a % is missing")
	}
	var err error
	if strings.Trim(words[1], "0123456789.") != "" {
		return bad(quote(words[1]) + " is no number")
	}
	if c.Limit, err = strconv.ParseFloat(words[1], 64); err != nil {
		return bad(quote(words[1]) + " is no number")
	}
	if c.Percent && c.What != "load" && c.Limit > 100 {
		return bad("more than 100 % of it cannot be used")
	}
	return c, nil
}

// Holds tells whether a figure meets the condition.
func (c Condition) Holds(value float64) bool {
	if c.Above {
		return value > c.Limit
	}
	return value < c.Limit
}

// With says how a figure meets the condition: "memory is at 41 %, below 50 %".
func (c Condition) With(value float64) string {
	what, side := c.What, "below"
	if c.Path != "" {
		what += " " + c.Path
	}
	if c.Above {
		side = "above"
	}
	return fmt.Sprintf("%s is at %s, %s %s", what, c.figure(value), side, c.figure(c.Limit))
}

// figure writes a value in the condition's unit, in no more digits than say something.
func (c Condition) figure(value float64) string {
	if !c.Percent {
		return strconv.FormatFloat(value, 'f', 2, 64)
	}
	digits := 0
	if d := value - c.Limit; d != 0 && -1 < d && d < 1 {
		digits = 1 // else 49.7 would be "50 %, below 50 %"
	}
	return strings.TrimSuffix(strconv.FormatFloat(value, 'f', digits, 64), ".0") + " %"
}
