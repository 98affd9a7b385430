package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/diaspote/vigie/ops/incident"
	"github.com/diaspote/vigie/ops/ledger"
)

// The status page is copied while another has the ledger open; what goes from the page goes from the copy, and what others put there stays.
func TestExportPage(t *testing.T) {
	dir, to := t.TempDir(), filepath.Join(t.TempDir(), "public")
	config := filepath.Join(dir, "vigie.toml")
	text := "state_dir = \"" + dir + "\"\ntime_zone = \"Europe/Paris\"\n[status_page]\ntitle = \"diaspote.org\"\n[web]\npublic = \"https://status.diaspote.org\"\n"
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	export := func(want int, says ...string) {
		t.Helper()
		status, out, errs := call(t, "", append([]string{"--config", config, "status-page", "export", to}, says[1:]...)...)
		if status != want || !strings.Contains(out+errs, says[0]) {
			t.Errorf("it exits %d and says %q, %q; want %q", status, out, errs, says[0])
		}
	}
	export(1, "there is no ledger at "+filepath.Join(dir, "vigie.db"))
	db, err := ledger.Open(t.Context(), filepath.Join(dir, "vigie.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	book, err := incident.Open(t.Context(), db, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	one, err := book.OpenIncident(t.Context(), incident.Incident{Name: "Pod slow", Public: true}, incident.Update{Text: "We look."})
	if err != nil {
		t.Fatal(err)
	}
	export(1, "is no address", "--address", "status.example.org")
	export(0, " 0 as they were, 0 removed", "--address", "https://copy.example.org/")
	read := func(name string) string {
		t.Helper()
		all, err := os.ReadFile(filepath.Join(to, name))
		if err != nil {
			t.Error(err)
		}
		return string(all)
	}
	if front := read("index.html"); !strings.Contains(front, `href="incidents/1.html"`) || !strings.Contains(front, "This is a copy, made on ") {
		t.Error(front)
	}
	if french := read("fr/incidents/1.html"); !strings.Contains(french, `href="../../status.css?`) || !strings.Contains(french, `href="../../incidents/1.html"`) {
		t.Error(french)
	}
	if feed := read("atom.xml"); !strings.Contains(feed, "https://copy.example.org/incidents/1.html") || !strings.Contains(feed, "<id>https://status.diaspote.org/incidents/1</id>") {
		t.Error(feed)
	}
	if summary := read("api/v2/summary.json"); !strings.Contains(summary, "Pod slow") {
		t.Error(summary)
	}
	if err := os.WriteFile(filepath.Join(to, "incidents", "mine.txt"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := book.RemoveIncident(t.Context(), one.ID); err != nil {
		t.Fatal(err)
	}
	export(0, ", 2 removed")
	if _, err := os.Stat(filepath.Join(to, "incidents", "1.html")); err == nil {
		t.Error("the page of an incident that was removed is there still")
	}
	read("incidents/mine.txt")
	if err := os.WriteFile(config, []byte("state_dir = \""+dir+"\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	export(1, "the config has no [status_page]")
}
