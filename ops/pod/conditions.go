package pod

import (
	"context"
	"encoding/json"
	"time"

	"github.com/diaspote/vigie/ops"
	"github.com/diaspote/vigie/ops/ledger"
)

const keepWait = 2 * time.Second // for a note while the bot stops

// conditions are those that a watcher has told and that still last. The ledger keeps them under the name of
// a cursor, so that when the bot starts again none is told twice and none stays open for ever.
type conditions struct {
	db   *ledger.DB
	name string
	told map[string]*condition // by Event.Key
}

// A condition gets worse from level to level, and is told once at each.
type condition struct {
	Level int       `json:"level"`
	Since time.Time `json:"since"`
	Why   string    `json:"why,omitempty"`
}

func loadConditions(ctx context.Context, db *ledger.DB, name string) (*conditions, error) {
	c := &conditions{db: db, name: name, told: map[string]*condition{}}
	text, err := db.Cursor(ctx, name)
	if err != nil {
		return nil, err
	}
	// What cannot be read is another version's: at worst a condition is told again.
	if json.Unmarshal([]byte(text), &c.told) != nil || c.told == nil {
		c.told = map[string]*condition{}
	}
	for key, one := range c.told {
		if one == nil {
			delete(c.told, key)
		}
	}
	return c, nil
}

// raise tells e as a lasting condition because of why, unless that was done at this level or a worse one. Before, it is noted at
// level 0, "told perhaps": after a crash between the two it is told again, or else resolved.
func (c *conditions) raise(ctx context.Context, emit ops.Emit, level int, why string, e ops.Event) error {
	one := c.told[e.Key]
	if one == nil {
		one = &condition{Since: e.At, Why: why}
		c.told[e.Key] = one
		if err := c.save(ctx); err != nil {
			return err
		}
	}
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

func (c *conditions) is(key string) bool { return c.told[key] != nil }

// resolve tells by e that the condition is over.
func (c *conditions) resolve(ctx context.Context, emit ops.Emit, e ops.Event) error {
	e.Lasting, e.Resolved = true, true
	if err := emit(e); err != nil {
		return err
	}
	delete(c.told, e.Key)
	return c.save(ctx)
}

// save also works while the bot stops, as what it notes has been told already.
func (c *conditions) save(ctx context.Context) error {
	text, err := json.Marshal(c.told)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), keepWait)
	defer cancel()
	return c.db.SetCursor(ctx, c.name, string(text))
}
