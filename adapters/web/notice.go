package web

import (
	"bytes"
	"html/template"
	"net/http"
	"strings"
)

// A notice is a page of a few words, of why there is nothing else.
type notice struct {
	Host, Title, Text string
	Back              string // where there is something; "" for nowhere
}

// closed says how to be let in.
func (s *Site) closed(w http.ResponseWriter) {
	s.tell(w, http.StatusForbidden, notice{
		Title: "Ask the bot for a link",
		Text:  "You came without one, or it is too old by now. In a chat with the bot, say: graph link",
	})
}

// wrong says what is wrong with what was asked for.
func (s *Site) wrong(w http.ResponseWriter, err error) {
	s.tell(w, http.StatusBadRequest, notice{Title: "That cannot be shown", Text: sentence(err), Back: "?"})
}

func (s *Site) tell(w http.ResponseWriter, status int, n notice) {
	n.Host = s.Host
	s.show(w, status, "notice.html", n)
}

// show fills in a template, whole or not at all.
func (s *Site) show(w http.ResponseWriter, status int, name string, data any) {
	var b bytes.Buffer
	pages, err := template.ParseFS(files, name)
	if err == nil {
		err = pages.Execute(&b, data)
	}
	if err != nil {
		s.Log.Error("a page could not be made", "page", name, "err", err)
		http.Error(w, "the page could not be made; the bot's log says why", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	w.Write(b.Bytes())
}

// sentence is an error as a page has it.
func sentence(err error) string {
	text := err.Error()
	return strings.ToUpper(text[:1]) + text[1:] + "."
}
