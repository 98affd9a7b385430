package subscribe

import (
	"bytes"
	_ "embed"
	"net/http"
	"strings"
)

//go:embed page.html
var page string

// A sheet is what a page is made of.
type sheet struct {
	*words
	Title string
	Style string
	Up    string // the way to the front

	Heading, Text string
	Form          *form

	// Of a button.
	Address               string
	Names                 []string
	Token, Action, Button string
}

// show fills in a page, whole or not at all. Its links are relative: a proxy may have put the bot below a path.
func (d *Desk) show(w http.ResponseWriter, r *http.Request, status int, name string, s sheet) {
	s.words, s.Title, s.Up = d.words(r), d.Title, strings.Repeat("../", strings.Count(r.URL.Path, "/")-1)
	s.Style = s.Up + d.Style
	if s.Heading == "" {
		s.Heading = s.Subscribe
	}
	var b bytes.Buffer
	if err := d.pages.ExecuteTemplate(&b, name, s); err != nil {
		d.Log.Error("a page could not be made", "page", name, "err", err)
		http.Error(w, "the page could not be made; the bot's log says why", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Language", s.Lang)
	w.WriteHeader(status)
	w.Write(b.Bytes())
}
