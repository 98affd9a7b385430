package webhook

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/diaspote/vigie/ops"
)

var update = flag.Bool("update", false, "write what becomes of the payloads anew")

const payloads = "../../fixtures/webhooks"

var night = time.Date(2026, 11, 24, 3, 0, 0, 0, time.UTC)

// TestPayloads reads all that senders post in the fixtures.
func TestPayloads(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(payloads, "*.in"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no payloads (%v)", err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".in")
		t.Run(name, func(t *testing.T) {
			body, err := os.Open(file)
			if err != nil {
				t.Fatal(err)
			}
			defer body.Close()
			kind, _, _ := strings.Cut(name, "-")
			events, err := Explain(kind, body, night)
			if err != nil {
				t.Fatal(err)
			}
			golden := strings.TrimSuffix(file, ".in") + ".want"
			got := script(events)
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("got:\n%s\nwant:\n%s", got, want)
			}
		})
	}
}

// TestExplainRefuses what it cannot read at all.
func TestExplainRefuses(t *testing.T) {
	if _, err := Explain("jason", strings.NewReader("{}"), night); err == nil || !strings.Contains(err.Error(), "alertmanager, grafana, github, slack, json") {
		t.Error(err)
	}
	if _, err := Explain(plain, strings.NewReader(strings.Repeat(" ", maxBody+1)), night); err == nil || !strings.Contains(err.Error(), "1 MiB") {
		t.Error(err)
	}
}

// TestTooManyLines are cut where nobody would read on; they are not held against each other for ever.
func TestTooManyLines(t *testing.T) {
	var lines, texts []string
	for i := range 10 * maxLines {
		texts = append(texts, fmt.Sprintf("line %d", i))
		lines = append(lines, fmt.Sprintf(`"n%d":"line %d"`, i, i))
	}
	for kind, body := range map[string]string{
		slack:        `{"attachments":[{"text":"` + strings.Join(texts, `"},{"text":"`) + `"}]}`,
		alertmanager: `{"alerts":[{"labels":{"alertname":"x"},"annotations":{` + strings.Join(lines, ",") + `}}]}`,
	} {
		events, err := Explain(kind, strings.NewReader(body), night)
		if err != nil || len(events) != 1 {
			t.Fatalf("%s: %v, %v", kind, events, err)
		}
		if n := strings.Count(events[0].Text, "\n"); n > maxLines+1 || n < 3 {
			t.Errorf("%s: %d lines", kind, n)
		}
	}
}

// script is what is said of events, for people.
func script(events []ops.Event) string {
	var b strings.Builder
	for _, e := range events {
		state := "once"
		if e.Lasting {
			state = "lasts"
		}
		if e.Resolved {
			state = "resolved"
		}
		fmt.Fprintf(&b, "%s %s %s %s key=%s id=%s unit=%s\n# %s\n%s\n\n", e.Kind, e.Severity, state, e.At.UTC().Format(time.RFC3339), e.Key, e.ID, e.Unit, e.Title, e.Text)
	}
	return b.String()
}
