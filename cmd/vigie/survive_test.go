package main

import (
	"context"
	"math/rand/v2"
	"net/http"
	"os"
	"testing"
	"time"
)

// TestSurvive kills the bot at random moments while alerts come in, in bursts, and Prosody is stopped and started. Every
// alert that was taken must have been delivered in the end, to the program and to the room, and none twice but by a kill
// between sending and noting: at most one post to each at each kill, and one to the room when Prosody stops between taking
// a post and saying so. What the room was told is read from its archive; see telling for what that proves.
// VIGIE_FIGURES=long kills 1,000 times.
func TestSurvive(t *testing.T) {
	t.Parallel()
	kills := 12
	if os.Getenv("VIGIE_FIGURES") == "long" {
		kills = 1000
	}
	s := openSurvivor(t, t.TempDir())

	// Alerts come in as fast as they are taken, each until it was taken, and now and then none for a while.
	ctx, enough := context.WithCancel(t.Context())
	taken := make(chan int, 1)
	go func() {
		n := 0
		for ctx.Err() == nil {
			pause := rand.N(40 * time.Millisecond)
			if s.accept(n) == http.StatusOK {
				n++
				if rand.N(40) == 0 {
					pause = rand.N(5 * time.Second)
				}
			}
			time.Sleep(pause)
		}
		taken <- n
	}()
	stops := 0
	for i := range kills {
		s.start()
		life := 1500 * time.Millisecond
		if i%10 == 8 {
			life = 8 * time.Second // time for a digest to be gathered and edited
		}
		time.Sleep(rand.N(life))
		switch i % 10 {
		case 4:
			s.server.Stop()
			stops++
		case 6:
			s.server.Run()
			time.Sleep(rand.N(time.Second))
		}
		s.kill()
	}
	enough()
	n := <-taken
	if kills%10 > 4 && kills%10 < 7 {
		s.server.Run()
	}
	s.start()
	events := s.settled()
	room := s.told()
	different, all := s.page.counts("json/")
	t.Logf("%d kills, Prosody stopped %d times; %d alerts taken, %d in the ledger", kills, stops, n, len(events))
	t.Logf("the program was told of %d, of %d of them again", different, all-different)
	t.Logf("the room was told of %d: %v", room.upTo, room)
	if len(events) < n || len(events) > n+1 { // one may have been written down, and its sender not told
		t.Errorf("%d were taken and %d are in the ledger", n, len(events))
	}
	if different < n || all-different > kills {
		t.Errorf("%d were taken, %d delivered to the program, %d of them again in %d kills", n, different, all-different, kills)
	}
	if room.upTo != len(events) || room.again > kills+stops {
		t.Errorf("%d are in the ledger and %d were told in the room, by %d posts again in %d kills", len(events), room.upTo, room.again, kills)
	}
}
