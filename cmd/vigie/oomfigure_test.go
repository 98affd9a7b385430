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

// TestOOMFigure prints how long it takes from the line in which the kernel says that it killed until somebody in the
// room has the message. VIGIE_FIGURES=long has it kill more.
func TestOOMFigure(t *testing.T) {
	t.Parallel()
	kills := 20
	if os.Getenv("VIGIE_FIGURES") == "long" {
		kills = 100
	}
	h := openHouse(t, hearing(t, shortage.Alone)...)
	log := shortage.OpenLog(t)
	var took []time.Duration
	// Of more than 10 kills in 5 s the kernel logs no cgroup (DEFAULT_RATELIMIT_BURST in include/linux/ratelimit_types.h).
	pace := time.NewTicker(600 * time.Millisecond)
	defer pace.Stop()
	for i := range kills {
		<-pace.C
		if i%4 == 0 { // more than that at once are told in a digest
			h.restartBot(t)
		}
		unit := fmt.Sprintf("app%d.service", i) // each is another alert
		group := shortage.New(t, h.Name+"/system.slice/"+unit, 8<<20)
		pid, ended := group.Start(t, "leak")
		post := h.dada.Expect("the alert", func(n prosody.Node) bool {
			return strings.Contains(n.Child("body").Text, fmt.Sprintf("leak (%d)", pid))
		})
		at := shortage.Monotonic(t)
		ended()
		took = append(took, at-log.Killed(t, pid))
		if text := post.Child("body").Text; !strings.HasPrefix(text, "✗ OOM kill · ") || !strings.Contains(text, " · "+unit) {
			t.Errorf("the room got:\n%s", text)
		}
	}
	t.Logf("from the kernel's kill to the message in the room: p50 %.1f ms, p90 %.1f ms, max %.1f ms (n %d)",
		ms(percentile(took, 50)), ms(percentile(took, 90)), ms(percentile(took, 100)), len(took))
}
