package pod

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode"
)

const (
	fixtures = "../../fixtures/nodeinfo"
	corpus   = "../../../shared/corpus/nodeinfo" // documents as found in the world, where they are at hand
)

func read(t testing.TB, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func number(n int64) *int64 { return &n }
func boolean(b bool) *bool  { return &b }

func TestParseNodeInfo(t *testing.T) {
	for name, want := range map[string]NodeInfo{
		"diaspora-1.0.json": {Schema: "1.0", Software: "diaspora", Version: "0.9.0.0-p4c1b2a3d", Name: "Diaspote",
			Users: number(1432), ActiveMonth: number(87), ActiveHalfyear: number(211),
			LocalPosts: number(90412), LocalComments: number(120377), OpenRegistrations: boolean(false)},
		"php-lists-2.0.json": {Schema: "2.0", Software: "friendica", Version: "2024.12-1571",
			LocalPosts: number(4012), OpenRegistrations: boolean(false)},
		"hostile-2.1.json": {Schema: "2.1", Software: "diaspora", Version: "1 2", Name: "pod [31m of two lines @channel 🇫🇷",
			ActiveHalfyear: number(12)},
	} {
		got, err := ParseNodeInfo(read(t, filepath.Join(fixtures, name)))
		if err != nil || !reflect.DeepEqual(got, want) {
			g, _ := json.Marshal(got)
			w, _ := json.Marshal(want)
			t.Errorf("%s: %v\ngot  %s\nwant %s", name, err, g, w)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for data, want := range map[string]string{
		"":                           "empty",
		" \n":                        "empty",
		"<!DOCTYPE html><html>":      "web page",
		`{"a":NaN}`:                  "not JSON",
		`{"software":`:               "not JSON",
		`[]`:                         "not an object",
		`{}`:                         "names no software",
		`{"software":[]}`:            "names no software",
		strings.Repeat("[", 100_000): "not JSON",
	} {
		if _, err := ParseNodeInfo([]byte(data)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.30q: %v, want %q in the error", data, err, want)
		}
	}
	for data, want := range map[string]string{
		`{"links":{"rel":"http://nodeinfo.diaspora.software/ns/schema/1.0","href":"/1"}}`: "not a list",
		`{"links":[]}`: "no link",
		`{"links":[{"rel":"http://nodeinfo.diaspora.software/ns/schema/9.0","href":"/9"}]}`: "no link",
	} {
		if _, err := ParseWellKnown([]byte(data)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60q: %v, want %q in the error", data, err, want)
		}
	}
}

func TestParseWellKnown(t *testing.T) {
	links, err := ParseWellKnown(read(t, filepath.Join(fixtures, "wellknown-diaspora.json")))
	want := []Link{
		{"1.0", "https://pod.example.org/nodeinfo/1.0"},
		{"2.1", "https://pod.example.org/nodeinfo/2.1"},
		{"2.0", "https://pod.example.org/nodeinfo/2.0"},
	}
	if err != nil || !slices.Equal(links, want) {
		t.Errorf("%v, %v; want %v", links, err, want)
	}
	if b := best(links); b != want[1] {
		t.Errorf("the best is %v, want %v", b, want[1])
	}
	links, err = ParseWellKnown(read(t, filepath.Join(fixtures, "wellknown-others.json")))
	if want := []Link{{"2.2", "/nodeinfo/2.2"}}; err != nil || !slices.Equal(links, want) {
		t.Errorf("%v, %v; want %v", links, err, want)
	}
}

func TestCorpus(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(corpus, "*.expect.json"))
	if err != nil || len(files) == 0 {
		t.Skip("not tested: NodeInfo documents of other pods, the corpus is not here")
	}
	for _, file := range files {
		var expected struct {
			Expect *struct {
				Schema, Software, Version string
				NodeName                  string     `json:"node_name"`
				Users                     *int64     `json:"users_total"`
				ActiveMonth               *int64     `json:"active_month"`
				ActiveHalfyear            *int64     `json:"active_halfyear"`
				LocalPosts                *int64     `json:"local_posts"`
				LocalComments             *int64     `json:"local_comments"`
				OpenRegistrations         *bool      `json:"open_registrations"`
				Links                     [][]string `json:"links"`
			}
		}
		if err := json.Unmarshal(read(t, file), &expected); err != nil {
			t.Fatal(err)
		}
		data := read(t, strings.Replace(file, ".expect", "", 1))
		e := expected.Expect
		if strings.HasPrefix(filepath.Base(file), "wellknown-") {
			links, err := ParseWellKnown(data)
			if e == nil {
				if err == nil {
					t.Errorf("%s: %v, want an error", file, links)
				}
				continue
			}
			var got [][]string
			for _, l := range links {
				got = append(got, []string{l.Schema, l.Href})
			}
			if !reflect.DeepEqual(got, e.Links) {
				t.Errorf("%s: %v, %v; want %v", file, got, err, e.Links)
			}
			continue
		}
		want := NodeInfo{Schema: e.Schema, Software: e.Software, Version: e.Version, Name: e.NodeName,
			Users: e.Users, ActiveMonth: e.ActiveMonth, ActiveHalfyear: e.ActiveHalfyear,
			LocalPosts: e.LocalPosts, LocalComments: e.LocalComments, OpenRegistrations: e.OpenRegistrations}
		if got, err := ParseNodeInfo(data); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, %v; want %+v", file, got, err, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, name := range []string{"diaspora-1.0.json", "php-lists-2.0.json", "hostile-2.1.json", "wellknown-diaspora.json", "wellknown-others.json"} {
		f.Add(read(f, filepath.Join(fixtures, name)))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if links, err := ParseWellKnown(data); err == nil && best(links).Href == "" {
			t.Errorf("no best link of %v", links)
		}
		info, err := ParseNodeInfo(data)
		if err != nil {
			return
		}
		for _, s := range []string{info.Schema, info.Software, info.Version, info.Name} {
			if strings.ContainsFunc(s, unicode.IsControl) || len([]rune(s)) > 100 {
				t.Errorf("not fit to show: %q", s)
			}
		}
		for _, n := range []*int64{info.Users, info.ActiveMonth, info.ActiveHalfyear, info.LocalPosts, info.LocalComments} {
			if n != nil && *n < 0 {
				t.Errorf("a negative count: %d", *n)
			}
		}
	})
}
