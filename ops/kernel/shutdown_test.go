package kernel

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"
)

const shutdowns = "../../fixtures/shutdown"

func TestParseShutdown(t *testing.T) {
	for name, want := range map[string]struct {
		clean  bool
		reason string
		at     int64
	}{
		"reboot-257":       {true, "reboot", 1763949843},
		"reboot-215":       {true, "", 1463949843},
		"power-key":        {true, "power key", 1763949843},
		"power-cut":        {false, "the supply voltage was too low", 1763949812},
		"journald-upgrade": {false, "", 1763949812},
		"forged":           {false, "", 1763949812},
	} {
		text, err := os.ReadFile(filepath.Join(shutdowns, name+".log"))
		if err != nil {
			t.Fatal(err)
		}
		got, err := ParseShutdown(string(text))
		if err != nil || got.Clean != want.clean || got.Reason != want.reason || got.At.Unix() != want.at || got.Last == "" {
			t.Errorf("%s: %+v, %v; want %+v", name, got, err, want)
		}
	}
	if got, err := ParseShutdown("-- No entries --\n"); err == nil {
		t.Errorf("%+v from nothing", got)
	}
}

func FuzzParseShutdown(f *testing.F) {
	files, err := filepath.Glob(filepath.Join(shutdowns, "*.log"))
	if err != nil || len(files) == 0 {
		f.Fatal("no fixtures", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := ParseShutdown(text)
		if err == nil && (s.At.Year() > 40_000 || strings.ContainsFunc(s.Last, unicode.IsControl) || len([]rune(s.Last)) > 200) {
			t.Errorf("%+v", s)
		}
	})
}

func TestLastBootOfThisHost(t *testing.T) {
	if _, err := exec.LookPath("journalctl"); err != nil {
		t.Skip("not tested: what journalctl says of the last boot, it is not installed")
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	switch s, err := LastBoot(ctx); {
	case err != nil && strings.Contains(err.Error(), "\n"):
		t.Errorf("more than a line: %v", err)
	case err == nil && s.At.IsZero():
		t.Errorf("no time: %+v", s)
	}
}
