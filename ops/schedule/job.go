package schedule

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"
)

// A Job is a line that the bot runs by the clock.
type Job struct {
	Name    string
	At      string // as in a crontab: five fields, "@daily" and its like
	Do      string // the line
	Unless  string // a condition that makes a run needless, see [ParseCondition]; "" for none
	CatchUp bool   // a run that was missed is made up for
	Person  string // who added it from a chat, and as whom it runs; "" for a job of the config
}

// jobName keeps names such that they can be typed, and stand in a key.
var jobName = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,39}$`)

// maxDo bounds the line of a job, in bytes.
const maxDo = 1000

// Check says what is wrong with a job, if anything. Whether its line is a command is for others to tell.
func (j Job) Check() error {
	if !jobName.MatchString(j.Name) {
		return fmt.Errorf("job %s: a name has 1 to 40 of a-z, 0-9, dot, dash and underscore, and begins with a letter or a digit", quote(j.Name))
	}
	if _, err := ParseAt(j.At); err != nil {
		return fmt.Errorf("job %s: at: %w", j.Name, err)
	}
	switch {
	case strings.TrimSpace(j.Do) == "":
		return fmt.Errorf("job %s: it does nothing; give it do, a line as you would type it", j.Name)
	case len(j.Do) > maxDo:
		return fmt.Errorf("job %s: do is longer than %d bytes", j.Name, maxDo)
	case strings.ContainsAny(j.Do, "\r\n\x00"):
		return fmt.Errorf("job %s: do is more than one line", j.Name)
	}
	if j.Unless != "" {
		if _, err := ParseCondition(j.Unless); err != nil {
			return fmt.Errorf("job %s: unless: %w", j.Name, err)
		}
	}
	return nil
}

// ParseAt reads the times of a job as cron would, and returns an entry that has nothing but them. Times that
// never come are an error, and so is @reboot: a job goes by the clock.
func ParseAt(at string) (Entry, error) {
	text := strings.TrimSpace(at)
	if text == "" {
		return Entry{}, errors.New(`no times; write them as in a crontab: "20 4 * * *"`)
	}
	written, w, rest, err := parseTimes(text)
	if err != nil {
		return Entry{}, fmt.Errorf(`%w; write the times as in a crontab: "20 4 * * *"`, err)
	}
	e := Entry{Schedule: written, when: w}
	if rest != "" {
		return Entry{}, fmt.Errorf("%s follows the times; there are five fields, or one word such as @daily", quote(rest))
	}
	if w.reboot {
		return Entry{}, errors.New("@reboot is no time of the clock")
	}
	if _, ok := e.Next(time.Date(sane, 1, 1, 0, 0, 0, 0, time.UTC)); !ok {
		return Entry{}, fmt.Errorf("%s never comes", quote(written))
	}
	return e, nil
}
