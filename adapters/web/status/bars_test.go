package status

import (
	"regexp"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/diaspote/vigie/ops/incident"
)

var dashes = regexp.MustCompile(`M(\d+) 22h(\d+)`)

// drawn reads bars as they are drawn: the class of each day, and what is said of the days that say something.
func drawn(t *testing.T, svg string) (classes [incident.Days]string, says map[string]string) {
	t.Helper()
	says = map[string]string{}
	draw := func(at int, class string) {
		if at < 0 || at >= incident.Days || classes[at] != "" {
			t.Fatalf("day %d is drawn as %q, and %s", at, classes[at], class)
		}
		classes[at] = class
	}
	group, class := "", ""
	for in := html.NewTokenizer(strings.NewReader(svg)); in.Next() != html.ErrorToken; {
		token := in.Token()
		attr := map[string]string{}
		for _, a := range token.Attr {
			attr[a.Key] = a.Val
		}
		switch {
		case token.Data == "g" && token.Type == html.StartTagToken:
			group = attr["class"]
		case token.Data == "path" && token.Type != html.EndTagToken:
			if class = strings.TrimPrefix(attr["class"], "calm "); class == "" {
				class = group
				x, _, _ := strings.Cut(strings.TrimPrefix(attr["d"], "M"), ",")
				n, err := strconv.Atoi(x)
				if err != nil || n%pitch != pitch/2 {
					t.Fatalf("a day at %q", attr["d"])
				}
				draw(n/pitch, class)
			}
			for _, m := range dashes.FindAllStringSubmatch(attr["d"], -1) {
				from, _ := strconv.Atoi(m[1])
				long, _ := strconv.Atoi(m[2])
				for n := range long / pitch {
					draw(from/pitch+n, class)
				}
			}
		case token.Data == "title" && token.Type == html.StartTagToken:
			in.Next()
			day, text, _ := strings.Cut(in.Token().Data, ": ")
			says[day] = text
		}
	}
	return classes, says
}

// TestBars has each of the days drawn, once and as it was, and trouble said with its date and length.
func TestBars(t *testing.T) {
	s, _, _, queue := pod(t)
	late := s.component("Late", 0)
	s.at("2026-11-27 12:00")
	for n := range s.Page().Components {
		c := &s.Page().Components[n]
		classes, says := drawn(t, string(s.site.langs[0].bars(c.Days)))
		for n := range c.Days {
			if want := class(c.Days[n].Worst); classes[n] != want {
				t.Errorf("%s, %v: drawn as %q, want %q", c.Name, c.Days[n].Date, classes[n], want)
			}
		}
		switch c.ID {
		case queue:
			if says["17 Sep"] != "Major outage, 1"+hard+"h"+hard+"12"+hard+"min" || says["31 Oct"] != "Degraded performance, 9"+hard+"h" || len(says) != 3 {
				t.Errorf("%q", says)
			}
		case late:
			if len(says) != 1 || says["30 Aug – 25 Nov"] != "nothing is known" {
				t.Errorf("%q", says)
			}
		}
	}
}
