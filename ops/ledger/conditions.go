package ledger

import (
	"context"
	"encoding/json"
	"iter"
	"maps"
	"slices"
	"time"

	"github.com/diaspote/vigie/ops"
)

// noteWait is for a note while the bot stops.
const noteWait = 2 * time.Second

// Conditions are those that a watcher has told and that still last. They are kept under the name of a cursor, so that when
// the bot starts again none is told twice and none stays open for ever. They are used by one goroutine.
type Conditions struct {
	db   *DB
	name string
	open map[string]*Condition // by Event.Key
}

// A Condition gets worse from level to level, and is told once at each.
type Condition struct {
	Level int       `json:"level"`
	Since time.Time `json:"since"`
	Why   string    `json:"why,omitempty"`
	calm  time.Time // since when it has been well below its threshold; zero while it is not
}

// Conditions reads those of a watcher.
func (db *DB) Conditions(ctx context.Context, name string) (*Conditions, error) {
	c := &Conditions{db: db, name: name, open: map[string]*Condition{}}
	text, err := db.Cursor(ctx, name)
	if err != nil {
		return nil, err
	}
	// What cannot be read is another version's: at worst a condition is told again.
	if json.Unmarshal([]byte(text), &c.open) != nil || c.open == nil {
		c.open = map[string]*Condition{}
	}
	maps.DeleteFunc(c.open, func(_ string, one *Condition) bool { return one == nil })
	return c, nil
}

// Raise tells e as a lasting condition because of why, unless that was done at this level or a worse one. Before, it is
// noted at level 0, "told perhaps": after a crash between the two it is told again, or else resolved.
func (c *Conditions) Raise(ctx context.Context, emit ops.Emit, level int, why string, e ops.Event) error {
	one := c.open[e.Key]
	if one == nil {
		one = &Condition{Since: e.At, Why: why}
		c.open[e.Key] = one
		if err := c.save(ctx); err != nil {
			return err
		}
	}
	one.calm = time.Time{}
	if level <= one.Level {
		return nil
	}
	e.Lasting = true
	if err := emit(e); err != nil {
		return err
	}
	one.Level = level
	return c.save(ctx)
}

// Open returns the condition of that key, nil if there is none.
func (c *Conditions) Open(key string) *Condition { return c.open[key] }

// Keys are those of all that are open, in order.
func (c *Conditions) Keys() iter.Seq[string] {
	return slices.Values(slices.Sorted(maps.Keys(c.open)))
}

// Calmed tells whether an open condition has been well below its threshold for that long. Whoever finds it
// between the two thresholds says so by calling Unsettle.
func (c *Conditions) Calmed(key string, now time.Time, long time.Duration) bool {
	one := c.open[key]
	if one == nil {
		return false
	}
	if one.calm.IsZero() || now.Before(one.calm) {
		one.calm = now
	}
	return now.Sub(one.calm) >= long
}

// Unsettle begins the time anew that Calmed waits for.
func (c *Conditions) Unsettle(key string) {
	if one := c.open[key]; one != nil {
		one.calm = time.Time{}
	}
}

// Resolve tells by e that the condition is over.
func (c *Conditions) Resolve(ctx context.Context, emit ops.Emit, e ops.Event) error {
	e.Lasting, e.Resolved = true, true
	if err := emit(e); err != nil {
		return err
	}
	delete(c.open, e.Key)
	return c.save(ctx)
}

// save also works while the bot stops, as what it notes has been told already.
func (c *Conditions) save(ctx context.Context) error {
	text, err := json.Marshal(c.open)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), noteWait)
	defer cancel()
	return c.db.SetCursor(ctx, c.name, string(text))
}
