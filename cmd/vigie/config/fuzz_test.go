package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"
)

// FuzzParse holds what is true of any file: a config or errors, never both; each error one printable
// line about a line that there is.
func FuzzParse(f *testing.F) {
	seeds, err := filepath.Glob("testdata/bad/*/vigie.toml")
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range append(seeds, "testdata/full.toml", "example.toml") {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := parse("vigie.toml", data, dir)
		if (c == nil) == (err == nil) {
			t.Fatalf("config %v, error %v", c, err)
		}
		if err == nil {
			c.Describe()
			return
		}
		for _, e := range err.(Errors) {
			line := e.Error()
			if e.Text == "" || strings.ContainsFunc(line, func(r rune) bool { return unicode.IsControl(r) }) {
				t.Errorf("no sentence: %q", line)
			}
			if lines := 1 + strings.Count(string(data), "\n"); e.Line < 0 || e.Line > lines {
				t.Errorf("of %d lines: %q", lines, line)
			}
		}
	})
}
