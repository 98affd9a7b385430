package main

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

const senders = 16 // that post side by side

// Taken is what became of a flood.
type taken struct{ alerts, posts, again int }

// A posting is one request of a sender: to which webhook, with how many alerts.
type posting struct {
	path, body string
	alerts     int
}

// flood posts so many alerts, each with a key of its own, to the webhooks at the URL, as fast as they are taken: half in
// groups as Alertmanager posts them, half each for itself. A post that is refused is tried again.
func flood(t *testing.T, url string, alerts int) <-chan taken {
	queue := make(chan posting)
	go func() {
		defer close(queue)
		for n := 0; n < alerts; {
			size := min(1+n%50, alerts-n)
			queue <- posting{"/alertmanager", group(n, size), size}
			n += size
			for range min(size, alerts-n) {
				queue <- posting{"/json", single(n), 1}
				n++
			}
		}
	}()
	var took, posts, again atomic.Int64
	client := &http.Client{Timeout: time.Minute, Transport: &http.Transport{MaxIdleConnsPerHost: senders}}
	var all sync.WaitGroup
	for range senders {
		all.Go(func() {
			for p := range queue {
				for try := 0; !give(t, client, url, p); try++ {
					if again.Add(1); try == 100 {
						t.Errorf("not taken: %.100s", p.body)
						break
					}
					time.Sleep(100 * time.Millisecond) // as a sender does
				}
				took.Add(int64(p.alerts))
				posts.Add(1)
			}
		})
	}
	end := make(chan taken, 1)
	go func() {
		all.Wait()
		client.CloseIdleConnections()
		end <- taken{int(took.Load()), int(posts.Load()), int(again.Load())}
	}()
	return end
}

// give tells whether a post was taken.
func give(t testing.TB, client *http.Client, url string, p posting) bool {
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+p.path, strings.NewReader(p.body))
	if err != nil {
		t.Error(err)
		return false
	}
	req.Header.Set("Authorization", "Bearer "+hookToken)
	resp, err := client.Do(req)
	if err != nil {
		return false
	}
	resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}

// group is a post of Alertmanager 0.25 with the alerts from n on. One in a thousand is critical.
func group(n, size int) string {
	starts := time.Now().UTC().Format(time.RFC3339Nano)
	var alerts []string
	for i := n; i < n+size; i++ {
		severity := "warning"
		if i%1000 == 0 {
			severity = "critical"
		}
		alerts = append(alerts, fmt.Sprintf(`{"status":"firing","labels":{"alertname":"TargetDown","instance":"node%[1]d.example.org:9100","job":"node","severity":%[2]q},`+
			`"annotations":{"description":"node%[1]d.example.org:9100 of job node has been down for more than 5 minutes.","summary":"Target node%[1]d is down"},`+
			`"startsAt":%[3]q,"endsAt":"0001-01-01T00:00:00Z",`+
			`"generatorURL":"http://prometheus.example.org:9090/graph?g0.expr=up+%%3D%%3D+0&g0.tab=1","fingerprint":"%016[1]x"}`, i, severity, starts))
	}
	return fmt.Sprintf(`{"receiver":"vigie","status":"firing","alerts":[%s],"groupLabels":{"alertname":"TargetDown"},"commonLabels":{"alertname":"TargetDown","job":"node"},`+
		`"commonAnnotations":{},"externalURL":"http://alertmanager.example.org:9093","version":"4","groupKey":"{}:{alertname=\"TargetDown\"}","truncatedAlerts":0}`, strings.Join(alerts, ","))
}

// single is the post of a script.
func single(n int) string {
	return fmt.Sprintf(`{"key":"queue/%[1]d","title":"queue %[1]d of the pod is long","text":"1,432 jobs wait, the oldest for 12 minutes","severity":"warning"}`, n)
}
