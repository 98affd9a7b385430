package kernel

import (
	"context"
	"encoding/json"
	"time"

	"github.com/diaspote/vigie/ops"
	"github.com/diaspote/vigie/ops/ledger"
)

// conditions are those that a watcher has told and that still last. The ledger keeps them under the name of
// a cursor, so that when the bot starts again none is told twice and none stays open for ever.
type conditions struct {
	db   *ledger.DB
	name string
	open map[string]*condition // by Event.Key
}

// A condition gets worse from level to level, and is told once at each.
type condition struct {
	Level int       `json:"level"`
	Since time.Time `json:"since"`
	calm  time.Time // since when it has been well below its threshold; zero while it is not
}

func loadConditions(ctx context.Context, db *ledger.DB, name string) (*conditions, error) {
	c := &conditions{db: db, name: name, open: map[string]*condition{}}
	text, err := db.Cursor(ctx, name)
	if err != nil {
		return nil, err
	}
	// What cannot be read is another version's: at worst a condition is told again.
	if json.Unmarshal([]byte(text), &c.open) != nil || c.open == nil {
		c.open = map[string]*condition{}
	}
	for key, one := range c.open {
		if one == nil {
			delete(c.open, key)
		}
	}
	return c, nil
}

// raise tells e as a lasting condition, unless that was done at this level or a worse one. Before, it is noted at
// level 0, "told perhaps": after a crash between the two it is told again, or else resolved.
func (c *conditions) raise(ctx context.Context, emit ops.Emit, level int, e ops.Event) error {
	one := c.open[e.Key]
	if one == nil {
		one = &condition{Since: e.At}
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

// calmed tells whether an open condition has been well below its threshold for that long. Whoever finds it
// between the two thresholds says so by calling unsettle.
func (c *conditions) calmed(key string, now time.Time, long time.Duration) bool {
	one := c.open[key]
	if one == nil {
		return false
	}
	if one.calm.IsZero() || now.Before(one.calm) {
		one.calm = now
	}
	return now.Sub(one.calm) >= long
}

func (c *conditions) unsettle(key string) {
	if one := c.open[key]; one != nil {
		one.calm = time.Time{}
	}
}

// resolve tells by e that the condition is over.
func (c *conditions) resolve(ctx context.Context, emit ops.Emit, e ops.Event) error {
	e.Lasting, e.Resolved = true, true
	if err := emit(e); err != nil {
		return err
	}
	delete(c.open, e.Key)
	return c.save(ctx)
}

// save also works while the bot stops, as what it notes has been told already.
func (c *conditions) save(ctx context.Context) error {
	text, err := json.Marshal(c.open)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), noteWait)
	defer cancel()
	return c.db.SetCursor(ctx, c.name, string(text))
}
