package console

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestHistory(t *testing.T) {
	file := filepath.Join(t.TempDir(), "history")
	h := loadHistory(file)
	for _, line := range []string{"status", "status", " ", "units"} {
		h.Add(line)
	}
	other := loadHistory(file) // a second console at the same time
	other.Add("from the other")
	h.Add("help")
	h = loadHistory(file)
	var got []string
	for i := range h.Len() {
		got = append(got, h.At(i))
	}
	if want := "help, from the other, units, status"; strings.Join(got, ", ") != want {
		t.Errorf("remembered %q, wanted %q", got, want)
	}
}

func TestHistoryIsBounded(t *testing.T) {
	file := filepath.Join(t.TempDir(), "history")
	h := loadHistory(file)
	for i := range 5 * keptLines {
		h.Add(fmt.Sprint("line ", i))
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if lines := strings.Count(string(text), "\n"); lines > 2*keptLines {
		t.Errorf("%d lines in the file", lines)
	}
	if h = loadHistory(file); h.Len() != keptLines || h.At(0) != fmt.Sprint("line ", 5*keptLines-1) {
		t.Errorf("remembered %d lines, the newest %q", h.Len(), h.At(0))
	}
}

func TestHistoryFileThatIsNone(t *testing.T) {
	dir := t.TempDir()
	huge := filepath.Join(dir, "huge")
	if err := os.WriteFile(huge, []byte(strings.Repeat("\x1b[2J and more\n", 200_000)+"the last\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{"", dir, filepath.Join(dir, "no/folder"), os.DevNull, huge} {
		h := loadHistory(file)
		if file == huge && (h.Len() != keptLines || h.At(0) != "the last" || h.At(1) != "[2J and more") {
			t.Errorf("of a huge file %d lines are remembered, the newest %q", h.Len(), h.At(0))
		}
		h.Add("status")
		if h.At(0) != "status" {
			t.Errorf("with file %q nothing is remembered", file)
		}
	}
}
