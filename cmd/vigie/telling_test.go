package main

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/diaspote/vigie/fixtures/prosody"
)

// A telling is how far a room was told of the alerts 0, 1, 2 …, each of which happened once.
//
// A room is told of what it is owed in the order in which that was taken, by posts of one alert and by digests. A digest
// names the oldest 15 of its alerts and counts the others. So whatever is owed first stands in the next post by its number:
// if one was left out, the next post begins behind where the last one ended, and that is an error here. A post that begins
// earlier tells something again. An edit of a digest tells of as many more as it counts more.
type telling struct {
	upTo           int // all before this one were told
	alone, digests int // posts of one alert, and of many
	edits          int
	again          int            // posts that told what was told before
	said           []string       // all posts and edits
	other          []string       // those that tell of no such alert
	counts         map[string]int // how many alerts stand in a post, by its ID
}

func (w telling) String() string {
	return fmt.Sprintf("%d by themselves, %d digests edited %d times, %d posts of what was told before", w.alone, w.digests, w.edits, w.again)
}

var (
	toldOne  = regexp.MustCompile(`(?m)^▲ alert (\d+) · `)
	toldAny  = regexp.MustCompile(`(?m)^[▲✗✓●] `)
	toldMany = regexp.MustCompile(`^▲ (\d+) alerts (?:in a short time|while I could not post here), `)
)

// add reads one message of the archive.
func (w *telling) add(m prosody.Node) error {
	text := m.Child("body").Text
	w.said = append(w.said, text)
	named := toldOne.FindAllStringSubmatch(text, -1)
	if len(named) == 0 {
		w.other = append(w.other, text)
		if m.Child("replace").Attr("id") == "" {
			w.counts[m.Attr("id")] = 0 // an edit may make it a digest
		}
		return nil
	}
	count := 1
	if many := toldMany.FindStringSubmatch(text); many != nil {
		count, _ = strconv.Atoi(many[1])
		count -= len(toldAny.FindAllString(text, -1)) - 1 - len(named) // something else is in it too
	}
	if len(named) != min(count, 15) {
		return fmt.Errorf("it names %d of %d: %q", len(named), count, text)
	}
	if id := m.Child("replace").Attr("id"); id != "" {
		before, known := w.counts[id]
		if !known || count < before {
			return fmt.Errorf("it replaces a post of %d: %q", before, text)
		}
		w.edits++
		w.upTo += count - before
		w.counts[id] = count
		return nil
	}
	w.counts[m.Attr("id")] = count
	first, _ := strconv.Atoi(named[0][1])
	for i, n := range named {
		if n[1] != strconv.Itoa(first+i) {
			return fmt.Errorf("alert %d is left out: %q", first+i, text)
		}
	}
	switch {
	case first > w.upTo:
		return fmt.Errorf("all before %d were told, and then this: %q", w.upTo, text)
	case first < w.upTo:
		w.again++
	}
	w.upTo = max(w.upTo, first+count)
	if count == 1 {
		w.alone++
	} else {
		w.digests++
	}
	return nil
}

// told reads what the room was told.
func (s *survivor) told() telling {
	s.t.Helper()
	reader := s.server.Client(s.t, "dada", "reader")
	defer reader.Close()
	w := telling{counts: map[string]int{}}
	for _, m := range reader.Archive(opsRoom) {
		if m.Attr("from") != opsRoom+"/vigie" {
			continue
		}
		if err := w.add(m); err != nil {
			s.t.Errorf("the room was told wrongly: %v", err)
		}
	}
	return w
}

// tells waits until the room was told of all alerts before upTo, and so often what holds these words.
func (s *survivor) tells(upTo int, times int, words string) telling {
	s.t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(100 * time.Millisecond) {
		w := s.told()
		n := 0
		for _, text := range w.said {
			if strings.Contains(text, words) {
				n++
			}
		}
		if w.upTo >= upTo && n >= times {
			return w
		}
		if s.t.Failed() || time.Now().After(deadline) {
			s.t.Fatalf("the room was told of %d and not of %d, or not %d times %q: %q", w.upTo, upTo, times, words, w.said)
		}
	}
}
