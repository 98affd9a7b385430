package config

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// goTo copies a folder of testdata, since its files belong to the user alone only there, and goes there.
func goTo(t *testing.T, folder string) {
	t.Helper()
	clearEnvironment(t)
	dir := t.TempDir()
	err := fs.WalkDir(os.DirFS(folder), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(filepath.Join(folder, path))
		write(t, filepath.Join(dir, path), data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(dir)
}

func write(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// clearEnvironment takes away what systemd or the one who tests has set.
func clearEnvironment(t *testing.T) {
	for _, v := range []string{"CREDENTIALS_DIRECTORY", "STATE_DIRECTORY", "RUNTIME_DIRECTORY", "VIGIE_CONFIG"} {
		t.Setenv(v, "")
	}
}

// TestBad holds every error line against the one that is written beside its config.
func TestBad(t *testing.T) {
	folders, err := filepath.Glob("testdata/bad/*")
	if err != nil || len(folders) == 0 {
		t.Fatalf("no bad configs: %v", err)
	}
	for _, folder := range folders {
		t.Run(filepath.Base(folder), func(t *testing.T) {
			goTo(t, folder)
			c, err := Load("vigie.toml")
			if err == nil {
				t.Fatalf("it was taken for good:\n%s", strings.Join(c.Describe(), "\n"))
			}
			dir, _ := os.Getwd()
			got := strings.ReplaceAll(err.Error(), dir, "DIR") + "\n"
			want, err := os.ReadFile("want")
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("got:\n%s\nwant:\n%s", got, want)
			}
			if strings.Contains(got, "hunter2") {
				t.Error("a secret was shown")
			}
		})
	}
}
