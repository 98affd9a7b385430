package spool

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestMake(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state", "spool")
	for range 2 { // made, and found
		if err := Make(dir); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(dir)
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().String(); got != "dtrwx-wx-wx" {
			t.Errorf("its mode is %s", got)
		}
		if err := os.Chmod(dir, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	link := dir + ".link"
	if err := os.Symlink(dir, link); err != nil {
		t.Fatal(err)
	}
	if err := Make(link); err == nil || !strings.Contains(err.Error(), "no folder") {
		t.Errorf("a link is taken for a folder: %v", err)
	}
}

func TestAFolderOfSomebodyElse(t *testing.T) {
	needRoot(t)
	dir := filepath.Join(t.TempDir(), "spool")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(dir, 65534, 65534); err != nil {
		t.Fatal(err)
	}
	if err := Make(dir); err == nil || !strings.Contains(err.Error(), "it belongs to user 65534") {
		t.Errorf("the folder of somebody else is taken: %v", err)
	}
}
