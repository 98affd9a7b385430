package webhook

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/diaspote/vigie/ops"
)

func FuzzAlertmanager(f *testing.F) { fuzz(f, alertmanager) }
func FuzzGrafana(f *testing.F)      { fuzz(f, grafana) }
func FuzzGitHub(f *testing.F)       { fuzz(f, github) }
func FuzzSlack(f *testing.F)        { fuzz(f, slack) }
func FuzzPlain(f *testing.F)        { fuzz(f, plain) }

// fuzz reads anything as that kind: something is always told, within bounds, and the same each time.
func fuzz(f *testing.F, kind string) {
	files, err := filepath.Glob(filepath.Join(payloads, "*.in"))
	if err != nil || len(files) == 0 {
		f.Fatalf("no payloads (%v)", err)
	}
	for _, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		events, err := Explain(kind, bytes.NewReader(body), night)
		if err != nil {
			if len(body) > maxBody {
				return
			}
			t.Fatal(err)
		}
		if len(events) == 0 && kind != github {
			t.Error("nothing is told")
		}
		again, _ := Explain(kind, bytes.NewReader(body), night)
		if script(events) != script(again) {
			t.Errorf("told differently:\n%s\n%s", script(events), script(again))
		}
		for _, e := range events {
			check(t, kind, e)
		}
	})
}

func check(t *testing.T, kind string, e ops.Event) {
	t.Helper()
	switch {
	case e.Kind != kind && e.Kind != notUnderstood:
		t.Errorf("kind %q", e.Kind)
	case strings.TrimSpace(e.Title) == "" || strings.Contains(e.Title, "\n") || utf8.RuneCountInString(e.Title) > 2*maxTitle:
		t.Errorf("title %q", e.Title)
	case !strings.HasPrefix(e.Key, e.Kind+"/") || len(e.Key) > maxName || len(e.ID) > maxName:
		t.Errorf("key %q, ID %q", e.Key, e.ID)
	case e.Severity < ops.Info || e.Severity > ops.Critical:
		t.Errorf("severity %d", e.Severity)
	case e.At.Year() < 2000 || e.At.Year() > 2026:
		t.Errorf("at %s", e.At)
	case e.Lasting && e.Resolved:
		t.Error("lasting and resolved")
	}
	if _, err := e.Details.MarshalJSON(); err != nil {
		t.Error(err)
	}
}
