package cachet

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/diaspote/vigie/ops/incident"
)

// kindPoint begins the kind of what is noted of the last point of a metric.
const kindPoint = "point"

// mostLookedAt is how many of the things that the Cachet has already been told of are looked at again at the start, the newest.
const mostLookedAt = 200

func ids[T any](all []T, id func(T) int64) []int64 {
	var found []int64
	for _, one := range all {
		found = append(found, id(one))
	}
	return found
}

// with are those numbers, and those of what the Cachet was told of before; the oldest first.
func (p *Push) with(ctx context.Context, kind string, now []int64) ([]int64, error) {
	copies, err := p.Book.Copies(ctx, p.Place, kind)
	if err != nil {
		return nil, err
	}
	var before []int64
	for id, c := range copies {
		if c.Ours || kind == incident.OfComponent {
			before = append(before, id)
		}
	}
	slices.Sort(before)
	now = append(now, before[max(0, len(before)-mostLookedAt):]...)
	if kind == incident.OfIncident || kind == incident.OfMaintenance { // components and groups are in the order of the page
		slices.Sort(now)
	}
	seen := map[int64]bool{}
	return slices.DeleteFunc(now, func(id int64) bool {
		was := seen[id]
		seen[id] = true
		return was
	}), nil
}

// A thing is what is to stand in the Cachet.
type thing struct {
	kind  string
	here  int64
	name  string
	path  string                   // of all of its kind: "incidents"
	body  any                      // what it is to be
	once  any                      // what is said besides, but not again because it has changed: a struct of the same, nil for body
	adopt bool                     // take over what is there already
	read  string                   // the Copy.Said with which it is there as it was read
	made  func(completedAt string) // is called with what the answer says when it was made; nil for not
	// find looks for it there, under the name that it was to have, among what taken reports false of; 0 for none.
	find func(ctx context.Context, name string, taken func(int64) bool) (int64, error)
}

// keep makes a thing stand there as it is to be, and returns its number there.
func (p *Push) keep(ctx context.Context, t thing) (int64, error) {
	c, known, err := p.Book.Copy(ctx, p.Place, t.kind, t.here)
	if err != nil {
		return 0, err
	}
	said, body := digest(t.body), t.body
	if t.once != nil {
		body = t.once
	}
	if c.There != 0 {
		if c.Said == said || c.Said == t.read && t.read != "" {
			return c.There, nil
		}
		err := p.call(ctx, http.MethodPut, fmt.Sprintf("%s/%d", t.path, c.There), body, nil)
		if err == nil {
			c.Said = said
			return c.There, p.Book.KeepCopy(ctx, c)
		}
		if !isNone(err) {
			return 0, err
		}
		c, known = incident.Copy{Place: p.Place, Kind: t.kind, Here: t.here}, false // somebody has removed it there
	}
	if known || t.adopt {
		there, err := p.look(ctx, t, c)
		if err != nil {
			return 0, err
		}
		if there != 0 {
			c.There, c.Said = there, ""
			if err := p.Book.KeepCopy(ctx, c); err != nil {
				return 0, err
			}
			return p.keep(ctx, t)
		}
	}
	c.Ours, c.Said = true, t.name
	if err := p.Book.KeepCopy(ctx, c); err != nil { // whoever finds this was interrupted
		return 0, err
	}
	var made struct {
		ID          number `json:"id"`
		CompletedAt string `json:"completed_at"`
	}
	if err := p.call(ctx, http.MethodPost, t.path, body, &made); err != nil {
		return 0, err
	}
	if made.ID <= 0 {
		return 0, fmt.Errorf("%s: it answered without a number for what it made", p.Client)
	}
	c.There, c.Said = int64(made.ID), said
	if t.made != nil {
		t.made(made.CompletedAt)
	}
	return c.There, p.Book.KeepCopy(ctx, c)
}

// look looks for a thing there that no other of the book's is. While its number is not known, a copy says its name.
func (p *Push) look(ctx context.Context, t thing, c incident.Copy) (int64, error) {
	copies, err := p.Book.Copies(ctx, p.Place, t.kind)
	if err != nil {
		return 0, err
	}
	taken := map[int64]bool{}
	for _, c := range copies {
		taken[c.There] = true
	}
	return t.find(ctx, cmp.Or(c.Said, t.name), func(there int64) bool { return taken[there] })
}

// remove takes a thing away there that we made, or just forgets it. t has what finds it if it was being made when we were
// interrupted.
func (p *Push) remove(ctx context.Context, t thing) error {
	c, known, err := p.Book.Copy(ctx, p.Place, t.kind, t.here)
	if err != nil || !known {
		return err
	}
	if c.There == 0 && t.find != nil {
		if c.There, err = p.look(ctx, t, c); err != nil {
			return err
		}
	}
	if c.There != 0 {
		if err := p.call(ctx, http.MethodDelete, fmt.Sprintf("%s/%d", t.path, c.There), nil, nil); err != nil && !isNone(err) {
			return err
		}
	}
	return p.Book.DropCopy(ctx, c)
}

// digest tells whether what is to be said was said.
func digest(body any) string {
	text, err := json.Marshal(body)
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:12])
}

// gone tells whether the book has no such thing any more.
func gone(err error) bool { return errors.Is(err, incident.ErrNone) }
