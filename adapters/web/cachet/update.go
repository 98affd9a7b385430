package cachet

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/diaspote/vigie/ops/incident"
)

// An updateShown is an update of an incident as Cachet's API has it.
type updateShown struct {
	ID        int64  `json:"id"`
	Incident  int64  `json:"incident_id"`
	Status    int    `json:"status"`
	Message   string `json:"message"`
	User      *int   `json:"user_id"`
	Created   string `json:"created_at"`
	Updated   string `json:"updated_at"`
	Human     string `json:"human_status"`
	Permalink string `json:"permalink"`
}

func (a *API) presentUpdate(i *incident.Incident, u *incident.Update) updateShown {
	return updateShown{
		ID: u.ID, Incident: i.ID, Status: int(u.Status), Message: u.Text, Created: a.stamp(u.At), Updated: a.stamp(u.Updated),
		Human: incidentStatus[u.Status], Permalink: fmt.Sprintf("%s#update-%d", a.permalink(i), u.ID),
	}
}

// laterUpdates are all but the first, which is the incident's message. The newest comes first.
func (a *API) laterUpdates(i *incident.Incident) []updateShown {
	all := []updateShown{}
	for n := len(i.Updates) - 1; n > 0; n-- {
		all = append(all, a.presentUpdate(i, &i.Updates[n]))
	}
	return all
}

var updateColumns = []column[updateShown]{
	{"id", func(u *updateShown) any { return u.ID }, true},
	{"status", func(u *updateShown) any { return int64(u.Status) }, true},
	{"message", func(u *updateShown) any { return u.Message }, true},
	{"created_at", func(u *updateShown) any { return u.Created }, true},
	{"updated_at", func(u *updateShown) any { return u.Updated }, true},
}

func (a *API) updates(ctx context.Context, c *call) (answer, error) {
	i, err := a.find(ctx, c)
	if err != nil {
		return answer{}, err
	}
	return part(a, c, a.laterUpdates(&i), updateColumns), nil
}

func (a *API) update(ctx context.Context, c *call) (answer, error) {
	i, err := a.find(ctx, c)
	if err != nil {
		return answer{}, err
	}
	return a.updateAnswer(c, &i)
}

// updateAnswer is the update that the address names.
func (a *API) updateAnswer(c *call, i *incident.Incident) (answer, error) {
	id, err := c.number("update")
	if err != nil {
		return answer{}, err
	}
	all := a.laterUpdates(i)
	n := slices.IndexFunc(all, func(u updateShown) bool { return u.ID == id })
	if n < 0 {
		return answer{}, missing
	}
	return answer{Data: all[n]}, nil
}

func (a *API) addUpdate(ctx context.Context, c *call) (answer, error) {
	id, err := c.number("id")
	if err != nil {
		return answer{}, err
	}
	c.in.need("status", "message")
	r, err := a.reported(ctx, &c.in)
	if err != nil {
		return answer{}, err
	}
	i, err := a.Book.Amend(c.in.quietly(ctx), id, func(am *incident.Amendment) error {
		am.Add = incident.Update{Status: r.status, Text: r.message, Person: person}
		am.Hands = r.touch.touch(am.Incident, r.status == incident.Fixed)
		return nil
	})
	if err != nil {
		return answer{}, err
	}
	last := slices.MaxFunc(i.Updates, func(a, b incident.Update) int { return cmp.Compare(a.ID, b.ID) })
	return answer{Data: a.presentUpdate(&i, &last)}, nil
}

func (a *API) editUpdate(ctx context.Context, c *call) (answer, error) {
	i, id, err := a.later(ctx, c)
	if err != nil {
		return answer{}, err
	}
	r, err := a.reported(ctx, &c.in)
	if err != nil {
		return answer{}, err
	}
	i, err = a.Book.EditUpdate(ctx, i.ID, id, func(u *incident.Update) error {
		put(&u.Text, r.message, r.told)
		put(&u.Person, person, r.told && u.Person == "")
		put(&u.Status, r.status, r.status != 0)
		return nil
	})
	if err != nil {
		return answer{}, err
	}
	return a.updateAnswer(c, &i)
}

func (a *API) removeUpdate(ctx context.Context, c *call) (answer, error) {
	i, id, err := a.later(ctx, c)
	if err != nil {
		return answer{}, err
	}
	return answer{}, a.Book.RemoveUpdate(ctx, i.ID, id)
}

// later is the update that the address names, which is not the first of its incident.
func (a *API) later(ctx context.Context, c *call) (i incident.Incident, id int64, err error) {
	if i, err = a.find(ctx, c); err != nil {
		return i, 0, err
	}
	if id, err = c.number("update"); err != nil {
		return i, 0, err
	}
	if i.Updates[0].ID == id {
		return i, 0, missing
	}
	return i, id, nil
}
