package incident

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"time"

	"github.com/diaspote/vigie/ops/ledger"
)

const (
	every  = time.Minute            // between two looks at everything
	gather = 100 * time.Millisecond // so long events are let come in before they are read
	batch  = 500                    // of events in one transaction
)

// cursorEvents names the cursor of how far the events were read.
const cursorEvents = "incident/events"

// Rules are what a config says of incidents that open by themselves.
type Rules struct {
	Off    bool          // none does
	AtOnce bool          // they are public at once, if visitors can see what they touch
	Calm   time.Duration // all has to be well for so long before one ends by itself
	Host   string        // what a trouble is named after that touches no component
}

// A Keeper keeps a book up with what happens: it makes incidents of events and ends them, has the components follow what is
// really so, and starts and ends maintenance by the clock. All of it is in the ledger, and each event is applied in the
// transaction that notes that it was: whenever the bot is killed, nothing is lost and nothing is done twice.
//
// While the clock stands before [firstYear] it does nothing: what it wrote then would stand in the past for ever.
type Keeper struct {
	Book  *Book
	Rules Rules // not to be changed while Run runs

	// Look tells how what components follow really is, each [FollowsPod] or a unit's full name. What is not in the answer is as
	// it was, as a unit that is just starting; Unknown is what nobody can look at.
	Look func(ctx context.Context, follows []string) map[string]State

	// Elapsed is the time since some moment by a clock that nobody sets, so that a calm is as long as it should be.
	Elapsed func() time.Duration

	wake    chan struct{}
	read    int64 // the row of the last event that was applied; -1 before it is known
	looked  map[string]State
	calms   map[int64]time.Duration // since when all is well, by Elapsed, of the incidents that may end
	lastAll time.Duration           // when all was last looked at, by Elapsed; 0 for never
	begun   bool                    // what was missed while the bot was off is noted
}

// NewKeeper returns one whose fields are to be set before Run.
func NewKeeper(b *Book) *Keeper {
	start := time.Now()
	return &Keeper{
		Book: b, Look: func(context.Context, []string) map[string]State { return nil },
		Elapsed: func() time.Duration { return time.Since(start) + 1 },
		wake:    make(chan struct{}, 1), read: -1, looked: map[string]State{}, calms: map[int64]time.Duration{},
	}
}

// Wake says that there may be new events. It does not wait.
func (k *Keeper) Wake() {
	select {
	case k.wake <- struct{}{}:
	default:
	}
}

// Begin notes from which event on there is something to do. It is called before anything else raises events.
func (k *Keeper) Begin(ctx context.Context) error {
	text, err := k.Book.db.Cursor(ctx, cursorEvents)
	if err != nil {
		return err
	}
	if row, err := strconv.ParseInt(text, 10, 64); err == nil {
		k.read = row
		return nil
	}
	// What happened before there was a book is no news.
	row, err := k.newest(ctx)
	if err != nil {
		return err
	}
	if err := k.Book.db.SetCursor(ctx, cursorEvents, strconv.FormatInt(row, 10)); err != nil {
		return err // another file may be in its place once it can be written
	}
	k.read = row
	return nil
}

// Run works until ctx ends or the ledger cannot be written. It must not run twice at a time.
func (k *Keeper) Run(ctx context.Context) error {
	if k.read < 0 {
		if err := k.Begin(ctx); err != nil {
			return err
		}
	}
	changed, stop := k.Book.Watch() // a maintenance may begin in a moment, or a component follow something else
	defer stop()
	for {
		next, err := k.round(ctx)
		if err != nil {
			return err
		}
		timer := time.NewTimer(next)
		select {
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		case <-timer.C:
			continue
		case <-k.wake:
		case <-changed:
		}
		timer.Reset(gather)
		<-timer.C
	}
}

// round does all that is to be done now, and returns how long there is nothing more, unless it is woken.
func (k *Keeper) round(ctx context.Context) (time.Duration, error) {
	if k.Book.now().Year() < firstYear {
		return every, nil
	}
	if !k.begun {
		if err := k.noteGap(ctx); err != nil {
			return 0, err
		}
		k.begun = true
	}
	follows, err := k.applyEvents(ctx)
	if err != nil {
		return 0, err
	}
	all := k.lastAll == 0 || k.Elapsed()-k.lastAll >= every-time.Second
	if all {
		k.lastAll = k.Elapsed()
		if err := k.noteAlive(ctx); err != nil {
			return 0, err
		}
	}
	if err := k.look(ctx, follows, all); err != nil {
		return 0, err
	}
	if all {
		if err := k.Book.freshen(ctx); err != nil {
			return 0, err
		}
	}
	next, err := k.settle(ctx)
	return min(next, max(k.lastAll+every-k.Elapsed(), gather)), err
}

// newest is the row of the newest event.
func (k *Keeper) newest(ctx context.Context) (row int64, err error) {
	err = k.Book.db.Read(ctx, "look for new events", func(r *sql.Rows) error { return r.Scan(&row) }, `SELECT coalesce(max(id), 0) FROM event`)
	return row, err
}

// applyEvents applies what is new, and returns the units that it was about.
func (k *Keeper) applyEvents(ctx context.Context) (follows map[string]bool, err error) {
	follows = map[string]bool{}
	for {
		newest, err := k.newest(ctx)
		if err != nil || newest <= k.read {
			return follows, err
		}
		last := k.read
		err = k.Book.change(ctx, "see what happened", func(w *writing) error {
			w.unseen = true
			// The cursor in the ledger is behind if what came since was of no matter.
			events, err := ledger.EventsAfter(ctx, w.tx, k.read, batch)
			if err != nil {
				return err
			}
			s, err := k.scene(w)
			if err != nil {
				return err
			}
			matters := false
			for _, r := range events {
				last = r.Row
				follows[r.Unit] = true
				if r.Kind == kindPod {
					follows[FollowsPod] = true
				}
				did, err := s.apply(r)
				if err != nil {
					return fmt.Errorf("event %d: %w", r.Row, err)
				}
				matters = matters || did
			}
			if !matters {
				return nil // the cursor follows with noteAlive: a disk of flash lasts longer for it
			}
			return w.exec(setCursor, cursorEvents, strconv.FormatInt(last, 10))
		})
		if err != nil {
			return nil, err
		}
		if last == k.read {
			return follows, nil // the newest was trimmed
		}
		k.read = last
	}
}

const setCursor = `INSERT INTO cursor (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value`
