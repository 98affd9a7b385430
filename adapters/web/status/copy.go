package status

import (
	"fmt"
	"html"
	"maps"
	"time"
)

// Files are the pages as files, by their names: those of the first language on top, those of others in folders of their own.
// made is when; address is where they are going to be found, without a slash at its end, or "" if feeds and previews are to lead to the
// site itself.
func (s *Site) Files(made time.Time, address string) (map[string][]byte, error) {
	all := map[string][]byte{"status.css": s.style.body}
	page := s.page()
	for n, w := range s.langs {
		at := place{files: true}
		if n > 0 {
			at.folder = w.Lang
		}
		for _, path := range s.pages() {
			at.page = path
			sheet := &sheet{Site: s, page: page, W: w, At: at, Made: w.moment(made.In(page.At.Location())).Text, address: address}
			a := sheet.make()
			switch {
			case a == nil:
				a = sheet.missing()
			case a.goes != "":
				a.body = leadsTo(a.goes)
			}
			if a.body == nil {
				return nil, fmt.Errorf("make the page %q: the log says why not", path)
			}
			all[at.name(path)] = a.body
		}
	}
	all["favicon.svg"] = favicon((&sheet{Site: s, page: page}).state()).body
	return all, nil
}

// pages are the paths of all that there is; "404" is for what is not.
func (s *Site) pages() []string {
	page := s.page()
	all := []string{"", "history", "404", "atom", "rss", "calendar.ics", "badge.svg"}
	for n := range page.Incidents {
		all = append(all, "incidents/"+number(page.Incidents[n].ID))
	}
	for id := range maps.Keys(page.Merged) {
		all = append(all, "incidents/"+number(id))
	}
	for n := range page.Maintenance {
		all = append(all, "maintenance/"+number(page.Maintenance[n].ID))
	}
	for n := range page.Components {
		id := number(page.Components[n].ID)
		all = append(all, "components/"+id, "components/"+id+"/badge.svg")
	}
	return all
}

// leadsTo is a file that does what a redirection does.
func leadsTo(address string) []byte {
	address = html.EscapeString(address)
	return []byte(`<!doctype html><html lang="en"><meta charset="utf-8"><meta http-equiv="refresh" content="0; url=` + address + `"><title>→</title><a href="` + address + `">→</a></html>` + "\n")
}
