package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/diaspote/vigie/fixtures/prosody"
	"github.com/diaspote/vigie/ops/incident"
	"github.com/diaspote/vigie/ops/ledger"
)

// TestPageFigures prints how long it takes from a line in the room until the status page shows it, how many visitors are served
// over the loopback interface, and what a thousand who come at once do to an alert. The page has 20 components and 200 incidents.
// VIGIE_FIGURES=long has more alerts, so far apart that none waits for a digest.
func TestPageFigures(t *testing.T) {
	t.Parallel()
	const n, helps = 50, 20
	alerts, apart := 2, time.Duration(0)
	if os.Getenv("VIGIE_FIGURES") == "long" {
		alerts, apart = 20, 16*time.Second
	}
	l := openLab(t)
	f := &figures{}
	defer f.print(t)
	l.WriteFile(t, "/etc/vigie/vigie.toml", fmt.Sprintf(labConfig, l.pod.URL, l.server.Addr, opsRoom, strings.TrimPrefix(l.hook, "http://"))+"\n[status_page]\n", 0o644)
	l.publish(t, 20, 200)
	l.coldStart(t)
	f.addCost("before the first visitor", l.calm(t))

	one := l.visitor(1)
	defer one.CloseIdleConnections()
	_, size := l.visit(t, one)
	f.add("the page", "%d bytes, not packed", size)

	var opened []time.Duration
	for i := range n {
		name := fmt.Sprintf("Trouble number %d", i)
		began := time.Now()
		l.dada.Send("<message type='groupchat' to='%s' id='open%d'><body>vigie: incident open \"%s\" on nothing minor</body></message>", opsRoom, i, name)
		for {
			if page, _ := l.visit(t, one); strings.Contains(page, name) {
				break
			}
			if time.Since(began) > time.Minute {
				t.Fatalf("%s was not shown", name)
			}
		}
		opened = append(opened, time.Since(began))
		l.dada.Expect("the answer", func(m prosody.Node) bool {
			return strings.Contains(m.Child("body").Text, name) && m.Is("message", "groupchat", opsRoom+"/vigie")
		})
	}
	f.addLatency("incident open to the page", opened)

	served, took := l.rush(t, 4, 3*time.Second)
	f.add("pages served", "%.0f a second, to 4 visitors (n %d)", float64(served)/took.Seconds(), served)
	f.addLatency("webhook to the room, nobody visits", l.alerts(t, "calm", alerts, apart, func() {}))
	const thousand = 1000
	crowd := l.visitor(thousand)
	defer crowd.CloseIdleConnections()
	var visits sync.WaitGroup
	var again, lost atomic.Int64
	come := func() {
		visits.Wait() // those before
		for range thousand {
			visits.Go(func() {
				// Who takes their time to ask, as on a busy machine, is shown out to make room, and comes again as a browser does.
				for end := time.Now().Add(time.Minute); !l.come(t.Context(), crowd); again.Add(1) {
					if time.Now().After(end) {
						lost.Add(1)
						return
					}
				}
			})
		}
	}
	f.addLatency("webhook to the room, 1,000 come at once", l.alerts(t, "crowded", alerts, apart, come))
	visits.Wait()
	lulu := l.server.Client(t, "lulu", "laptop")
	lulu.Send("<presence/>")
	r := &reader{client: lulu, posts: map[string]string{}}
	var calm, crowded []time.Duration
	for range helps {
		calm = append(calm, r.help())
	}
	for range helps {
		come()
		crowded = append(crowded, r.help())
	}
	f.addLatency("help over XMPP, nobody visits", calm)
	f.addLatency("help over XMPP, 1,000 come at once", crowded)
	visits.Wait()
	f.add("of those visitors", "%d were not served, of %d; they came again %d times", lost.Load(), thousand*(alerts+helps), again.Load())
	f.addCost("after them", l.cost(t))
	if lost.Load() > 0 {
		t.Errorf("%d visitors were not served", lost.Load())
	}
}

// publish gives the daemon a book to show.
func (l *lab) publish(t testing.TB, components, incidents int) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "vigie.db")
	db, err := ledger.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	start := now.Add(-89 * 24 * time.Hour)
	clock := start
	book, err := incident.Open(t.Context(), db, func() time.Time { return clock })
	if err != nil {
		t.Fatal(err)
	}
	var ids []int64
	for i := range components {
		c, err := book.AddComponent(t.Context(), incident.Component{Name: fmt.Sprintf("Component %d", i)})
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, c.ID)
	}
	step := now.Sub(start) / time.Duration(incidents+1)
	for i := range incidents {
		clock = start.Add(time.Duration(i) * step)
		it, err := book.OpenIncident(t.Context(), incident.Incident{
			Name: fmt.Sprintf("The pod is slow for the %d. time", i), Public: true, Impact: incident.Major, Touched: []incident.Touch{{Component: ids[i%components]}},
		}, incident.Update{Text: "Pages take up to ten seconds, and we do not know yet why. More as soon as we do."})
		if err != nil {
			t.Fatal(err)
		}
		clock = clock.Add(step / 3)
		if _, err := book.AddUpdate(t.Context(), it.ID, incident.Update{Status: incident.Fixed, Text: "A query without an index held the database; it has one now."}); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	const kept = "/var/lib/vigie/vigie.db"
	l.Run(t, "root", "rm", "-f", kept, kept+"-wal", kept+"-shm")
	l.Copy(t, path, kept)
	l.Run(t, "root", "chown", "vigie:", kept)
}

// visitor is a browser, or so many of them.
func (l *lab) visitor(n int) *http.Client {
	return &http.Client{Timeout: time.Minute, Transport: &http.Transport{MaxIdleConnsPerHost: n, DisableCompression: true}}
}

// visit reads the page as it is, and tells how large it is as a browser gets it.
func (l *lab) visit(t testing.TB, client *http.Client) (page string, size int) {
	t.Helper()
	resp, err := client.Get(l.hook + "/")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatal(resp.Status, err)
	}
	return string(body), len(body)
}

// come is a visit of whom nothing is wanted but that they are served.
func (l *lab) come(ctx context.Context, client *http.Client) bool {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, l.hook+"/", nil)
	if err != nil {
		return false
	}
	r.Header.Set("Accept-Encoding", "gzip")
	resp, err := client.Do(r)
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return err == nil && resp.StatusCode == http.StatusOK
}

// rush has so many visitors ask again and again.
func (l *lab) rush(t testing.TB, visitors int, long time.Duration) (served int64, took time.Duration) {
	client := l.visitor(visitors)
	defer client.CloseIdleConnections()
	ctx, cancel := context.WithTimeout(t.Context(), long)
	defer cancel()
	var n atomic.Int64
	var all sync.WaitGroup
	began := time.Now()
	for range visitors {
		all.Go(func() {
			for ctx.Err() == nil {
				if l.come(ctx, client) {
					n.Add(1)
				}
			}
		})
	}
	all.Wait()
	return n.Load(), time.Since(began)
}

// alerts posts alerts so far apart, and returns how long each took into the room. before is called before each.
func (l *lab) alerts(t testing.TB, key string, n int, apart time.Duration, before func()) []time.Duration {
	t.Helper()
	client := &http.Client{Timeout: time.Minute}
	defer client.CloseIdleConnections()
	var took []time.Duration
	for i := range n {
		time.Sleep(apart)
		before()
		title := fmt.Sprintf("queue %s %d is long", key, i)
		body := fmt.Sprintf(`{"key":"queue/%s/%d","title":%q,"severity":"warning"}`, key, i, title)
		began := time.Now()
		for !give(t, client, l.hook, posting{path: "/json", body: body, alerts: 1}) {
			if time.Since(began) > time.Minute {
				t.Fatal("an alert was not taken")
			}
		}
		l.dada.Expect("the alert", func(m prosody.Node) bool { return strings.Contains(m.Child("body").Text, title) })
		took = append(took, time.Since(began))
	}
	return took
}
