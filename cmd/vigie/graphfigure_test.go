package main

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/diaspote/vigie/fixtures/prosody"
	"github.com/diaspote/vigie/fixtures/shortage"
)

// TestGraphFigures prints how long it takes from a line in the room until its picture's message is there, with a day of 250
// series behind it, and what the daemon takes then. VIGIE_FIGURES=long has it be a month.
func TestGraphFigures(t *testing.T) {
	t.Parallel()
	const n = 50
	long := 24 * time.Hour
	if os.Getenv("VIGIE_FIGURES") == "long" {
		long = 30 * 24 * time.Hour
	}
	s := openStudioUnder(t, fmt.Sprintf("http_file_share_daily_quota = %d", 10<<30), hearing(t, shortage.Spared)...)
	s.remember(t, long)
	s.measured(t, "memory", "memory used")
	l := &lab{house: s.house}
	f := &figures{}
	defer f.print(t)
	f.addCost("before the first picture", l.calm(t))
	for _, line := range []string{"graph memory", "graph memory 7d", "graph all", "graph memory 24h vs 1d"} {
		var text, picture []time.Duration
		for range n {
			words, shown := s.waits(line)
			text, picture = append(text, words), append(picture, shown)
		}
		f.add(line, "the words p50 %.0f ms; the picture p50 %.0f ms, p99 %.0f ms, most %.0f ms (n %d)", ms(percentile(text, 50)),
			ms(percentile(picture, 50)), ms(percentile(picture, 99)), ms(percentile(picture, 100)), n)
	}
	f.addCost("after these", l.calm(t))
}

// waits says a line in the room, and returns how long it took until the words of the answer were there, and its picture.
func (s *studio) waits(line string) (words, picture time.Duration) {
	began := time.Now()
	s.say("vigie: " + line)
	s.next()
	words = time.Since(began)
	s.dada.Expect("the picture", func(n prosody.Node) bool { return strings.HasPrefix(n.Child("body").Text, "https://") })
	return words, time.Since(began)
}
