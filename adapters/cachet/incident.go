package cachet

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/diaspote/vigie/ops/incident"
)

// An incidentBody is an incident as it is sent. With no component it has none.
type incidentBody struct {
	Name            string `json:"name"`
	Message         string `json:"message"`
	Status          int    `json:"status"`
	Visible         int    `json:"visible"`
	Stickied        bool   `json:"stickied"`
	OccurredAt      string `json:"occurred_at"`
	ComponentID     int64  `json:"component_id,omitempty"`
	ComponentStatus *int   `json:"component_status,omitempty"` // which one that has a component must have
	Notify          *bool  `json:"notify,omitempty"`
}

// incident makes an incident stand there as it is, or not at all if it is not for everybody.
func (p *Push) incident(ctx context.Context, id int64) error {
	i, err := p.Book.Incident(ctx, id)
	if err != nil && !gone(err) {
		return err
	}
	before, _, failed := p.Book.Copy(ctx, p.Place, incident.OfIncident, id)
	if failed != nil {
		return failed
	}
	if err != nil || !i.Public || i.Merged != 0 {
		if err := p.remove(ctx, thing{kind: incident.OfIncident, here: id, path: "incidents", find: p.findIncident}); err != nil {
			return err
		}
		return p.dropUpdates(ctx, before.There)
	}
	body := incidentBody{Name: i.Name, Status: int(i.Status), Visible: 1, Stickied: i.Sticky, OccurredAt: p.in(i.Opened)}
	body.Message = message(i.Name, i.Updates[0].Text)
	if p.old {
		body.Message = p.whole(&i)
	}
	var state int
	if body.ComponentID, state, err = p.worst(ctx, &i); err != nil {
		return err
	}
	if p.old {
		_, err := p.say(ctx, &i, body, state)
		return err
	}
	there := before.There
	if there != 0 {
		if err := p.updates(ctx, &i, there); isNone(err) { // somebody has removed it there
			if err := errors.Join(p.Book.DropCopy(ctx, before), p.dropUpdates(ctx, there)); err != nil {
				return err
			}
			there = 0
		} else if err != nil {
			return err
		}
	}
	if there == 0 { // what was written first comes first, also there
		opening := body
		opening.Status = int(i.Updates[0].Status)
		if there, err = p.say(ctx, &i, opening, state); err != nil {
			return err
		}
		if err := p.updates(ctx, &i, there); err != nil {
			return err
		}
	}
	last, err := p.say(ctx, &i, body, state) // the updates have set its status already
	if err != nil || last == there {
		return err
	}
	if err := p.dropUpdates(ctx, there); err != nil { // it was removed there, and had no updates that would have told so
		return err
	}
	return p.updates(ctx, &i, last)
}

// say keeps the incident itself there.
func (p *Push) say(ctx context.Context, i *incident.Incident, body incidentBody, state int) (int64, error) {
	once := body
	notify := p.Notify && p.Now().Sub(i.Updates[len(i.Updates)-1].At) < fresh
	once.Notify = &notify
	if body.ComponentID != 0 {
		once.ComponentStatus = &state
	}
	return p.keep(ctx, thing{kind: incident.OfIncident, here: i.ID, name: p.named(i.Opened, i.Name), path: "incidents", body: body, once: once,
		read: incident.AsRead(i.Updated), find: p.findIncident})
}

// message is a text there, where none may be empty.
func message(name, text string) string { return markdown(cmp.Or(text, name)) }

// named is what an incident is found again by: when it began, to the minute, and its name.
func (p *Push) named(at time.Time, name string) string { return p.in(at) + " " + name }

// findIncident finds the one of that name and time. An older Cachet tells just when it was written there, which was not before.
func (p *Push) findIncident(ctx context.Context, named string, taken func(int64) bool) (there int64, err error) {
	at, name := named[:min(len(timeIn), len(named))], strings.TrimSpace(named[min(len(timeIn), len(named)):])
	looked := 0
	err = list(ctx, p.Client, "incidents?sort=id&order=desc", func(i incidentThere, _ int) (bool, error) {
		same := i.Name == name && i.DeletedAt == "" && !taken(int64(i.ID))
		if i.OccurredAt != "" {
			same = same && strings.HasPrefix(i.OccurredAt, at)
		} else {
			same = same && p.at(i.CreatedAt).After(p.at(at).Add(-otherZone))
		}
		if same {
			there = int64(i.ID)
		}
		looked++
		return there == 0 && looked < 5*perPage, nil
	})
	return there, err
}

// otherZone is how much a time may be off if the config names another zone than the Cachet has.
const otherZone = 26 * time.Hour

// dropUpdates forgets the updates of an incident that is not there any more.
func (p *Push) dropUpdates(ctx context.Context, there int64) error {
	copies, err := p.Book.Copies(ctx, p.Place, incident.OfUpdate(there))
	for _, c := range copies {
		err = errors.Join(err, p.Book.DropCopy(ctx, c))
	}
	return err
}

// updates makes the updates of an incident there those that it has; the first is its message.
func (p *Push) updates(ctx context.Context, i *incident.Incident, there int64) error {
	copies, err := p.Book.Copies(ctx, p.Place, incident.OfUpdate(there))
	if err != nil {
		return err
	}
	path := fmt.Sprintf("incidents/%d/updates", there)
	for _, u := range i.Updates[1:] {
		body := struct {
			Status  int    `json:"status"`
			Message string `json:"message"`
		}{int(u.Status), message(u.Status.String(), u.Text)}
		once := body
		if c := copies[u.ID]; c.There == 0 && p.Now().Sub(u.At) > late {
			once.Message += "\n\n" + p.hour(u.At)
		}
		delete(copies, u.ID)
		_, err := p.keep(ctx, thing{kind: incident.OfUpdate(there), here: u.ID, name: body.Message, path: path, body: body, once: once,
			read: incident.AsRead(u.Updated), find: func(ctx context.Context, text string, taken func(int64) bool) (found int64, err error) {
				err = list(ctx, p.Client, path, func(u update, _ int) (bool, error) {
					if strings.HasPrefix(u.Message, text) && !taken(int64(u.ID)) {
						found = int64(u.ID)
					}
					return found == 0, nil
				})
				return found, err
			}})
		if err != nil {
			return err
		}
	}
	for id := range copies { // of those that were taken away, or are the first by now
		if err := p.remove(ctx, thing{kind: incident.OfUpdate(there), here: id, path: path}); err != nil {
			return err
		}
	}
	return nil
}

// hour is when something was, for who reads of it later. It is read again by [hourOf].
func (p *Push) hour(t time.Time) string { return "(" + t.In(p.Zone).Format(hourLayout) + ")" }

const hourLayout = "2006-01-02 15:04 MST"

// mostWhole is how long a message may get, in bytes: older Cachets keep 64 KiB.
const mostWhole = 20_000

// whole is all that was written of an incident, the newest first, as the one message that an older Cachet has for it.
func (p *Push) whole(i *incident.Incident) string {
	var parts []string
	long := 0
	for n := len(i.Updates) - 1; n > 0 && long < mostWhole; n-- {
		u := &i.Updates[n]
		long += len(u.Text)
		parts = append(parts, "**"+u.At.In(p.Zone).Format(hourLayout)+", "+u.Status.String()+"**  \n"+message(u.Status.String(), u.Text))
	}
	if long >= mostWhole {
		return strings.Join(append(parts, "…"), "\n\n")
	}
	return strings.Join(append(parts, message(i.Name, i.Updates[0].Text)), "\n\n")
}
