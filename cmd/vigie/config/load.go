package config

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/pelletier/go-toml/v2"

	"github.com/diaspote/vigie/bot"
)

// maxConfig bounds the config file, in bytes.
const maxConfig = 64 << 10

// Load reads and checks the file and the secrets that it names. The error is [Errors]: all that is
// wrong, at once.
func Load(path string) (*Config, error) {
	data, mode, err := readSmall(path, maxConfig)
	var bad *fileError
	switch {
	case errors.As(err, &bad):
		return nil, Errors{{File: path, Text: bad.text}}
	case errors.Is(err, fs.ErrNotExist):
		return nil, Errors{{File: path, Text: "no such file", Hint: "vigie example-config prints one to start from"}}
	case errors.Is(err, fs.ErrPermission):
		return nil, Errors{{File: path, Text: "this user may not read it", Hint: "run vigie as the user it belongs to"}}
	case err != nil:
		return nil, Errors{{File: path, Text: "cannot be read: " + cause(err).Error()}}
	case mode&0o002 != 0: // else any local account could make itself an admin
		return nil, Errors{{File: path, Text: "everyone on this host may change it", Hint: "run chmod o-w " + path}}
	}
	dir, err := filepath.Abs(filepath.Dir(path))
	if err != nil {
		return nil, Errors{{File: path, Text: "its folder cannot be told: " + err.Error()}}
	}
	return parse(path, data, dir)
}

// parse is Load for what the file holds; secrets are looked for from dir.
func parse(path string, data []byte, dir string) (*Config, error) {
	values, bad := readTOML(path, data)
	if bad != nil {
		return nil, Errors{*bad}
	}
	doc := &document{file: path, lines: indexLines(data)}
	top := &table{doc: doc, values: values}
	c := decode(top, dir)
	c.Path = path
	if len(doc.errors) > 0 {
		slices.SortStableFunc(doc.errors, func(a, b Error) int { return a.Line - b.Line })
		return nil, doc.errors
	}
	return c, nil
}

// readTOML reads the document as far as TOML goes. Where that fails, nothing can be said of the rest.
func readTOML(path string, data []byte) (map[string]any, *Error) {
	if !utf8.Valid(data) {
		line := 1
		for l := range bytes.Lines(data) {
			if !utf8.Valid(l) {
				break
			}
			line++
		}
		return nil, &Error{path, line, "this line is not UTF-8", "save the file as UTF-8"}
	}
	var values map[string]any
	err := toml.Unmarshal(data, &values)
	var at *toml.DecodeError
	if errors.As(err, &at) {
		line, _ := at.Position()
		return nil, tomlError(path, line, at, data)
	}
	if err != nil {
		return nil, &Error{File: path, Text: "not valid TOML: " + strings.TrimPrefix(err.Error(), "toml: ")}
	}
	if len(values) == 0 {
		return nil, &Error{File: path, Text: "there is nothing in it", Hint: "vigie example-config prints a config to start from"}
	}
	return values, nil
}

// tomlError is a fault of syntax. The library's words may quote the document, so they are left out
// where a secret may stand.
func tomlError(path string, line int, err error, data []byte) *Error {
	e := &Error{File: path, Line: line, Text: "not valid TOML: " + strings.TrimPrefix(err.Error(), "toml: ")}
	if strings.Contains(e.Text, "already") { // names a key alone
		e.Hint = "join the two"
		return e
	}
	lines := strings.Split(string(data), "\n")
	text := lines[min(max(line, 1), len(lines))-1]
	if namesSecret(text) || strings.Contains(text, "xapp-") || strings.Contains(text, "xox") {
		return &Error{path, line, "this line is not valid TOML", "a secret has no place in it, only the name of its file in quotes"}
	}
	e.Hint = "look for a quote or a bracket that is missing or too many, here or above"
	if key, value, found := strings.Cut(text, "="); found && unquoted(value) {
		e.Hint = fmt.Sprintf(`text stands in quotes: %s = "…"`, strings.TrimSpace(bot.Clip(key, 60)))
	}
	return e
}

// unquoted tells a value that was meant as text.
func unquoted(value string) bool {
	value = strings.TrimSpace(value)
	return value != "" && !strings.ContainsAny(value[:1], `"'[{`)
}
