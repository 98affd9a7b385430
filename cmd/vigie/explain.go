package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/diaspote/vigie/adapters/webhook"
	"github.com/diaspote/vigie/bot"
	"github.com/diaspote/vigie/ops"
	"github.com/diaspote/vigie/ops/oom"
	"github.com/diaspote/vigie/ops/upgrade"
)

// An explainCommand prints what the bot would say about an input.
type explainCommand struct {
	System bool   `help:"For crontab: it has a user in the sixth field." xor:"whose"`
	User   bool   `help:"For crontab: it is a user's own. Without either it is guessed." xor:"whose"`
	Kind   string `arg:"" help:"What it is: ${explained}."`
	File   string `arg:"" optional:"" help:"The file to read, instead of standard input."`
}

// An explainer makes events of an input, of which it bounds how much it keeps. It fails only where the input cannot be
// read at all.
type explainer func(in io.Reader, now time.Time) ([]ops.Event, error)

// explainers are those that there are, by the kind of input.
func (c explainCommand) explainers() map[string]explainer {
	all := map[string]explainer{
		"crontab":             whole(c.crontab),
		"nodeinfo":            whole(explainNodeInfo),
		"oom":                 explainOOM,
		"apt-history":         upgrade.ExplainHistory,
		"unattended-upgrades": upgrade.ExplainUnattended,
	}
	for _, kind := range webhook.Kinds() {
		all[kind] = func(in io.Reader, now time.Time) ([]ops.Event, error) { return webhook.Explain(kind, in, now) }
	}
	return all
}

func explainOOM(r io.Reader, now time.Time) ([]ops.Event, error) {
	return oom.Explain(r, func() time.Time { return now })
}

// whole reads the input first.
func whole(explain func(data []byte, now time.Time) ([]ops.Event, error)) explainer {
	return func(in io.Reader, now time.Time) ([]ops.Event, error) {
		data, err := io.ReadAll(io.LimitReader(in, maxExplain+1))
		if err == nil && len(data) > maxExplain {
			err = fmt.Errorf("it is larger than %d MiB; take a part of it", maxExplain>>20)
		}
		if err != nil {
			return nil, fmt.Errorf("read the input: %w", err)
		}
		return explain(data, now)
	}
}

// maxExplain is how much is read whole, in bytes.
const maxExplain = 4 << 20

// explained lists the kinds for people.
func explained() string {
	return strings.Join(slices.Sorted(maps.Keys(explainCommand{}.explainers())), ", ")
}

func (c explainCommand) Run(t terminal) error {
	events, now, err := c.read(t.in)
	if err != nil {
		fmt.Fprintln(t.err, "vigie:", err)
		return exitStatus(2)
	}
	enc := json.NewEncoder(t.out)
	enc.SetEscapeHTML(false)
	for _, e := range events {
		if err := enc.Encode(toldOf(e, now)); err != nil {
			return fmt.Errorf("print what there is to say: %w", err)
		}
	}
	return nil
}

func (c explainCommand) read(in io.Reader) ([]ops.Event, time.Time, error) {
	now := time.Now()
	explain, ok := c.explainers()[c.Kind]
	if !ok {
		return nil, now, fmt.Errorf("explain: %q is none of what can be explained: %s", c.Kind, explained())
	}
	if c.File != "" && c.File != "-" {
		f, err := os.Open(c.File)
		if err != nil {
			return nil, now, fmt.Errorf("explain: %w", err)
		}
		defer f.Close()
		in = f
	}
	events, err := explain(in, now)
	if err != nil {
		return nil, now, fmt.Errorf("explain: %w", err)
	}
	return events, now, nil
}

// A told is an event as a script gets it.
type told struct {
	Kind     string       `json:"kind"`
	Key      string       `json:"key"`
	Severity ops.Severity `json:"severity"`
	At       time.Time    `json:"at"`
	Resolved bool         `json:"resolved"`
	Title    string       `json:"title"`
	Details  ops.Details  `json:"details"`
	Text     string       `json:"text"` // what the room gets
}

func toldOf(e ops.Event, now time.Time) told {
	return told{e.Kind, e.Key, e.Severity, e.At, e.Resolved, e.Title, e.Details, bot.AlertText(e, now)}
}

// notUnderstood keeps an input, or a part of it, that could not be understood.
func notUnderstood(what, raw string, why error, now time.Time) ops.Event {
	raw = strings.ToValidUTF8(raw, "\ufffd")
	return ops.Event{
		Kind: "not-understood", Key: "not-understood/" + what, Severity: ops.Warning, At: now,
		Title: what + " not understood: " + why.Error(), Text: raw,
		Details: ops.Details{{Name: "raw", Value: raw}},
	}
}
