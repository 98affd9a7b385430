package oom

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/diaspote/vigie/ops"
)

// corpus has logs as found in the world, where they are at hand.
const corpus = "../../../shared/corpus/oom"

type wanted struct {
	Kills []struct {
		PID       int    `json:"pid"`
		Name      string `json:"name"`
		Anon      *int64 `json:"anon_rss_kb"`
		Global    *bool  `json:"global"`
		Cgroup    *string
		TaskMemcg *string `json:"task_memcg"`
	}
	Named []struct {
		PID  int
		Name string
	} `json:"named_without_killed_line"`
	Userspace []struct {
		By, Target, Name string
		PID              int
	} `json:"userspace_kills"`
}

func TestLogsOfOtherHosts(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(corpus, "*.json"))
	if err != nil || len(files) == 0 {
		t.Skip("not tested: OOM reports of other hosts, the corpus is not here")
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
	log, err := os.Open(strings.TrimSuffix(file, ".json") + ".log")
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	events, err := Explain(log, func() time.Time { return time.Date(2026, 11, 24, 3, 0, 0, 0, time.UTC) })
	if err != nil {
		t.Fatal(err)
	}
	kills, daemons, rest := split(events)
	if len(kills) != len(want.Kills) {
		t.Fatalf("%d kills, not %d: %v", len(kills), len(want.Kills), kills)
	}
	for i, w := range want.Kills {
		same(t, kills[i], "pid", int64(w.PID))
		same(t, kills[i], "name", w.Name)
		same(t, kills[i], "anon_rss_kb", told(w.Anon))
		same(t, kills[i], "global", told(w.Global))
		same(t, kills[i], "cgroup", told(w.Cgroup))
		if w.TaskMemcg != nil {
			same(t, kills[i], "task_memcg", *w.TaskMemcg)
		}
	}
	if len(daemons) != len(want.Userspace) {
		t.Fatalf("%d kills by daemons, not %d: %v", len(daemons), len(want.Userspace), daemons)
	}
	for i, w := range want.Userspace {
		by, _, _ := strings.Cut(w.By, " ")
		same(t, daemons[i], "by", by)
		if w.Target != "" {
			same(t, daemons[i], "target", w.Target)
			continue
		}
		same(t, daemons[i], "pid", int64(w.PID))
		same(t, daemons[i], "name", w.Name)
	}
	var named []ops.Event
	for _, e := range rest {
		if e.Details.Get("pid") != nil {
			named = append(named, e)
		}
	}
	if len(named) != len(want.Named) {
		t.Fatalf("%d are named without a kill, not %d: %v", len(named), len(want.Named), named)
	}
	for i, w := range want.Named {
		same(t, named[i], "pid", int64(w.PID))
		same(t, named[i], "name", w.Name)
	}
}

func split(events []ops.Event) (kills, daemons, rest []ops.Event) {
	for _, e := range events {
		switch e.Kind {
		case Kind:
			kills = append(kills, e)
		case KindDaemon:
			daemons = append(daemons, e)
		default:
			rest = append(rest, e)
		}
	}
	return kills, daemons, rest
}

func same(t *testing.T, e ops.Event, name string, want any) {
	t.Helper()
	if got := e.Details.Get(name); got != want {
		t.Errorf("%s is %#v, not %#v: %s", name, got, want, e.Text)
	}
}
