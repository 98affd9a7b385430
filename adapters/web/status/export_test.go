package status

import (
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/net/html"
)

func wrote(t *testing.T, dir string, files map[string][]byte, want Export) {
	t.Helper()
	got, err := Write(dir, files)
	if err != nil || got != want {
		t.Errorf("%+v, %v; want %+v", got, err, want)
	}
}

func TestWrite(t *testing.T) {
	dir := t.TempDir()
	a, b, c := []byte("a"), []byte("b"), []byte("c")
	wrote(t, dir, map[string][]byte{"index.html": a, "incidents/1.html": b, "fr/deep/er.html": c}, Export{Written: 3})
	wrote(t, dir, map[string][]byte{"index.html": b, "incidents/1.html": b}, Export{Written: 1, Same: 1, Removed: 1})
	if _, err := os.Stat(filepath.Join(dir, "fr")); err == nil {
		t.Error("an empty directory is left behind")
	}
	info, err := os.Stat(filepath.Join(dir, "index.html"))
	if err != nil || info.Mode().Perm() != 0o644 {
		t.Errorf("%v, %v: a web server is to read it", info.Mode(), err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*", fresh)); len(left) > 0 {
		t.Error(left)
	}
}

// TestWriteForeign has files of others in the way, and links that lead out.
func TestWriteForeign(t *testing.T) {
	dir, outside := t.TempDir(), t.TempDir()
	put := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	put(filepath.Join(dir, "index.html"), "of others")
	_, err := Write(dir, map[string][]byte{"index.html": []byte("mine"), "history.html": []byte("mine")})
	if err == nil || !strings.Contains(err.Error(), "index.html is there, and not from me") {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "history.html")); err == nil {
		t.Error("something was written though something is in the way")
	}
	if err := os.Remove(filepath.Join(dir, "index.html")); err != nil {
		t.Fatal(err)
	}
	put(filepath.Join(outside, "1.html"), "of others")
	if err := os.Symlink(outside, filepath.Join(dir, "incidents")); err != nil {
		t.Fatal(err)
	}
	if _, err := Write(dir, map[string][]byte{"incidents/1.html": []byte("mine")}); err == nil {
		t.Error("it writes through a link")
	}
	put(filepath.Join(dir, list), "../"+filepath.Base(outside)+"/1.html\n/etc/passwd\nincidents/1.html\n")
	_, err = Write(dir, map[string][]byte{"index.html": []byte("mine")})
	if text, readErr := os.ReadFile(filepath.Join(outside, "1.html")); string(text) != "of others" {
		t.Errorf("a file elsewhere is %q, %v, %v", text, readErr, err)
	}
}

// TestWriteStopped has an export end half-way, and the next one mend it.
func TestWriteStopped(t *testing.T) {
	dir := t.TempDir()
	wrote(t, dir, map[string][]byte{"index.html": []byte("a"), "old.html": []byte("a")}, Export{Written: 2})
	if err := os.Mkdir(filepath.Join(dir, fresh), 0o755); err != nil { // nothing can be written beside its place
		t.Fatal(err)
	}
	if _, err := Write(dir, map[string][]byte{"index.html": []byte("b"), "new.html": []byte("b")}); err == nil {
		t.Fatal("it could write")
	}
	if text, _ := os.ReadFile(filepath.Join(dir, "index.html")); string(text) != "a" {
		t.Errorf("the page is %q", text)
	}
	_ = os.Remove(filepath.Join(dir, fresh))
	wrote(t, dir, map[string][]byte{"index.html": []byte("b"), "new.html": []byte("b")}, Export{Written: 2, Removed: 1})

	lock, err := os.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Close()
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	if _, err := Write(dir, nil); err == nil || !strings.Contains(err.Error(), "another export") {
		t.Error(err)
	}
}

// TestCopyLinks follows every link of a copy to a file that is there, and finds every file by a link.
func TestCopyLinks(t *testing.T) {
	s := trouble(t)
	into := s.open("All is slow", "We look.", 1)
	part := s.open("Queue is slow", "We look.", 1)
	if _, err := s.Merge(t.Context(), into, part); err != nil {
		t.Fatal(err)
	}
	files, err := s.site.Files(time.Now(), "")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if _, err := Write(dir, files); err != nil {
		t.Fatal(err)
	}
	linked := map[string]bool{"index.html": true, "404.html": true, "fr/404.html": true, "badge.svg": true, "fr/badge.svg": true, list: true,
		fmt.Sprintf("incidents/%d.html", part): true, fmt.Sprintf("fr/incidents/%d.html", part): true}
	err = fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(name) != ".html" {
			return err
		}
		for _, link := range links(string(files[name])) {
			u, err := url.Parse(link)
			if err != nil || u.Scheme != "" || u.Path == "" {
				continue
			}
			to := path.Join(path.Dir(name), u.Path)
			if _, ok := files[to]; !ok {
				t.Errorf("%s leads to %s, which is not there", name, link)
			}
			linked[to] = true
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for name := range files {
		if !linked[name] {
			t.Errorf("nothing leads to %s", name)
		}
	}
}

// links are the addresses in a page.
func links(page string) (all []string) {
	for in := html.NewTokenizer(strings.NewReader(page)); in.Next() != html.ErrorToken; {
		for _, a := range in.Token().Attr {
			if a.Key == "href" && !strings.HasPrefix(a.Val, "#") {
				all = append(all, a.Val)
			}
		}
	}
	return all
}
