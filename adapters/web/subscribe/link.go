package subscribe

import (
	"errors"
	"net/http"
	"slices"

	"github.com/diaspote/vigie/ops/incident"
)

// askConfirm shows the button that confirms.
func (d *Desk) askConfirm(w http.ResponseWriter, r *http.Request) {
	token := r.URL.Query().Get("t")
	id, ok := d.Links.Confirms(token)
	if !ok {
		d.stale(w, r)
		return
	}
	s, err := d.Book.Subscriber(r.Context(), id)
	words := d.words(r)
	switch {
	case errors.Is(err, incident.ErrNone):
		d.stale(w, r)
	case err != nil:
		d.fails(w, r, err)
	case !s.Confirmed.IsZero():
		d.show(w, r, http.StatusOK, "notice", sheet{Heading: words.Confirmed, Text: words.ConfirmedText})
	default:
		d.show(w, r, http.StatusOK, "button", sheet{Heading: words.Confirm, Text: words.ConfirmText, Address: s.Address, Names: d.names(s), Token: token,
			Action: "confirm", Button: words.Yes})
	}
}

func (d *Desk) confirm(w http.ResponseWriter, r *http.Request) {
	if !d.takes(w, r) {
		return
	}
	id, ok := d.Links.Confirms(r.Form.Get("t"))
	if !ok {
		d.stale(w, r)
		return
	}
	if _, err := d.Book.Confirm(r.Context(), id); errors.Is(err, incident.ErrNone) {
		d.stale(w, r)
	} else if err != nil {
		d.fails(w, r, err)
	} else {
		words := d.words(r)
		d.show(w, r, http.StatusOK, "notice", sheet{Heading: words.Confirmed, Text: words.ConfirmedText})
	}
}

// askUnsubscribe shows the button that ends it.
func (d *Desk) askUnsubscribe(w http.ResponseWriter, r *http.Request) {
	token := r.URL.Query().Get("t")
	these, ok := d.leaving(w, r, token)
	if !ok {
		return
	}
	words := d.words(r)
	if len(these) == 0 {
		d.show(w, r, http.StatusOK, "notice", sheet{Heading: words.Unsubscribed, Text: words.UnsubscribedText})
		return
	}
	d.show(w, r, http.StatusOK, "button", sheet{Heading: words.Unsubscribe, Text: words.UnsubscribeText, Address: these[0].Address, Token: token,
		Action: "unsubscribe", Button: words.No})
}

// unsubscribe ends it, for a person or for the person's mail program, which sends List-Unsubscribe=One-Click to the address of
// the link (RFC 8058, 3.2) and looks at nothing but the status.
func (d *Desk) unsubscribe(w http.ResponseWriter, r *http.Request) {
	if !d.takes(w, r) {
		return
	}
	these, ok := d.leaving(w, r, r.Form.Get("t"))
	if !ok {
		return
	}
	for _, s := range these {
		if err := d.Book.Unsubscribe(r.Context(), s.ID); err != nil && !errors.Is(err, incident.ErrNone) { // who has gone is gone
			d.fails(w, r, err)
			return
		}
	}
	words := d.words(r)
	d.show(w, r, http.StatusOK, "notice", sheet{Heading: words.Unsubscribed, Text: words.UnsubscribedText})
}

// leaving are those whom a link to unsubscribe is of, none if they have gone; if it is no such link, that is said.
func (d *Desk) leaving(w http.ResponseWriter, r *http.Request, token string) (these []incident.Subscriber, ok bool) {
	these, ok, err := d.Links.Unsubscribes(token, func() ([]incident.Subscriber, error) { return d.Book.Subscribers(r.Context()) })
	if err != nil {
		d.fails(w, r, err)
		return nil, false
	}
	if !ok {
		d.stale(w, r)
	}
	return these, ok
}

// stale says that a link is good for nothing.
func (d *Desk) stale(w http.ResponseWriter, r *http.Request) {
	words := d.words(r)
	d.show(w, r, http.StatusNotFound, "notice", sheet{Heading: words.Stale, Text: words.StaleText})
}

// names are the components that somebody wants to be told of, as far as everybody may see them.
func (d *Desk) names(s incident.Subscriber) []string {
	var all []string
	for _, c := range d.Book.Page().Components {
		if slices.ContainsFunc(s.Components, func(i incident.Subscription) bool { return i.Component == c.ID }) {
			all = append(all, c.Name)
		}
	}
	return all
}
