package spool

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/diaspote/vigie/ops"
)

// Kind is the kind of the events that are about a job of cron, and what the names of their files begin with.
const Kind = "cron"

// A Run is what one run of a job of the host's cron came to.
type Run struct {
	Name  string        `json:"name"` // of the job; see [CleanName]
	Start time.Time     `json:"start"`
	Took  time.Duration `json:"took"` // ns

	Status  int           `json:"status"`            // with which it ended: 0 if it went well
	Signal  string        `json:"signal,omitempty"`  // by which it ended: "SIGKILL"
	Fault   string        `json:"fault,omitempty"`   // why it could not be run at all
	Timeout time.Duration `json:"timeout,omitempty"` // past which it was ended; 0 if it ended by itself
	Output  string        `json:"output,omitempty"`  // its last lines, if it failed

	Period time.Duration `json:"period,omitempty"` // how often it is to run; 0 if nobody waits for it
	Grace  time.Duration `json:"grace,omitempty"`  // how much later it may be
	Forget bool          `json:"forget,omitempty"` // it is to be waited for no longer, and did not run
}

// longestName is how long the name of a job may be, in runes.
const longestName = 64

// notInName tells what may not stand in the name of a job, and so in the keys of its events. No regular expression: one that
// says this takes 2 MiB.
func notInName(r rune) bool {
	return !unicode.IsLetter(r) && !unicode.IsNumber(r) && !strings.ContainsRune("._@:+-", r)
}

func isName(text string) bool {
	n := utf8.RuneCountInString(text)
	return n > 0 && n <= longestName && !strings.ContainsFunc(text, notInName)
}

// CleanName makes a name for a job of any text: what has no place in one becomes a dash.
func CleanName(text string) string {
	words := strings.FieldsFunc(strings.ToValidUTF8(text, ""), notInName)
	if text = strings.Trim(strings.Join(words, "-"), "-"); text == "" {
		return "job"
	}
	return string([]rune(text)[:min(len([]rune(text)), longestName)])
}

// longest bounds the durations of a run.
const longest = 10 * 366 * 24 * time.Hour

// parseRun reads what Leave wrote, or somebody who only says so.
func parseRun(data []byte) (r Run, err error) {
	if err := json.Unmarshal(data, &r); err != nil {
		return r, fmt.Errorf("it is no JSON of a run: %w", err)
	}
	if !isName(r.Name) {
		return r, errors.New("its name is none that a job can have")
	}
	for _, d := range []time.Duration{r.Took, r.Timeout, r.Period, r.Grace} {
		if d < 0 || d > longest {
			return r, errors.New("a duration in it cannot be")
		}
	}
	if y := r.Start.Year(); y < 1970 || y > 9999 {
		return r, errors.New("its start cannot be")
	}
	return r, nil
}

func (r Run) well() bool {
	return r.Forget || r.Status == 0 && r.Signal == "" && r.Fault == "" && r.Timeout == 0
}

// How says how a run that did not go well ended, after its name: "failed: exit status 3".
func (r Run) How() string {
	switch {
	case r.Fault != "":
		return "could not be run: " + r.Fault
	case r.Timeout > 0:
		return "hangs: ended after " + Spell(r.Timeout)
	case r.Signal != "":
		return "failed: killed by " + r.Signal
	}
	return fmt.Sprintf("failed: exit status %d", r.Status)
}

// A place is who ran a job, and where.
type place struct{ user, host string }

func (p place) key(name string) string { return Kind + "/" + p.user + "/" + name }

func (p place) String() string {
	if p.host == "" {
		return "as " + p.user
	}
	return "as " + p.user + " on " + p.host
}

// failed is the event of a run that did not go well.
func (r Run) failed(p place) ops.Event {
	text := fmt.Sprintf("after %s, %s", Spell(r.Took), p)
	if r.Fault != "" {
		text = p.String()
	}
	if output := strings.TrimRight(r.Output, " \n"); output != "" {
		text += "\n" + output
	}
	e := ops.Event{
		Kind: Kind, Key: p.key(r.Name), Severity: ops.Warning, At: r.Start.Add(r.Took), Lasting: true,
		Title: clip(r.Name+" "+r.How(), 150), Text: text,
		Details: ops.Details{
			{Name: "job", Value: r.Name}, {Name: "user", Value: p.user}, {Name: "start", Value: r.Start},
			{Name: "seconds", Value: r.Took.Seconds()}, {Name: "status", Value: r.Status}, {Name: "signal", Value: nil}, {Name: "timed_out", Value: r.Timeout > 0},
		},
	}
	if r.Signal != "" {
		e.Details[5].Value = r.Signal
	}
	return e
}

// recovered is the event of a run that went well after one that did not, or was late.
func (r Run) recovered(p place) ops.Event {
	e := ops.Event{
		Kind: Kind, Key: p.key(r.Name), At: r.Start.Add(r.Took), Resolved: true,
		Title: r.Name + " went well again", Text: fmt.Sprintf("in %s, %s", Spell(r.Took), p),
		Details: ops.Details{{Name: "job", Value: r.Name}, {Name: "user", Value: p.user}, {Name: "start", Value: r.Start}, {Name: "seconds", Value: r.Took.Seconds()}},
	}
	if r.Forget {
		e.At, e.Title, e.Text, e.Details = r.Start, r.Name+" is waited for no longer", p.String(), e.Details[:2]
	}
	return e
}

// Spell gives a duration as people say it.
func Spell(d time.Duration) string {
	switch d = max(d, 0); {
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d < 10*time.Second:
		return strings.TrimSuffix(fmt.Sprintf("%.1f", d.Seconds()), ".0") + " s"
	case d < 2*time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()+0.5))
	case d < 2*time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()+0.5))
	case d < 48*time.Hour || d%(24*time.Hour) != 0 && d < 96*time.Hour:
		if min := int(d.Minutes()) % 60; min != 0 {
			return fmt.Sprintf("%d h %d min", int(d.Hours()), min)
		}
		return fmt.Sprintf("%d h", int(d.Hours()))
	}
	return fmt.Sprintf("%d days", int(d.Hours()/24))
}

// clip cuts a text to so many runes.
func clip(text string, most int) string {
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return text
}
