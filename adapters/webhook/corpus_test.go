package webhook

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// corpus has payloads as found in the world, where they are at hand.
const corpus = "../../../shared/corpus/webhooks"

func TestCorpus(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(corpus, "*.expect.json"))
	if err != nil || len(files) == 0 {
		t.Skip("not tested: payloads of other senders, the corpus is not here")
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			var want struct {
				Kind        string
				ValidJSON   bool `json:"valid_json"`
				Alerts      *int
				Firing      *int
				Resolved    *int
				MustMention []string `json:"must_mention"`
			}
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal(data, &want); err != nil {
				t.Fatal(err)
			}
			kind := map[string]string{"grafana-legacy": grafana, "pingdom": plain, "uptimekuma": plain}[want.Kind]
			payload, err := os.Open(strings.TrimSuffix(file, ".expect.json") + ".json")
			if err != nil {
				t.Fatal(err)
			}
			defer payload.Close()
			events, err := Explain(oneOf(kind, want.Kind), payload, time.Date(2026, 11, 24, 3, 0, 0, 0, time.UTC))
			if err != nil {
				t.Fatal(err)
			}
			firing, resolved, text := 0, 0, ""
			for _, e := range events {
				if (e.Kind == notUnderstood) == want.ValidJSON {
					t.Errorf("kind %s, valid JSON: %v", e.Kind, want.ValidJSON)
				}
				if e.Lasting {
					firing++
				}
				if e.Resolved {
					resolved++
				}
				text += e.Title + "\n" + e.Text + "\n"
			}
			for _, n := range []struct {
				what string
				want *int
				got  int
			}{{"events", want.Alerts, len(events)}, {"firing", want.Firing, firing}, {"resolved", want.Resolved, resolved}} {
				if n.want != nil && *n.want != n.got {
					t.Errorf("%d %s, want %d", n.got, n.what, *n.want)
				}
			}
			for _, m := range want.MustMention {
				if !strings.Contains(text, m) {
					t.Errorf("%q is not mentioned in:\n%s", m, text)
				}
			}
			t.Log(text)
		})
	}
}
