package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/diaspote/vigie/fixtures/prosody"
)

// BenchmarkStatus is `status` from stanza to stanza over a real Prosody: of the adapter with an echo behind
// it, and of the daemon, which asks the real systemd of a container for four units, and a pod that answers at once.
func BenchmarkStatus(b *testing.B) {
	l := openLab(b)
	l.coldStart(b)
	l.echo(b)
	for _, who := range []string{echoJID, botJID} {
		l.status(who) // NodeInfo is asked for and D-Bus connected once
		b.Run(strings.TrimSuffix(who, "@localhost"), func(b *testing.B) {
			var took []time.Duration
			for b.Loop() {
				took = append(took, l.status(who))
			}
			b.ReportMetric(float64(percentile(took, 50).Microseconds()), "p50-µs")
			b.ReportMetric(float64(percentile(took, 99).Microseconds()), "p99-µs")
		})
	}
}

func percentile(took []time.Duration, p int) time.Duration {
	slices.Sort(took)
	return took[(len(took)-1)*p/100]
}

// Figures are a table of what was measured.
type figures struct{ strings.Builder }

func (f *figures) add(what, format string, args ...any) {
	fmt.Fprintf(f, "%s\t%s\n", what, fmt.Sprintf(format, args...))
}

func (f *figures) addCost(when string, c cost) {
	f.add(when, "%.1f MiB resident, %.1f at most (%.1f anonymous, %.1f shared with nobody), %d threads, %d descriptors",
		c.resident, c.peak, c.anonymous, c.private, c.threads, c.descriptors)
}

func (f *figures) print(t testing.TB) {
	var table strings.Builder
	w := tabwriter.NewWriter(&table, 0, 0, 2, ' ', 0)
	fmt.Fprint(w, f)
	w.Flush()
	t.Logf("\n%s", &table)
}

// TestFigures prints what the daemon costs. It fails on what people would see go wrong, never on a speed.
// VIGIE_FIGURES=long measures for longer.
func TestFigures(t *testing.T) {
	t.Parallel()
	idle, rounds := 10*time.Second, 2
	if os.Getenv("VIGIE_FIGURES") == "long" {
		idle, rounds = 2*time.Minute, 5
	}
	l := openLab(t)
	f := &figures{}
	defer f.print(t)

	f.add("program, stripped", "%.1f MiB", stripped(t))
	f.add("from its start into the room", "%d ms", l.coldStart(t).Milliseconds())
	l.idle(t, f, idle)
	l.allWatch(t)
	f.add("idle: goroutines", "%d", l.goroutines(t))
	l.latency(t, f)
	t.Run("two hundred at once", func(t *testing.T) { l.bursts(t, f, rounds) })
	t.Run("help is not held up", func(t *testing.T) { l.heldUp(t) })
	l.restarts(t, f, rounds)
}

func stripped(t *testing.T) float64 {
	path := filepath.Join(t.TempDir(), "vigie")
	cmd := exec.Command("go", "build", "-ldflags=-s", "-o", path, ".")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return float64(info.Size()) / (1 << 20)
}

// idle leaves the daemon alone.
func (l *lab) idle(t *testing.T, f *figures, d time.Duration) {
	f.addCost("right after the start", l.cost(t))
	time.Sleep(3 * time.Second) // until what it does first is done
	before := l.cost(t)
	began := time.Now()
	time.Sleep(d)
	after := l.cost(t)
	f.addCost("idle", after)
	ran := after.cpu - before.cpu
	f.add(fmt.Sprintf("idle: CPU in %v", d), "%v, %.3f %% of a core", ran.Round(10*time.Microsecond), 100*ran.Seconds()/time.Since(began).Seconds())
}

func (l *lab) latency(t *testing.T, f *figures) {
	const n = 300
	l.echo(t)
	median := map[string]time.Duration{}
	for _, who := range []string{echoJID, botJID} {
		first := l.status(who)
		var took []time.Duration
		for range n {
			took = append(took, l.status(who))
		}
		median[who] = percentile(took, 50)
		f.add("status, stanza to stanza, "+strings.TrimSuffix(who, "@localhost"), "p50 %.2f ms, p99 %.2f ms (n %d), the first %.1f ms",
			ms(median[who]), ms(percentile(took, 99)), n, ms(first))
	}
	f.add("status over the echo", "%.2f ms", ms(median[botJID]-median[echoJID]))
	f.addCost("after these", l.cost(t))
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// bursts sends 200 lines in one breath, again and again. All are answered, in order.
func (l *lab) bursts(t *testing.T, f *figures, rounds int) {
	const n = 200
	for round := range 2 * rounds {
		var lines strings.Builder
		for i := range n {
			fmt.Fprintf(&lines, "<message type='groupchat' to='%s' id='b%d-%d'><body>!units nr%d-%d</body></message>", opsRoom, round, i, round, i)
		}
		began := time.Now()
		l.dada.Send("%s", lines.String())
		for i := range n {
			answer := l.dada.Expect("an answer", func(n prosody.Node) bool {
				return n.Is("message", "groupchat", opsRoom+"/vigie") && n.Child("body").Text != ""
			}).Child("body").Text
			if want := fmt.Sprintf("nr%d-%d", round, i); !strings.Contains(answer, want) {
				t.Fatalf("answer %d is %q, want that of %s", i, answer, want)
			}
		}
		f.addCost(fmt.Sprintf("200 at once, answered in %d ms", time.Since(began).Milliseconds()), l.cost(t))
	}
}

// restarts takes Prosody away from the bot, which comes back each time.
func (l *lab) restarts(t *testing.T, f *figures, rounds int) {
	for range rounds {
		l.dada.Close()
		l.server.Restart()
		l.dada = l.server.Client(t, "dada", "phone")
		l.online(botJID)
		l.dada.Send("<presence to='%s/dada'><x xmlns='http://jabber.org/protocol/muc'/></presence>", opsRoom)
		l.joined()
	}
	f.addCost(fmt.Sprintf("after %d restarts of Prosody", rounds), l.cost(t))
	if rounds > 2 {
		time.Sleep(5 * time.Minute) // by then it has given memory back
		f.addCost("five minutes later", l.cost(t))
	}
	f.add("the same: goroutines", "%d", l.goroutines(t))
}

// heldUp asks for help while the pod does not answer, D-Bus hangs and a unit takes its time to stop, and a
// status waits for all of them.
func (l *lab) heldUp(t *testing.T) {
	lulu := l.server.Client(t, "lulu", "laptop")
	lulu.Join(opsRoom, "lulu")
	l.Run(t, "root", "systemctl", "start", "slow")
	l.say("!restart slow")
	l.hears("restarting slow.service …")

	// The bot says so before it asks systemd for it, by the bus that is about to hang.
	l.until(t, "root", "sh", "-c", `[ "$(systemctl show -P ActiveState slow)" = deactivating ]`)
	bus := strings.TrimSpace(l.Run(t, "root", "systemctl", "show", "-P", "MainPID", "dbus"))
	l.pod.hang(true)
	l.Run(t, "root", "kill", "-STOP", bus)
	release := func() { l.Try("root", "kill", "-CONT", bus); l.pod.hang(false) }
	defer release()
	l.say("!status")
	select {
	case <-l.pod.asked:
	case <-time.After(time.Minute):
		t.Fatal("status does not ask the pod")
	}
	lulu.Send("<message type='groupchat' to='%s' id='help'><body>!help</body></message>", opsRoom)
	isStatus := func(n prosody.Node) bool { return strings.HasPrefix(n.Child("body").Text, "diaspote · up") }
	_, before := l.dada.Until("help", func(n prosody.Node) bool {
		return n.Is("message", "groupchat", opsRoom+"/vigie") && strings.Contains(n.Child("body").Text, "help COMMAND")
	})
	if slices.ContainsFunc(before, isStatus) {
		t.Fatal("help waited for status")
	}
	release()
	l.dada.Expect("the status", isStatus)
	l.Run(t, "root", "systemctl", "kill", "--kill-who=all", "--signal=KILL", "slow") // what it waited for
	l.hears("slow.service restarted")
}
