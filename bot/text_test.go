package bot_test

import (
	"math"
	"testing"
	"time"

	"github.com/diaspote/vigie/bot"
)

func TestSpan(t *testing.T) {
	const day = 24 * time.Hour
	for d, want := range map[time.Duration]string{
		-time.Hour:                      "0 s",
		0:                               "0 s",
		59*time.Second + 999e6:          "59 s",
		time.Minute:                     "1 min",
		59*time.Minute + 59*time.Second: "59 min",
		time.Hour:                       "1 h",
		3*time.Hour + 12*time.Minute:    "3 h 12 min",
		day - time.Second:               "23 h 59 min",
		day:                             "1 day",
		day + 59*time.Minute:            "1 day",
		day + 5*time.Hour:               "1 day 5 h",
		2*day - time.Second:             "1 day 23 h",
		2 * day:                         "2 days",
		12*day + 23*time.Hour:           "12 days",
		math.MaxInt64:                   "106751 days",
	} {
		if got := bot.Span(d); got != want {
			t.Errorf("%v: %q, want %q", d, got, want)
		}
	}
}
