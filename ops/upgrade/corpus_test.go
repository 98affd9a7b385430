package upgrade

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/diaspote/vigie/ops"
)

// corpus has logs as found in the world, where they are at hand.
const corpus = "../../../shared/corpus/upgrades"

type wanted struct {
	Runs []struct {
		Start      *string
		End        *string
		Unattended bool
		Upgraded   []change
		Error      *string
		Reboot     *bool
		KeptBack   []string `json:"kept_back"`
		Removed    []string
		Purge      []string
		Install    []string
		Conffile   []string `json:"conffile_prompt"`
		Selected   *int
	}
}

func TestLogsOfOtherHosts(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(corpus, "*.json"))
	if err != nil || len(files) == 0 {
		t.Skip("not tested: upgrade logs of other hosts, the corpus is not here")
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) { checkLog(t, file) })
	}
}

func checkLog(t *testing.T, file string) {
	var want wanted
	text, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(text, &want)
	}
	if err != nil {
		t.Fatal(err)
	}
	log, err := os.ReadFile(strings.TrimSuffix(file, ".json"))
	if err != nil {
		t.Fatal(err)
	}
	explain := ExplainUnattended
	if strings.HasPrefix(filepath.Base(file), "history-") {
		explain = ExplainHistory
	}
	events, err := explain(bytes.NewReader(log), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	var told []ops.Event
	for _, ev := range events {
		t.Logf("%v %s\n%s", ev.Severity, ev.Title, ev.Text)
		if ev.Kind == Kind {
			told = append(told, ev)
		}
	}
	if len(told) != len(want.Runs) {
		t.Fatalf("%d runs, want %d", len(told), len(want.Runs))
	}
	for i, w := range want.Runs {
		d := told[i].Details
		same(t, i, "start", d.Get("start"), w.Start)
		if w.End != nil {
			same(t, i, "end", d.Get("end"), w.End)
		}
		same(t, i, "unattended", d.Get("unattended"), w.Unattended)
		same(t, i, "upgraded", d.Get("upgraded"), w.Upgraded)
		same(t, i, "reboot", d.Get("reboot"), w.Reboot)
		if (d.Get("error") == nil) != (w.Error == nil) {
			t.Errorf("run %d: error %v, want %v", i, d.Get("error"), w.Error)
		}
		if w.Error != nil {
			// The expectation gives the words, without the parentheses and with an ellipsis.
			for _, word := range strings.FieldsFunc(*w.Error, func(r rune) bool { return strings.ContainsRune(" »«!.,()", r) }) {
				if !strings.Contains(d.Get("error").(string), word) {
					t.Errorf("run %d: error %q has no %q", i, d.Get("error"), word)
				}
			}
		}
		list(t, i, "kept_back", d, w.KeptBack, len(w.Conffile) == 0)
		list(t, i, "removed", d, append(slices.Clone(w.Removed), w.Purge...), strings.HasPrefix(filepath.Base(file), "history-"))
		list(t, i, "installed", d, w.Install, true)
		list(t, i, "conffile_prompt", d, w.Conffile, true)
		if w.Selected != nil && len(d.Get("attempted").([]change)) != *w.Selected {
			t.Errorf("run %d: %d selected, want %d", i, len(d.Get("attempted").([]change)), *w.Selected)
		}
	}
}

// list compares a detail that is missing if it is empty; exactly says that the expectation has all of it.
func list(t *testing.T, run int, name string, d ops.Details, want []string, exactly bool) {
	t.Helper()
	got, _ := d.Get(name).([]string)
	if (len(want) > 0 || exactly) && !slices.Equal(got, want) {
		t.Errorf("run %d: %s is %q, want %q", run, name, got, want)
	}
}

func same(t *testing.T, run int, name string, got, want any) {
	t.Helper()
	g, _ := json.Marshal(got)
	w, _ := json.Marshal(want)
	if !bytes.Equal(g, w) {
		t.Errorf("run %d: %s is %s, want %s", run, name, g, w)
	}
}
