package web

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"
)

const (
	drawTime = 20 * time.Second // waiting for one's turn included
	mostWait = 24               // that wait for their turn
)

// A size is one that graphs are drawn in. The page asks for the one that fits the screen: letters are as large in all of them.
type size struct {
	Width, Height int
	Screen        string // as a media query; "" for all others
}

func sizes() []size {
	return []size{{360, 260, "(max-width: 480px)"}, {600, 280, "(max-width: 760px)"}, {960, 300, ""}}
}

func sizeOf(width string) (size, bool) {
	for _, one := range sizes() {
		if width == strconv.Itoa(one.Width) {
			return one, true
		}
	}
	return size{}, false
}

// picture draws one graph as SVG.
func (s *Site) picture(w http.ResponseWriter, r *http.Request) {
	now := s.Now()
	if _, ok := s.visitor(r, now); !ok {
		s.closed(w)
		return
	}
	q := r.URL.Query()
	from, to, _, err := spanOf(q, now)
	if err != nil {
		s.wrong(w, err)
		return
	}
	size, ok := sizeOf(q.Get("w"))
	if !ok {
		s.wrong(w, errors.New("no graph is as wide as that"))
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), drawTime)
	defer cancel()
	done, err := s.turn(ctx)
	if err != nil {
		s.busy(w)
		return
	}
	defer done()
	g, ok, err := s.Graph(ctx, q.Get("g"), from, to, size.Width)
	if err == nil && !ok {
		s.tell(w, http.StatusNotFound, notice{Title: "There is no such graph", Text: "Nothing of that name was ever measured.", Back: "../graphs"})
		return
	}
	var svg []byte
	if err == nil {
		svg, err = g.SVG(size.Width, size.Height)
	}
	if errors.Is(err, context.DeadlineExceeded) {
		s.busy(w)
		return
	}
	if err != nil {
		s.Log.Error("a graph could not be drawn for the page", "graph", q.Get("g"), "err", err)
		s.tell(w, http.StatusInternalServerError, notice{Title: "That graph could not be drawn", Text: "The bot's log says why.", Back: "../graphs"})
		return
	}
	w.Header().Set("Content-Type", "image/svg+xml")
	w.Header().Set("Cache-Control", "private, max-age=300") // the script reads it again for its values
	w.Write(svg)
}

// busy asks to come again later.
func (s *Site) busy(w http.ResponseWriter) {
	w.Header().Set("Retry-After", "10")
	s.tell(w, http.StatusServiceUnavailable, notice{Title: "The bot has its hands full", Text: "Too much is asked of it at once; try again in a moment.", Back: "../graphs"})
}

var errBusy = errors.New("too much is asked for at once; try again in a moment")

// turn waits until nothing else is read and drawn: several at once would take the memory that the host is short of. Not many
// can wait. done ends it.
func (s *Site) turn(ctx context.Context) (done func(), err error) {
	select {
	case s.waiting <- struct{}{}:
		defer func() { <-s.waiting }()
	default:
		return nil, errBusy
	}
	select {
	case s.working <- struct{}{}:
		return func() { <-s.working }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
