package kernel

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/diaspote/vigie/ops"
)

// A board is a stage whose clock and boots are in the test's hands.
type board struct {
	*stage
	booted time.Time     // by the true time
	wrong  time.Duration // what its clock is off by
	how    Shutdown
	noLog  bool
}

func (b *board) now() time.Time { return time.Now().UTC().Add(b.wrong).Round(0) }

func (b *board) boot(id string) {
	b.booted = time.Now()
	b.write("sys/kernel/random/boot_id", id+"\n")
	b.tick(0)
}

func (b *board) tick(time.Duration) {
	b.write("uptime", fmt.Sprintf("%.2f 1.00\n", time.Since(b.booted).Seconds()))
}

func (b *board) reboots() *Reboots {
	return &Reboots{Host: b.host, Ledger: b.db, Now: b.now, Log: silent, LastBoot: func(context.Context) (Shutdown, error) {
		if b.noLog {
			return Shutdown{}, errors.New("no journal")
		}
		return b.how, nil
	}}
}

func onBoard(t *testing.T, test func(b *board)) {
	inTime(t, func(s *stage) {
		b := &board{stage: s}
		b.boot("first")
		time.Sleep(30 * time.Second)
		b.run(b.reboots(), 10*time.Minute, time.Second, b.tick)
		b.expect() // the first that the bot ever saw of this host
		test(b)
	})
}

func TestRebootIsToldOnce(t *testing.T) {
	onBoard(t, func(b *board) {
		b.how = Shutdown{Clean: true, Reason: "power key"}
		time.Sleep(2*time.Hour + 3*time.Minute)
		b.boot("second")
		time.Sleep(30 * time.Second)
		b.run(b.reboots(), 10*time.Minute, time.Second, b.tick)
		b.run(b.reboots(), 10*time.Minute, time.Second, b.tick) // only the bot was restarted
		b.expect("info: rebooted, away for 2 h 3 min")
		e := b.events[0]
		if e.ID != "boot/second" || e.Kind != "reboot" || e.Lasting || e.At.Sub(b.booted).Abs() > 2*time.Second {
			t.Errorf("%+v", e)
		}
		if e.Text != "It was shut down in order (power key).\nLast seen at 00:10, back since 02:13." {
			t.Errorf("%q", e.Text)
		}
		if e.Details.Get("away_seconds") != int64(2*3600+3*60) || e.Details.Get("clean") != true {
			t.Errorf("%+v", e.Details)
		}
	})
}

func TestRebootWithoutAShutdown(t *testing.T) {
	onBoard(t, func(b *board) {
		// The journal knows of the host for 40 s longer than the ledger.
		b.how = Shutdown{At: b.now().Add(40 * time.Second), Last: "kernel: x"}
		time.Sleep(4*time.Minute + 40*time.Second)
		b.boot("second")
		b.run(b.reboots(), time.Minute, time.Second, b.tick)
		b.expect("warning: rebooted without a shutdown, away for 4 min")
		if !strings.Contains(b.events[0].Text, "Its last line: kernel: x") {
			t.Errorf("%q", b.events[0].Text)
		}
	})
}

func TestRebootWithoutAJournal(t *testing.T) {
	onBoard(t, func(b *board) { // the bot was stopped in order before
		b.noLog = true
		b.boot("second")
		b.run(b.reboots(), time.Minute, time.Second, b.tick)
		b.expect("info: rebooted, away for 0 s")
		if b.events[0].Details.Get("clean") != nil {
			t.Errorf("knows more than it can: %+v", b.events[0].Details)
		}
		b.note(b.now()) // and now it was not
		b.boot("third")
		b.run(b.reboots(), time.Minute, time.Second, b.tick)
		b.expect("info: rebooted, away for 0 s", "warning: rebooted without a shutdown, away for 0 s")
	})
}

// note leaves the ledger as after a crash at a time.
func (b *board) note(at time.Time) {
	if err := b.reboots().note(b.Context(), seen{ID: "second", Alive: at}); err != nil {
		b.Fatal(err)
	}
}

func TestRebootOfABoardWithoutAClock(t *testing.T) {
	onBoard(t, func(b *board) {
		b.how.Clean = true
		time.Sleep(time.Hour)
		b.boot("second")
		b.wrong = -time.Since(time.Unix(0, 0)) // 1970
		b.run(b.reboots(), 10*time.Minute, time.Second, func(gone time.Duration) {
			b.tick(gone)
			if gone == 3*time.Minute {
				b.expect() // it waits
				b.wrong = 0
			}
		})
		b.expect("info: rebooted, away for 1 h")
		if e := b.events[0]; e.At.Sub(b.booted).Abs() > 2*time.Second {
			t.Errorf("booted %v, told %v", b.booted, e.At)
		}
	})
	onBoard(t, func(b *board) { // nobody ever sets it
		b.how.Clean = true
		b.boot("second")
		b.wrong = -time.Since(time.Unix(0, 0))
		b.run(b.reboots(), 15*time.Minute, time.Second, b.tick)
		b.expect("info: rebooted")
		if e := b.events[0]; !strings.Contains(e.Text, "the clock is not right yet") || e.Details.Get("away_seconds") != nil {
			t.Errorf("%+v", e)
		}
	})
}

func TestRebootIsToldAgainWithTheRightHour(t *testing.T) {
	onBoard(t, func(b *board) {
		b.how.Clean = true
		time.Sleep(3 * time.Hour)
		b.boot("second")
		b.wrong = -3*time.Hour + time.Minute // as if it had been away for a minute (fake-hwclock)
		b.run(b.reboots(), 10*time.Minute, time.Second, func(gone time.Duration) {
			b.tick(gone)
			if gone == 2*time.Minute {
				b.wrong = 0
			}
		})
		b.expect("info: rebooted, away for 1 min", "info: rebooted, away for 3 h")
		if b.events[0].ID != b.events[1].ID {
			t.Errorf("two events: %+v", b.events)
		}
	})
}

func TestRebootThatWasNotTakenIsToldAgain(t *testing.T) {
	onBoard(t, func(b *board) {
		b.boot("second")
		full := errors.New("the disk is full")
		if err := b.reboots().Watch(b.Context(), func(ops.Event) error { return full }); !errors.Is(err, full) {
			t.Fatal(err)
		}
		b.run(b.reboots(), time.Minute, time.Second, b.tick)
		b.expect("warning: rebooted without a shutdown, away for 0 s")
	})
}
