package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"unicode"
	"unicode/utf8"

	"github.com/diaspote/vigie/bot"
)

// A Secret is a password or a token that no print, log or encoding shows: only Reveal does. It is
// held by a pointer, so that even a print of a struct that hides one in a field shows an address.
type Secret struct{ value *string }

// NewSecret wraps a value that is to be kept from prints.
func NewSecret(value string) Secret { return Secret{&value} }

// Reveal is the secret itself, for the service that asks for it; "" if there is none.
func (s Secret) Reveal() string {
	if s.value == nil {
		return ""
	}
	return *s.value
}

// IsZero tells that there is no secret.
func (s Secret) IsZero() bool { return s.value == nil }

const hidden = "(secret)"

func (s Secret) String() string               { return hidden }
func (s Secret) GoString() string             { return hidden }
func (s Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }
func (s Secret) LogValue() slog.Value         { return slog.StringValue(hidden) }

// maxSecret bounds a secret's file, in bytes; tokens are around a hundred.
const maxSecret = 4096

// secret reads the file that a key names: a systemd credential of that name where there is one
// (systemd.exec(5), $CREDENTIALS_DIRECTORY), else a file beside the config. Its errors name what the
// file is called only once there is such a file: before that it may be a password in the wrong place.
func (t *table) secret(key, dir string) Secret {
	name := t.text(key)
	if name == "" {
		return Secret{}
	}
	path, data, err := readSecret(name, dir)
	var bad *fileError
	switch {
	case errors.As(err, &bad):
		t.fail(key, bad.hint, "%s: %s %s", t.called(key), path, bad.text)
	case errors.Is(err, fs.ErrNotExist):
		where := ""
		if !filepath.IsAbs(name) {
			where = " in " + dir + ", and no systemd credential of that name"
		}
		t.fail(key, "write the secret into a file of mode 0600 and give its name", "%s: there is no such file%s", t.called(key), where)
	case errors.Is(err, fs.ErrPermission):
		t.fail(key, "give it to the user that vigie runs as", "%s: this user may not read that file", t.called(key))
	case err != nil:
		t.fail(key, "", "%s: that file cannot be read: %s", t.called(key), cause(err))
	default:
		return NewSecret(data)
	}
	return Secret{}
}

// A fileError is a file that is there and is no good.
type fileError struct{ text, hint string }

func (e *fileError) Error() string { return e.text }

// SecretFile reads the file of a secret that a command line names; "" is none.
func SecretFile(path string) (Secret, error) {
	if path == "" {
		return Secret{}, nil
	}
	dir, err := filepath.Abs(".")
	if err != nil {
		return Secret{}, err
	}
	path, value, err := readSecret(path, dir)
	var bad *fileError
	switch {
	case errors.As(err, &bad):
		return Secret{}, fmt.Errorf("%s %s; %s", path, bad.text, bad.hint)
	case err != nil:
		return Secret{}, fmt.Errorf("read %s: %w", path, cause(err))
	}
	return NewSecret(value), nil
}

func readSecret(name, dir string) (path, value string, err error) {
	path = find(name, dir)
	data, mode, err := readSmall(path, maxSecret)
	if err != nil {
		return path, "", err
	}
	// Whoever reads this file speaks as the bot, so it is refused, as ssh refuses such a key. A
	// group may read it: root:vigie 0640 is a sound way to keep it.
	if mode&0o007 != 0 {
		return path, "", &fileError{"is open to everyone on this host", "run chmod o= " + path}
	}
	value = strings.TrimRight(string(data), "\r\n")
	switch {
	case value == "":
		return path, "", &fileError{"is empty", "write the secret into it, on one line"}
	case !utf8.ValidString(value) || strings.ContainsFunc(value, unicode.IsControl):
		return path, "", &fileError{"holds more than one line of text", "write nothing but the secret into it"}
	}
	return path, value, nil
}

// find says where a secret is.
func find(name, dir string) string {
	if filepath.IsAbs(name) {
		return name
	}
	if given := os.Getenv("CREDENTIALS_DIRECTORY"); given != "" && filepath.Base(name) == name {
		path := filepath.Join(given, name)
		if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
			return path
		}
	}
	return filepath.Join(dir, name)
}

// readSmall reads a plain file of at most max bytes. It never waits, as the open of a FIFO would.
func readSmall(path string, max int64) ([]byte, fs.FileMode, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, 0, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, 0, err
	}
	if info.IsDir() {
		return nil, 0, &fileError{text: "is a folder, not a file"}
	}
	if !info.Mode().IsRegular() {
		return nil, 0, &fileError{text: "is not a plain file"}
	}
	data, err := io.ReadAll(io.LimitReader(f, max+1))
	if err != nil {
		return nil, 0, err
	}
	if int64(len(data)) > max {
		return nil, 0, &fileError{text: fmt.Sprintf("is larger than %d bytes", max)}
	}
	return data, info.Mode(), nil
}

// cause is an error without the path that it happened on.
func cause(err error) error {
	var at *fs.PathError
	if errors.As(err, &at) {
		return at.Err
	}
	return err
}

// secretHint says what to write in place of a key that is meant to hold a secret itself; "" if the
// key is none of those.
func secretHint(key string, known []string) string {
	if !namesSecret(key) || strings.HasSuffix(key, "_file") {
		return ""
	}
	want := key + "_file"
	if !slices.Contains(known, want) {
		var files []string
		for _, k := range known {
			if strings.HasSuffix(k, "_file") && namesSecret(k) {
				files = append(files, k)
			}
		}
		if len(files) == 0 {
			return "remove it, and keep it in a file that vigie alone may read"
		}
		want = files[0]
		if near := bot.Nearest(key+"_file", files); near != "" {
			want = near
		}
	}
	return fmt.Sprintf(`put it into a file of mode 0600 and write %s = "FILE"`, want)
}

func namesSecret(key string) bool {
	key = strings.ToLower(key)
	for _, word := range []string{"pass", "token", "secret"} {
		if strings.Contains(key, word) {
			return true
		}
	}
	return false
}

// looksSecret recognises Slack's tokens, https://api.slack.com/concepts/token-types: people paste
// them where the name of their file belongs.
func looksSecret(s string) bool {
	return strings.HasPrefix(s, "xapp-") || strings.HasPrefix(s, "xox")
}
