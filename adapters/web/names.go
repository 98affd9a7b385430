package web

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/diaspote/vigie/ops/history"
)

// matched are the series that any of the selectors in match[] means, all if there are none; with start and end only those that there
// are samples of between them.
func (s *Site) matched(w http.ResponseWriter, r *http.Request) ([]history.Info, bool) {
	if err := form(w, r); err != nil {
		refuse(w, err)
		return nil, false
	}
	from, to := time.Unix(0, 0), time.Unix(1<<40, 0)
	for name, at := range map[string]*time.Time{"start": &from, "end": &to} {
		if text := r.Form.Get(name); text != "" {
			var err error
			if *at, err = parseTime(text); err != nil {
				refuse(w, err)
				return nil, false
			}
		}
	}
	var wanted []selector
	for _, text := range r.Form["match[]"] {
		q, err := parseSelector(text)
		if err != nil {
			refuse(w, err)
			return nil, false
		}
		wanted = append(wanted, q)
	}
	var all []history.Info
	for _, info := range s.Store.Series() {
		if info.Last.Before(from) || info.First.After(to) {
			continue
		}
		if len(wanted) == 0 || slices.ContainsFunc(wanted, func(q selector) bool { return q.takes(info.Series) }) {
			all = append(all, info)
		}
	}
	return all, true
}

// limited is the beginning of a list, as long as the question wants.
func limited[T any](r *http.Request, all []T) []T {
	if n, err := strconv.Atoi(r.Form.Get("limit")); err == nil && n > 0 {
		return all[:min(n, len(all))]
	}
	return all
}

func (s *Site) series(w http.ResponseWriter, r *http.Request) {
	found, ok := s.matched(w, r)
	if !ok {
		return
	}
	all := []metric{}
	for _, info := range limited(r, found) {
		all = append(all, metricOf(info.Series))
	}
	answer(w, all)
}

// labels are the names of labels.
func (s *Site) labels(w http.ResponseWriter, r *http.Request) {
	if found, ok := s.matched(w, r); ok {
		answer(w, limited(r, distinct(found, func(m metric) []string {
			var names []string
			for name := range m {
				names = append(names, name)
			}
			return names
		})))
	}
}

// values are those that a label has.
func (s *Site) values(w http.ResponseWriter, r *http.Request) {
	if found, ok := s.matched(w, r); ok {
		answer(w, limited(r, distinct(found, func(m metric) []string { return []string{m[r.PathValue("name")]} })))
	}
}

func distinct(found []history.Info, of func(metric) []string) []string {
	all := []string{}
	for _, info := range found {
		all = append(all, of(metricOf(info.Series))...)
	}
	slices.Sort(all)
	return slices.DeleteFunc(slices.Compact(all), func(s string) bool { return s == "" })
}

// metadata tells the types of series, and what they are.
func (s *Site) metadata(w http.ResponseWriter, r *http.Request) {
	type about struct {
		Type string `json:"type"`
		Help string `json:"help"`
		Unit string `json:"unit"`
	}
	only := r.URL.Query().Get("metric")
	all := map[string][]about{}
	help := helps()
	for _, info := range s.Store.Series() {
		if only == "" || only == info.Series.Name {
			_, kind := familyOf(info.Series, false)
			all[info.Series.Name] = []about{{Type: kind, Help: help.of(info.Series.Name)}}
		}
	}
	answer(w, all)
}
