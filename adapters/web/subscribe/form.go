package subscribe

import (
	"errors"
	"mime"
	"net/http"
	"slices"
	"strconv"

	"github.com/diaspote/vigie/adapters/web/visitor"
	"github.com/diaspote/vigie/ops/incident"
)

// What a form may hold.
const (
	mostForm  = 16 << 10 // bytes
	mostTyped = 300      // of an address that is shown again
)

// A form is what somebody fills in.
type form struct {
	Mail    bool
	Address string // as it was typed
	Wrong   string // why that cannot be
	Parts   []part
}

// A part is a component that one may choose.
type part struct {
	ID     int64
	Name   string
	Chosen bool
}

func (d *Desk) form(w http.ResponseWriter, r *http.Request) {
	d.show(w, r, http.StatusOK, "form", sheet{Form: d.blank(nil)})
}

// blank is the form with those components chosen.
func (d *Desk) blank(chosen []int64) *form {
	f := &form{Mail: d.Mail}
	for _, c := range d.Book.Page().Components {
		f.Parts = append(f.Parts, part{c.ID, c.Name, slices.Contains(chosen, c.ID)})
	}
	return f
}

// subscribe takes an address. What it answers is the same whether that is known or not.
func (d *Desk) subscribe(w http.ResponseWriter, r *http.Request) {
	if !d.Mail {
		d.show(w, r, http.StatusNotFound, "form", sheet{Form: d.blank(nil)})
		return
	}
	if !d.takes(w, r) {
		return
	}
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/x-www-form-urlencoded" {
		http.Error(w, "a form is wanted", http.StatusUnsupportedMediaType)
		return
	}
	words := d.words(r)
	var chosen []int64
	f := d.blank(nil)
	for _, text := range r.PostForm["component"] {
		id, err := strconv.ParseInt(text, 10, 64)
		n := slices.IndexFunc(f.Parts, func(p part) bool { return p.ID == id })
		if err != nil || n < 0 {
			f.Wrong = words.NoPart
			continue
		}
		f.Parts[n].Chosen = true
		chosen = append(chosen, id)
	}
	typed := r.PostForm.Get("email")
	address, err := incident.Address(typed)
	if err != nil {
		f.Wrong = words.NoAddress
	}
	if f.Wrong != "" {
		f.Address = typed[:min(len(typed), mostTyped)]
		d.show(w, r, http.StatusBadRequest, "form", sheet{Form: f})
		return
	}
	if d.networks.take(visitor.Client(r), d.Now()) {
		_, err = d.Book.Subscribe(r.Context(), address, words.Lang, chosen, false)
	} else {
		err = incident.ErrCrowded
	}
	invalid := (*incident.Invalid)(nil)
	switch {
	case errors.Is(err, incident.ErrCrowded):
		w.Header().Set("Retry-After", "3600")
		d.show(w, r, http.StatusTooManyRequests, "notice", sheet{Heading: words.Crowded, Text: words.CrowdedText})
	case errors.As(err, &invalid):
		f.Address, f.Wrong = address, words.NoPart
		d.show(w, r, http.StatusBadRequest, "form", sheet{Form: f})
	case err != nil:
		d.fails(w, r, err)
	default:
		d.show(w, r, http.StatusOK, "notice", sheet{Heading: words.Sent, Text: words.SentText})
	}
}

// takes reads a form, if it is one of these pages.
func (d *Desk) takes(w http.ResponseWriter, r *http.Request) bool {
	if err := d.origins.Check(r); err != nil {
		http.Error(w, "this form was sent from another site", http.StatusForbidden)
		return false
	}
	if err := r.ParseForm(); err != nil {
		http.Error(w, "that form cannot be read", http.StatusBadRequest)
		return false
	}
	return true
}

func (d *Desk) fails(w http.ResponseWriter, r *http.Request, err error) {
	d.Log.Error("a subscription could not be written", "error", err)
	words := d.words(r)
	d.show(w, r, http.StatusServiceUnavailable, "notice", sheet{Heading: words.Failed, Text: words.FailedText})
}
