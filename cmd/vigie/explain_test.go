package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// corpus has inputs as found in the world, where they are at hand, each with what must be found in it.
const corpus = "../../../shared/corpus"

// A line is what `vigie explain` prints of an event.
type line struct {
	Kind, Key, Severity, At, Title, Text string
	Resolved                             *bool
	Details                              map[string]any
}

// corpusInput is an input of the corpus and what is expected of it.
type corpusInput struct {
	*testing.T
	path string
	want map[string]any
}

// eachInput runs a test for each input of a folder of the corpus whose expectation ends so.
func eachInput(t *testing.T, folder, ending string, test func(in corpusInput)) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(corpus, folder, "*"+ending))
	if err != nil || len(files) == 0 {
		t.Skip("not tested: " + folder + " of other hosts, the corpus is not here")
	}
	for _, file := range files {
		path := strings.TrimSuffix(file, ending)
		if _, err := os.Stat(path); err != nil {
			path += map[string]string{"oom": ".log", "webhooks": ".json", "nodeinfo": ".json"}[folder]
		}
		t.Run(filepath.Base(path), func(t *testing.T) {
			data, err := os.ReadFile(file)
			in := corpusInput{T: t, path: path}
			if err == nil {
				err = json.Unmarshal(data, &in.want)
			}
			if err != nil {
				t.Fatal(err)
			}
			test(in)
		})
	}
}

// list is a list of objects in the expectation.
func (in corpusInput) list(name string) []map[string]any { return objects(in.want[name]) }

func objects(value any) []map[string]any {
	all, _ := value.([]any)
	list := make([]map[string]any, len(all))
	for i, one := range all {
		list[i], _ = one.(map[string]any)
	}
	return list
}

// explain reads the input, as a file and from standard input, and returns what is told of it by kind.
func (in corpusInput) explain(kind string, flags ...string) (known, unknown []line) {
	in.Helper()
	status, out, errs := call(in.T, "", append([]string{"explain", kind, in.path}, flags...)...)
	if status != 0 || errs != "" {
		in.Fatalf("it exits with %d: %s", status, errs)
	}
	if status, _, errs := call(in.T, in.path, append([]string{"explain", kind}, flags...)...); status != 0 {
		in.Errorf("from standard input it exits with %d: %s", status, errs)
	}
	for _, text := range bytes.Split([]byte(out), []byte("\n")) {
		if len(text) == 0 {
			continue
		}
		var l line
		if err := json.Unmarshal(text, &l); err != nil {
			in.Fatalf("%v in: %s", err, text)
		}
		if l.Resolved == nil || l.Key == "" || l.At == "" || l.Severity == "" || l.Details == nil || !strings.Contains(l.Text, l.Title[:min(len(l.Title), 20)]) {
			in.Errorf("not a whole line: %s", text)
		}
		if l.Kind == "not-understood" {
			unknown = append(unknown, l)
		} else {
			known = append(known, l)
		}
	}
	return known, unknown
}

// same wants details to have what is expected under those names.
func (in corpusInput) same(got, want map[string]any, names ...string) {
	in.Helper()
	for _, name := range names {
		g, gotIt := got[name]
		gotText, _ := json.Marshal(g)
		wantText, _ := json.Marshal(want[name])
		if !gotIt || !bytes.Equal(gotText, wantText) {
			in.Errorf("%s is %s, want %s", name, gotText, wantText)
		}
	}
}

func TestExplainCrontabs(t *testing.T) {
	eachInput(t, "crontabs", ".expect.json", func(in corpusInput) {
		flag := map[bool]string{true: "--system", false: "--user"}[in.want["system"].(bool)]
		for _, flags := range [][]string{nil, {flag}} {
			known, unknown := in.explain("crontab", flags...)
			want := in.list("entries")
			if len(known) != len(want) || len(unknown) != len(in.list("errors")) {
				in.Fatalf("%d jobs, %d errors", len(known), len(unknown))
			}
			for i, l := range known {
				in.same(l.Details, want[i], "schedule", "user", "command", "line")
			}
		}
	})
}

func TestExplainNodeInfo(t *testing.T) {
	eachInput(t, "nodeinfo", ".expect.json", func(in corpusInput) {
		known, unknown := in.explain("nodeinfo")
		want, understood := in.want["expect"].(map[string]any)
		if !understood {
			if len(known) != 0 || len(unknown) != 1 || !strings.Contains(in.want["note"].(string), "not understood") {
				in.Errorf("understood: %+v", known)
			}
			return
		}
		if len(known) != 1 || len(unknown) != 0 {
			in.Fatalf("%d understood, %d not", len(known), len(unknown))
		}
		for name := range want {
			in.same(known[0].Details, want, name)
		}
	})
}

func TestExplainUpgrades(t *testing.T) {
	eachInput(t, "upgrades", ".json", func(in corpusInput) {
		kind := "unattended-upgrades"
		if strings.HasPrefix(filepath.Base(in.path), "history-") {
			kind = "apt-history"
		}
		known, _ := in.explain(kind)
		want := in.list("runs")
		if len(known) != len(want) {
			in.Fatalf("%d runs, want %d", len(known), len(want))
		}
		for i, l := range known {
			in.same(l.Details, want[i], "start", "unattended", "reboot", "upgraded")
			if (l.Details["error"] == nil) != (want[i]["error"] == nil) {
				in.Errorf("run %d: error %v, want %v", i, l.Details["error"], want[i]["error"])
			}
		}
	})
}

func TestExplainWebhooks(t *testing.T) {
	eachInput(t, "webhooks", ".expect.json", func(in corpusInput) {
		kind := in.want["kind"].(string)
		if other := map[string]string{"grafana-legacy": "grafana", "pingdom": "json", "uptimekuma": "json"}[kind]; other != "" {
			kind = other
		}
		known, unknown := in.explain(kind)
		if valid := in.want["valid_json"].(bool); (len(unknown) == 0) != valid || (len(known) > 0) != valid {
			in.Errorf("%d understood, %d not", len(known), len(unknown))
		}
		resolved := 0
		var texts string
		for _, l := range known {
			if *l.Resolved {
				resolved++
			}
			texts += l.Text + "\n"
		}
		for name, got := range map[string]int{"alerts": len(known), "resolved": resolved, "firing": len(known) - resolved} {
			if want, told := in.want[name].(float64); told && int(want) != got {
				in.Errorf("%d %s, want %v", got, name, want)
			}
		}
		for _, text := range in.want["must_mention"].([]any) {
			if !strings.Contains(texts, text.(string)) {
				in.Errorf("no %q in:\n%s", text, texts)
			}
		}
	})
}

func TestExplainOOM(t *testing.T) {
	eachInput(t, "oom", ".json", func(in corpusInput) {
		known, unknown := in.explain("oom")
		var kernel, others []line
		for _, l := range known {
			if l.Kind == "oom" {
				kernel = append(kernel, l)
			} else {
				others = append(others, l)
			}
		}
		kills := in.list("kills")
		if len(kernel) != len(kills) {
			in.Fatalf("%d kills by the kernel, want %d", len(kernel), len(kills))
		}
		for i, l := range kernel {
			in.same(l.Details, kills[i], "pid", "name", "anon_rss_kb", "global", "cgroup")
		}
		if want := in.list("userspace_kills"); len(others) != len(want) {
			in.Errorf("%d other kills, want %d", len(others), len(want))
		}
		for _, named := range in.list("named_without_killed_line") {
			if !slices.ContainsFunc(append(unknown, known...), func(l line) bool { return strings.Contains(l.Text, named["name"].(string)) }) {
				in.Errorf("%v is not told of in %+v", named, unknown)
			}
		}
	})
}
