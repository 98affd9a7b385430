package main

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/diaspote/vigie/fixtures/prosody"
)

// TestWebhookBurst has several programs post alerts all at once, and asks for help meanwhile. What was taken is in the
// ledger and is told, in one digest. VIGIE_FIGURES=long has them post 10,000.
func TestWebhookBurst(t *testing.T) {
	t.Parallel()
	alerts := 1000
	if os.Getenv("VIGIE_FIGURES") == "long" {
		alerts = 10_000
	}
	l := openLab(t)
	f := &figures{}
	defer f.print(t)
	l.coldStart(t)
	l.allWatch(t)
	quiet := l.goroutines(t)
	before := l.calm(t)

	joined := time.Now()
	lulu := l.server.Client(t, "lulu", "laptop")
	lulu.Send("<presence/>")
	lulu.Join(opsRoom, "lulu")
	r := &reader{client: lulu, posts: map[string]string{}}
	var alone []time.Duration
	for range 300 {
		alone = append(alone, r.help())
	}
	l.Run(t, "root", "sh", "-c", "echo 5 >/proc/"+l.mainPID(t)+"/clear_refs") // VmHWM from here, proc(5)

	began := time.Now()
	sent := flood(t, l.hook, alerts)
	var during, after []time.Duration
	var taken taken
	for deadline := began.Add(10 * time.Minute); r.told() < alerts; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d of %d alerts were told", r.told(), alerts)
		}
		took := r.help()
		select {
		case taken = <-sent:
			f.add(fmt.Sprintf("%d alerts", alerts), "in %d posts, taken in %.2f s; %d posts were to be tried again", taken.posts, time.Since(began).Seconds(), taken.again)
			sent = nil
		default:
		}
		if sent != nil {
			during = append(during, took)
		} else {
			after = append(after, took)
		}
	}
	if sent != nil {
		taken = <-sent
	}
	f.add("told", "%.1f s after the first", time.Since(began).Seconds())
	f.addLatency("help, nothing else", alone)
	f.addLatency("help while they came in", during)
	f.addLatency("help while they were told", after)
	f.add("the room got", "%d posts, %d edits", len(r.posts), r.edits)
	f.add("CPU of the daemon", "%.1f s", (l.cost(t).cpu - before.cpu).Seconds())
	f.addCost("before", before)
	f.addCost("after", l.cost(t))

	if taken.alerts != alerts {
		t.Errorf("%d alerts were taken, of %d", taken.alerts, alerts)
	}
	kept, besides := l.kept(t, joined)
	if len(kept) != alerts {
		t.Errorf("%d alerts are in the ledger, of %d", len(kept), alerts)
	}
	if n := r.told(); n < alerts || n > alerts+len(besides) || r.digests() != 1 {
		t.Errorf("%d alerts were told, of %d and perhaps %q, in %d digests:\n%q", n, alerts, besides, r.digests(), r.posts)
	}
	lulu.Close()
	if rest := l.calm(t); rest.descriptors > before.descriptors+2 { // one for what is under way
		t.Errorf("%d descriptors are open, before the burst it was %d", rest.descriptors, before.descriptors)
	} else {
		f.addCost("a moment later", rest)
	}
	later := l.goroutines(t)
	f.add("goroutines", "%d before, %d after", quiet, later)
	if later > quiet+5 {
		t.Errorf("%d goroutines, before the burst it was %d", later, quiet)
	}
}

func (f *figures) addLatency(what string, took []time.Duration) {
	if len(took) == 0 {
		f.add(what, "not asked for")
		return
	}
	f.add(what, "p50 %.1f ms, p99 %.1f ms, at most %.1f ms (n %d)", ms(percentile(took, 50)), ms(percentile(took, 99)), ms(percentile(took, 100)), len(took))
}

// A reader is in the room, and asks for help in private.
type reader struct {
	client *prosody.Client
	posts  map[string]string // of the bot in the room, as they stand now, by their IDs
	edits  int
}

func (r *reader) help() time.Duration {
	began := time.Now()
	r.client.Send("<message type='chat' to='%s' id='%d'><body>help</body></message>", botJID, began.UnixNano())
	_, before := r.client.Until("help", func(n prosody.Node) bool {
		from, _, _ := strings.Cut(n.Attr("from"), "/")
		return n.XMLName.Local == "message" && from == botJID && strings.Contains(n.Child("body").Text, "help COMMAND")
	})
	took := time.Since(began)
	for _, n := range before {
		if !n.Is("message", "groupchat", opsRoom+"/vigie") || n.Child("body").Text == "" {
			continue
		}
		id := n.Attr("id")
		if of := n.Child("replace").Attr("id"); of != "" {
			id = of
			r.edits++
		}
		r.posts[id] = n.Child("body").Text
	}
	return took
}

var digestHead = regexp.MustCompile(`^▲ (\d+) alerts in a short time`)

// told counts the alerts that the room was told of.
func (r *reader) told() (n int) {
	for _, text := range r.posts {
		if m := digestHead.FindStringSubmatch(text); m != nil {
			many, _ := strconv.Atoi(m[1])
			n += many
		} else {
			n++
		}
	}
	return n
}

func (r *reader) digests() (n int) {
	for _, text := range r.posts {
		if digestHead.MatchString(text) {
			n++
		}
	}
	return n
}

// kept are the keys of the alerts in the ledger, and what happened on the host besides since then.
func (l *lab) kept(t *testing.T, since time.Time) (keys map[string]bool, besides []string) {
	t.Helper()
	keys = map[string]bool{}
	for line := range strings.Lines(l.Run(t, "vigie", "vigie", "events", "--json")) {
		var e struct {
			Kind, Key, Title string
			At               time.Time
		}
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		if e.Kind == "alertmanager" || e.Kind == "json" {
			keys[e.Key] = true
		} else if e.At.After(since) {
			besides = append(besides, e.Title)
		}
	}
	return keys, besides
}
