package config

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

const withSecret = "[xmpp]\njid = 'vigie@diaspote.org'\npassword_file = 'xmpp.password'\n" +
	"[people.dada]\nrole = 'admin'\nxmpp = 'dada@diaspote.org'\n"

// TestSecretFile is about the file itself, where git could not keep it as it is.
func TestSecretFile(t *testing.T) {
	for _, test := range []struct {
		name string
		make func(t *testing.T, path string)
		want string // of the error; "" if it is good
	}{
		{"of the user", func(t *testing.T, path string) { write(t, path, []byte("hunter2\n")) }, ""},
		{"of a group", func(t *testing.T, path string) { write(t, path, []byte("hunter2\n")); mode(t, path, 0o640) }, ""},
		{"of everyone", func(t *testing.T, path string) { write(t, path, []byte("hunter2\n")); mode(t, path, 0o644) }, "PATH is open to everyone on this host; run chmod o= PATH"},
		{"written by everyone", func(t *testing.T, path string) { write(t, path, []byte("hunter2\n")); mode(t, path, 0o602) }, "PATH is open to everyone on this host; run chmod o= PATH"},
		{"large", func(t *testing.T, path string) { write(t, path, []byte(strings.Repeat("hunter2", 1000))) }, "PATH is larger than 4096 bytes"},
		{"binary", func(t *testing.T, path string) { write(t, path, []byte("hunter2\xff")) }, "PATH holds more than one line of text; write nothing but the secret into it"},
		{"a pipe", func(t *testing.T, path string) {
			if err := syscall.Mkfifo(path, 0o600); err != nil {
				t.Fatal(err)
			}
		}, "PATH is not a plain file"},
	} {
		t.Run(test.name, func(t *testing.T) {
			clearEnvironment(t)
			dir := t.TempDir()
			path := filepath.Join(dir, "xmpp.password")
			test.make(t, path)
			c, err := parse("vigie.toml", []byte(withSecret), dir)
			if test.want == "" {
				if err != nil || c.XMPP.Password.Reveal() != "hunter2" {
					t.Errorf("%v, %v", c, err)
				}
				return
			}
			want := "vigie.toml:3: password_file in [xmpp]: " + strings.ReplaceAll(test.want, "PATH", path)
			if err == nil || err.Error() != want {
				t.Errorf("got:\n%v\nwant:\n%s", err, want)
			}
		})
	}
}

func mode(t *testing.T, path string, m os.FileMode) {
	t.Helper()
	if err := os.Chmod(path, m); err != nil {
		t.Fatal(err)
	}
}

// TestCredential prefers what systemd hands over to a file of the same name.
func TestCredential(t *testing.T) {
	clearEnvironment(t)
	dir, credentials := t.TempDir(), t.TempDir()
	write(t, filepath.Join(dir, "xmpp.password"), []byte("from the file"))
	t.Setenv("CREDENTIALS_DIRECTORY", credentials)

	for _, want := range []string{"from the file", "from systemd"} {
		c, err := parse("vigie.toml", []byte(withSecret), dir)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.XMPP.Password.Reveal(); got != want {
			t.Errorf("%q, not %q", got, want)
		}
		write(t, filepath.Join(credentials, "xmpp.password"), []byte("from systemd\n"))
	}
}

// TestConfigFile is about the file itself, as TestSecretFile.
func TestConfigFile(t *testing.T) {
	for _, test := range []struct {
		name string
		make func(t *testing.T, path string)
		want string
	}{
		{"a folder", func(t *testing.T, path string) { write(t, filepath.Join(path, "x"), nil) }, "PATH: is a folder, not a file"},
		{"large", func(t *testing.T, path string) { write(t, path, []byte(strings.Repeat("# \n", 1<<16))) }, "PATH: is larger than 65536 bytes"},
		{"not UTF-8", func(t *testing.T, path string) { write(t, path, []byte("# fine: é\n# Latin-1: \xe9\n")) }, "PATH:2: this line is not UTF-8; save the file as UTF-8"},
		{"written by everyone", func(t *testing.T, path string) { write(t, path, []byte("host = 'h'\n")); mode(t, path, 0o666) },
			"PATH: everyone on this host may change it; run chmod o-w PATH"},
	} {
		t.Run(test.name, func(t *testing.T) {
			clearEnvironment(t)
			path := filepath.Join(t.TempDir(), "vigie.toml")
			test.make(t, path)
			_, err := Load(path)
			if want := strings.ReplaceAll(test.want, "PATH", path); err == nil || err.Error() != want {
				t.Errorf("got:\n%v\nwant:\n%s", err, want)
			}
		})
	}
}

func TestDefaultsFromSystemd(t *testing.T) {
	clearEnvironment(t)
	for _, test := range []struct{ state, run, wantState, wantSocket string }{
		{"", "", "/var/lib/vigie", "/run/vigie/vigie.sock"},
		{"/var/lib/a:/var/lib/b", "/run/a:/run/b", "/var/lib/a", "/run/a/vigie.sock"},
	} {
		t.Setenv("STATE_DIRECTORY", test.state)
		t.Setenv("RUNTIME_DIRECTORY", test.run)
		c, err := parse("vigie.toml", []byte("host = 'h'"), "/")
		if err != nil {
			t.Fatal(err)
		}
		if c.StateDir != test.wantState || c.Socket != test.wantSocket {
			t.Errorf("%+v: %s, %s", test, c.StateDir, c.Socket)
		}
	}
}

func TestFind(t *testing.T) {
	clearEnvironment(t)
	if _, err := os.Stat("/etc/vigie/vigie.toml"); err == nil {
		if os.Getenv("VIGIE_TEST_REAL") == "1" {
			t.Fatal("missing: a host without a config of vigie")
		}
		t.Skip("not tested: where a config is looked for; this host has one of its own")
	}
	home := t.TempDir()
	t.Setenv("XDG_CONFIG_HOME", home)
	if path, found := Find(""); found {
		t.Errorf("found %s where there is none", path)
	}
	want := filepath.Join(home, "vigie", "vigie.toml")
	write(t, want, nil)
	if path, found := Find(""); path != want || !found {
		t.Errorf("%s, %v", path, found)
	}
	t.Setenv("VIGIE_CONFIG", "/nowhere")
	if path, found := Find(""); path != "/nowhere" || !found {
		t.Errorf("%s, %v", path, found)
	}
	if path, found := Find("given"); path != "given" || !found {
		t.Errorf("%s, %v", path, found)
	}
}

// TestSocketOf is for one who may not read the secrets that the same file names.
func TestSocketOf(t *testing.T) {
	for text, want := range map[string]string{
		withSecret: "",
		"socket = '/run/other/vigie.sock'\n" + withSecret: "/run/other/vigie.sock",
		"socket = 'vigie.sock'":                           "",
		"socket = 5":                                      "",
		"socket = ":                                       "",
	} {
		path := filepath.Join(t.TempDir(), "vigie.toml")
		write(t, path, []byte(text))
		if got := SocketOf(path); got != want {
			t.Errorf("%q: %q, not %q", text, got, want)
		}
	}
	if got := SocketOf("/nowhere/vigie.toml"); got != "" {
		t.Errorf("of no file: %q", got)
	}
}
