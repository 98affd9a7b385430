package bot

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/diaspote/vigie/ops"
)

// A Rule runs a line when something happens.
type Rule struct {
	On    string // an event's key, or the beginning of keys with a * behind it
	Do    string // the line
	Count int    // at most so often
	Per   time.Duration
}

func (r Rule) takes(e ops.Event) bool {
	if e.Resolved || e.Kind == ruleKind {
		return false // a rule that follows rules could go round in circles
	}
	if start, open := strings.CutSuffix(r.On, "*"); open {
		return strings.HasPrefix(e.Key, start)
	}
	return r.On == e.Key
}

const ruleKind = "rule"

// tooLate is when an event is no reason to do anything any more: yesterday's kill, read in the log of the last boot, is not cured by a
// restart today.
const tooLate = 15 * time.Minute

// obey runs what the rules say of an event, in the background.
func (b *Bot) obey(e ops.Event) {
	for _, r := range b.settings.Load().Rules {
		if !r.takes(e) {
			continue
		}
		if ago := b.now().Sub(e.At); ago > tooLate {
			b.log.Info("a rule is not followed for what is long past", "on", e.Key, "do", r.Do, "ago", ago)
		} else {
			b.mu.Lock()
			if !b.closing {
				b.work.Go(func() { b.follow(r, e) })
			}
			b.mu.Unlock()
		}
	}
}

// follow runs the line of one rule, unless it has run often enough, and makes an event of what became of it.
func (b *Bot) follow(r Rule, e ops.Event) {
	happened := ops.Event{
		Kind: ruleKind, Key: ruleKind + "/" + r.Do, At: b.now(),
		Details: ops.Details{{Name: "on", Value: e.Key}, {Name: "do", Value: r.Do}},
	}
	may, err := b.mayFollow(r)
	switch {
	case err != nil:
		happened.Severity, happened.Title = ops.Warning, r.Do+" was not run for "+e.Key
		happened.Text = err.Error()
	case !may:
		b.log.Info("a rule has run often enough", "on", e.Key, "do", r.Do)
		return
	default:
		answer, picture, err := b.Do(b.ctx, Person{Name: "rule", Role: Admin}, r.Do)
		happened.Title, happened.Text = r.Do+" was run for "+e.Key, answer
		if picture != nil {
			b.Attach(happened.Key, picture)
		}
		if err != nil {
			happened.Severity, happened.Title, happened.Text = ops.Critical, r.Do+" was run for "+e.Key+" and failed", err.Error()
		}
	}
	if err := b.Emit(b.ctx)(happened); err != nil {
		b.log.Error("what a rule did was not written down", "do", r.Do, "error", err)
	}
}

// mayFollow tells whether the rule may run now, and counts it: in the ledger, so that a bot that dies of what it does
// cannot do it for ever.
func (b *Bot) mayFollow(r Rule) (bool, error) {
	b.ruling.Lock()
	defer b.ruling.Unlock()
	name := "rule/" + r.On + "/" + r.Do
	text, err := b.db.Cursor(b.ctx, name)
	if err != nil {
		return false, err
	}
	var runs []time.Time
	if text != "" {
		if err := json.Unmarshal([]byte(text), &runs); err != nil {
			return false, fmt.Errorf("read when the rule ran: %w", err)
		}
	}
	now := b.now()
	runs = slices.DeleteFunc(runs, func(at time.Time) bool { return now.Sub(at).Abs() >= r.Per })
	if len(runs) >= r.Count {
		return false, nil
	}
	data, err := json.Marshal(append(runs, now))
	if err != nil {
		return false, err
	}
	return true, b.db.SetCursor(b.ctx, name, string(data))
}

// Do runs a line as that person, without a room: a job, a rule. It returns the answer, and the picture that it has, if any.
// The policy is asked as for any line; a confirmation counts as given, since whoever wrote the line down meant it.
func (b *Bot) Do(ctx context.Context, who Person, line string) (answer string, picture *Picture, err error) {
	ended := make(chan error, 1)
	var said Post // written before Done is called, read after
	m := Message{
		Chat: who.Name, Text: line, Confirmed: true, Single: true,
		hear: func(p Post) { said = p },
		Done: func(err error) { ended <- err },
	}
	b.queue("line "+line, m.bounded(), laneLength, func(m Message) { b.handle(who, m) })
	select {
	case err := <-ended:
		return strings.TrimRight(said.Text+"\n"+said.Block, "\n"), said.Picture, err
	case <-ctx.Done():
		return "", nil, fmt.Errorf("%s: %w", line, ctx.Err())
	}
}
