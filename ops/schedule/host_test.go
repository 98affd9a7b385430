package schedule

import (
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// host copies the fixture of a host, with the modes that cron wants.
func host(t *testing.T) string {
	t.Helper()
	const fixture = "../../fixtures/crontabs/host"
	root := t.TempDir()
	err := filepath.WalkDir(fixture, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(fixture, path)
		if err != nil || d.IsDir() {
			return os.MkdirAll(filepath.Join(root, name), 0o755)
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		mode := fs.FileMode(0o644)
		if strings.HasPrefix(name, "var/spool") {
			mode = 0o600
		}
		return os.WriteFile(filepath.Join(root, name), data, mode)
	})
	if err != nil {
		t.Fatal(err)
	}
	return root
}

func list(entries []Entry, problems []Problem) (names, said []string) {
	for _, e := range entries {
		name := e.Name + " " + e.User
		if e.Ignored != "" {
			name += " (ignored)"
		}
		names = append(names, name)
	}
	for _, p := range problems {
		said = append(said, p.String())
	}
	return names, said
}

func TestHostCrontabs(t *testing.T) {
	entries, problems := HostCrontabs(host(t))
	names, said := list(entries, problems)
	wantNames := []string{
		"crontab:4 root", "crontab:5 root", "crontab:6 root",
		"broken:1 root (ignored)", "broken:3 root (ignored)",
		"no-newline:1 diaspora (ignored)",
		"orphan:1 gone",
		"pod:3 root", "pod:5 diaspora", "pod:6 diaspora",
		"dada:4 dada",
	}
	if !slices.Equal(names, wantNames) {
		t.Errorf("got  %q\nwant %q", names, wantNames)
	}
	wantSaid := []string{
		"/etc/cron.d/backup.sh: cron ignores files whose name has anything but letters, digits, - and _",
		`/etc/cron.d/broken:2: bad minute "61": it goes from 0 to 59; cron ignores the whole file`,
		"/etc/cron.d/no-newline: the last line has no newline at its end; cron ignores the whole file",
		`/etc/cron.d/orphan:1: no user "gone" in /etc/passwd; unless another name service has that user, cron ignores the file`,
	}
	if !slices.Equal(said, wantSaid) {
		t.Errorf("problems\ngot  %q\nwant %q", said, wantSaid)
	}
	for _, e := range entries {
		if e.Name == "pod:5" && (e.Env["MAILTO"] != "" || e.Env["PATH"] != "/usr/local/bin:/usr/bin:/bin") {
			t.Errorf("%s has the settings %v", e.Name, e.Env)
		}
	}
}

func TestHostCrontabsTrustsAsCronDoes(t *testing.T) {
	root := host(t)
	crond := filepath.Join(root, "etc/cron.d")
	spool := filepath.Join(root, "var/spool/cron/crontabs")
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, dir := range []string{crond, spool} {
		found, err := os.ReadDir(dir)
		must(err)
		for _, f := range found {
			must(os.Remove(filepath.Join(dir, f.Name())))
		}
	}
	must(os.Remove(filepath.Join(root, "etc/crontab"))) // not there: no problem
	line := []byte("1 1 * * * root x\n")
	must(os.WriteFile(filepath.Join(crond, "writable"), line, 0o644))
	must(os.Chmod(filepath.Join(crond, "writable"), 0o664))
	must(os.WriteFile(filepath.Join(root, "linked"), line, 0o644))
	must(os.Symlink(filepath.Join(root, "linked"), filepath.Join(crond, "symlink")))
	must(os.WriteFile(filepath.Join(crond, "twice"), line, 0o644))
	must(os.Link(filepath.Join(crond, "twice"), filepath.Join(root, "other")))
	must(syscall.Mkfifo(filepath.Join(crond, "fifo"), 0o644))
	must(os.Mkdir(filepath.Join(crond, "folder"), 0o755))
	must(os.WriteFile(filepath.Join(crond, "large"), make([]byte, maxFile+1), 0o644))
	must(os.WriteFile(filepath.Join(spool, "dada"), []byte("1 1 * * * x\n"), 0o644))
	must(os.Symlink(filepath.Join(root, "linked"), filepath.Join(spool, "root")))
	must(os.WriteFile(filepath.Join(spool, "tmp.XyZ"), line, 0o600))

	names, said := list(HostCrontabs(root))
	if want := []string{"symlink:1 root"}; !slices.Equal(names, want) {
		t.Errorf("got %q, want %q", names, want)
	}
	want := []string{
		"/etc/cron.d/fifo: not read: it is not a regular file, so cron ignores it",
		"/etc/cron.d/folder: not read: it is not a regular file, so cron ignores it",
		"/etc/cron.d/large: not read: it is larger than 1024 KiB",
		"/etc/cron.d/twice: not read: it has a second hard link, so cron ignores it",
		"/etc/cron.d/writable: not read: others than its owner may write to it, so cron ignores it; chmod go-w helps",
		"/var/spool/cron/crontabs/dada: not read: its mode is not 0600, so cron ignores it",
		"/var/spool/cron/crontabs/root: not read: too many levels of symbolic links",
	}
	if !slices.Equal(said, want) {
		t.Errorf("problems\ngot  %q\nwant %q", said, want)
	}
}

func TestHostCrontabsOfAnotherOwner(t *testing.T) {
	if os.Getuid() != 0 {
		if os.Getenv("VIGIE_TEST_REAL") == "1" {
			t.Fatal("not root, so no file of another owner can be made")
		}
		t.Skip("not tested: files of another owner, that takes root")
	}
	root := host(t)
	file, link := filepath.Join(root, "etc/cron.d/pod"), filepath.Join(root, "etc/cron.d/link")
	if err := os.Chown(file, 1001, 1001); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(root, "etc/crontab"), link); err != nil {
		t.Fatal(err)
	}
	if err := os.Lchown(link, 1001, 1001); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(file, filepath.Join(root, "etc/cron.d/linked")); err != nil {
		t.Fatal(err)
	}
	names, said := list(HostCrontabs(root))
	for _, name := range []string{"pod", "link", "linked"} {
		if strings.Contains(strings.Join(names, " "), name+":") {
			t.Errorf("read a crontab that is not root's: %q", names)
		}
		if want := "/etc/cron.d/" + name + ": not read: it does not belong to root, so cron ignores it"; !slices.Contains(said, want) {
			t.Errorf("%q is not in %q", want, said)
		}
	}
}

func TestHostCrontabsWithoutTheRight(t *testing.T) {
	root := host(t)
	spool := filepath.Join(root, "var/spool/cron/crontabs")
	if err := os.Chmod(spool, 0o300); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod(spool, 0o700) })
	if os.Getuid() == 0 {
		asNobody(t, root)
	}
	names, said := list(HostCrontabs(root))
	if want := "/var/spool/cron/crontabs: the users' crontabs cannot be read by this user"; said[len(said)-1] != want {
		t.Errorf("problems %q, want %q at the end", said, want)
	}
	if !slices.Contains(names, "pod:3 root") || slices.Contains(names, "dada:4 dada") {
		t.Errorf("entries %q", names)
	}
}

// asNobody takes root's rights to files from this thread until the test ends: the kernel drops the
// capabilities that override permissions with the user ID for files (setfsuid(2)).
func asNobody(t *testing.T, root string) {
	t.Helper()
	for dir := root; dir != os.TempDir() && dir != "/"; dir = filepath.Dir(dir) {
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	runtime.LockOSThread()
	if err := syscall.Setfsuid(65534); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := syscall.Setfsuid(0); err == nil {
			runtime.UnlockOSThread()
		}
	})
}

func TestHostCrontabsOfNothing(t *testing.T) {
	if entries, problems := HostCrontabs(t.TempDir()); len(entries) != 0 || len(problems) != 0 {
		t.Errorf("%v, %v", entries, problems)
	}
}
