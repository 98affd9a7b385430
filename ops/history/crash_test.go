package history

import (
	"bufio"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/diaspote/vigie/ops"
)

const (
	childVar   = "VIGIE_HISTORY_CHILD" // the file that the child writes
	childStart = "VIGIE_HISTORY_START"
	// crashStep is how many milliseconds apart the child's scrapes are: thirty in an hour, so that it packs often.
	crashStep = 120_000
)

// of is what the child writes at a time.
func crashSamples(ts int64) []ops.Sample {
	return []ops.Sample{
		{Series: ops.Series{Name: "count", Counter: true}, Value: float64(ts / 1000)},
		{Series: ops.Series{Name: "gauge"}, Value: float64(ts/1000%977) / 8},
	}
}

// TestCrashChild is the process that is killed: it says which scrapes it has been told are on disk.
func TestCrashChild(t *testing.T) {
	path := os.Getenv(childVar)
	if path == "" {
		t.Skip("is for TestNothingIsLostByAKill alone")
	}
	s := store(t, path, Options{})
	ts, err := strconv.ParseInt(os.Getenv(childStart), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	for ; ; ts += crashStep {
		at := time.UnixMilli(ts)
		if err := s.Write(t.Context(), at, crashSamples(ts)); err != nil {
			t.Fatal(err)
		}
		fmt.Println("written", ts)
		if ts%hour == 0 {
			packAll(t, s, at)
		}
	}
}

// TestNothingIsLostByAKill kills a process that writes and packs, again and again, and looks for all that it was told is on
// disk. VIGIE_FIGURES=long kills 200 times.
func TestNothingIsLostByAKill(t *testing.T) {
	rounds := 4
	if os.Getenv("VIGIE_FIGURES") == "long" {
		rounds = 200
	}
	path := filepath.Join(t.TempDir(), "vigie.db")
	start := night.UnixMilli()
	var written []int64
	for round := range rounds {
		next := start
		if len(written) > 0 {
			next = written[len(written)-1] + crashStep
		}
		written = append(written, untilKilled(t, path, next, 40+rand.IntN(60), time.Duration(rand.IntN(4000))*time.Microsecond)...)
		s := store(t, path, Options{})
		for _, of := range crashSamples(0) {
			have := map[int64]float64{}
			points, err := s.Points(t.Context(), of.Series, night, time.UnixMilli(written[len(written)-1]+hour), 0)
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range points {
				have[p.At.UnixMilli()] = p.Value
			}
			for _, ts := range written {
				for _, want := range crashSamples(ts) {
					if got, ok := have[ts]; want.Series == of.Series && (!ok || got != want.Value) {
						t.Fatalf("round %d: %v at %v is %v, %v; it was acknowledged as %v", round, of.Series, timeOf(ts), got, ok, want.Value)
					}
				}
			}
			if extra := len(points) - len(written); extra < 0 || extra > rounds {
				t.Errorf("round %d: %d points of %d written", round, len(points), len(written))
			}
		}
	}
	t.Logf("%d scrapes over %d kills, none lost", len(written), rounds)
}

// untilKilled has the child write from a time on, and kills it a moment after so many scrapes; it returns those that were
// acknowledged.
func untilKilled(t *testing.T, path string, from int64, scrapes int, moment time.Duration) (written []int64) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestCrashChild$")
	cmd.Env = append(os.Environ(), childVar+"="+path, childStart+"="+strconv.FormatInt(from, 10))
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); errors.Is(err, syscall.ENOEXEC) {
		t.Skip("another processor's test cannot start itself") // under qemu-user
	} else if err != nil {
		t.Fatal(err)
	}
	defer cmd.Wait()
	defer cmd.Process.Kill()
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		var ts int64
		if _, err := fmt.Sscanf(lines.Text(), "written %d", &ts); err != nil {
			t.Logf("the child says: %s", lines.Text())
			continue
		}
		if written = append(written, ts); len(written) == scrapes {
			time.AfterFunc(moment, func() { cmd.Process.Kill() }) // wherever it is then
		}
	}
	if len(written) < scrapes {
		t.Fatalf("the child ended after %d scrapes", len(written))
	}
	return written
}
