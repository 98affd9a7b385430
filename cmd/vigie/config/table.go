package config

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/diaspote/vigie/bot"
)

// A document is a file while it is read: where things stand in it and what was wrong so far.
type document struct {
	file   string
	lines  lineIndex
	errors Errors
}

func (d *document) fail(line int, hint, format string, args ...any) {
	d.errors = append(d.errors, Error{File: d.file, Line: line, Text: fmt.Sprintf(format, args...), Hint: hint})
}

// A table hands out the values of one TOML table, each with the check of its type. What nobody asked
// for by the time of [table.done] is an unknown key, so that the code that reads the keys is the only
// list of them.
type table struct {
	doc    *document
	place  string // for lineIndex
	name   string // as the file says it: "[xmpp]"; "" at the top
	values map[string]any
	asked  []string
}

// line is where a key stands, or the table where it is missing.
func (t *table) line(key string) int {
	if line, ok := t.doc.lines[join(t.place, key)]; ok {
		return line
	}
	return t.doc.lines[t.place]
}

// fail notes what is wrong with a key.
func (t *table) fail(key, hint, format string, args ...any) {
	t.doc.fail(t.line(key), hint, format, args...)
}

// called is a key as errors name it: "jid in [xmpp]".
func (t *table) called(key string) string {
	if t.name == "" {
		return key
	}
	return key + " in " + t.name
}

func (t *table) get(key string) (any, bool) {
	t.asked = append(t.asked, key)
	v, ok := t.values[key]
	return v, ok
}

// text is a string that is not empty, or "".
func (t *table) text(key string) string {
	v, ok := t.get(key)
	if !ok {
		return ""
	}
	s, ok := v.(string)
	if !ok {
		t.fail(key, fmt.Sprintf(`write %s = "…"`, key), "%s is %s, not a string", t.called(key), kind(v))
		return ""
	}
	if !t.clean(t.line(key), t.called(key), s) {
		return ""
	}
	return s
}

// need notes a key that must be there and is not, a string as in the example.
func (t *table) need(key, example string) { t.needs(key, strconv.Quote(example)) }

// needs is need for any value, as TOML writes it.
func (t *table) needs(key, example string) {
	if _, ok := t.values[key]; !ok {
		t.fail(key, fmt.Sprintf("add %s = %s", key, example), "%s is missing", t.called(key))
	}
}

// A check returns a value in its one true form, or what is wrong with it.
type check func(string) (string, *fault)

// A fault is what is wrong with a value, and what to do about it.
type fault struct{ text, hint string }

// fails is a fault that quotes the value.
func fails(s, text, hint string) (string, *fault) {
	return "", &fault{fmt.Sprintf("%q %s", bot.Clip(s, 60), text), hint}
}

// checked is a string that passed a check, or "".
func (t *table) checked(key string, check check) string {
	s := t.text(key)
	if s == "" {
		return ""
	}
	return t.pass(t.line(key), t.called(key), s, check)
}

// pass is a value in its true form, or "" once what is wrong with it is noted.
func (t *table) pass(line int, called, s string, check check) string {
	s, wrong := check(s)
	if wrong != nil {
		t.doc.fail(line, wrong.hint, "%s: %s", called, wrong.text)
		return ""
	}
	return s
}

// list is a list of strings that each passed a check, and are there once; given tells an empty list
// from a missing one.
func (t *table) list(key string, check check) (list []string, given bool) {
	v, ok := t.get(key)
	if !ok {
		return nil, false
	}
	hint := fmt.Sprintf(`write %s = ["…"]`, key)
	values, ok := v.([]any)
	if !ok {
		t.fail(key, hint, "%s is %s, not a list of strings", t.called(key), kind(v))
		return nil, true
	}
	for i, v := range values {
		line := t.doc.lines[join(join(t.place, key), strconv.Itoa(i))]
		s, ok := v.(string)
		if !ok {
			t.doc.fail(line, hint, "%s holds %s, not a string", t.called(key), kind(v))
			continue
		}
		if !t.clean(line, t.called(key), s) {
			continue
		}
		if s = t.pass(line, t.called(key), s, check); slices.Contains(list, s) {
			t.doc.fail(line, "name it once", "%s: %s is there twice", t.called(key), s)
		} else if s != "" {
			list = append(list, s)
		}
	}
	return list, true
}

// duration is a string such as "90s", within bounds.
func (t *table) duration(key string, otherwise, least, most time.Duration) time.Duration {
	s := t.text(key)
	if s == "" {
		return otherwise
	}
	d, err := time.ParseDuration(s)
	if err != nil {
		t.fail(key, fmt.Sprintf(`write it as in %s = "90s" or "2m"`, key), "%s is no duration: %q", t.called(key), s)
		return otherwise
	}
	if d < least || d > most {
		t.fail(key, fmt.Sprintf("give it between %s and %s", short(least), short(most)), "%s is out of bounds: %q", t.called(key), s)
		return otherwise
	}
	return d
}

// number is a whole number within bounds.
func (t *table) number(key string, otherwise, least, most int) int {
	v, ok := t.get(key)
	if !ok {
		return otherwise
	}
	n, ok := v.(int64)
	if !ok {
		t.fail(key, fmt.Sprintf("write it as in %s = %d", key, otherwise), "%s is %s, not a whole number", t.called(key), kind(v))
		return otherwise
	}
	if n < int64(least) || n > int64(most) {
		t.fail(key, fmt.Sprintf("give it between %d and %d", least, most), "%s is out of bounds: %d", t.called(key), n)
		return otherwise
	}
	return int(n)
}

// flag is true or false, false if it is missing.
func (t *table) flag(key string) bool {
	v, ok := t.get(key)
	if !ok {
		return false
	}
	b, ok := v.(bool)
	if !ok {
		t.fail(key, fmt.Sprintf("write %s = true, without quotes", key), "%s is %s, not true or false", t.called(key), kind(v))
	}
	return b
}

// table is the [table] below a key, nil if there is none.
func (t *table) table(key string) *table {
	v, ok := t.get(key)
	if !ok {
		return nil
	}
	name := "[" + t.path(key) + "]"
	values, ok := v.(map[string]any)
	if !ok {
		t.fail(key, "write a line "+name+" and its keys below it", "%s is %s, not a table", t.called(key), kind(v))
		return nil
	}
	return &table{doc: t.doc, place: join(t.place, key), name: name, values: values}
}

// path is a key as a [header] writes it.
func (t *table) path(key string) string {
	if t.name == "" {
		return key
	}
	return strings.Trim(t.name, "[]") + "." + key
}

// tables are the [[tables]] below a key.
func (t *table) tables(key string) []*table {
	v, ok := t.get(key)
	if !ok {
		return nil
	}
	name := "[[" + t.path(key) + "]]"
	hint := "write a line " + name + " and its keys below it"
	list, ok := v.([]any)
	if !ok {
		t.fail(key, hint, "%s is %s, not a list of tables", t.called(key), kind(v))
		return nil
	}
	var tables []*table
	for i, v := range list {
		place := join(join(t.place, key), strconv.Itoa(i))
		values, ok := v.(map[string]any)
		if !ok {
			t.doc.fail(t.doc.lines[place], hint, "%s holds %s, not a table", t.called(key), kind(v))
			continue
		}
		tables = append(tables, &table{doc: t.doc, place: place, name: name, values: values})
	}
	return tables
}

// keys are the names in a table where the admin chooses them, in the order of the file.
func (t *table) keys() []string {
	return slices.SortedFunc(maps.Keys(t.values), func(a, b string) int {
		if t.line(a) != t.line(b) {
			return t.line(a) - t.line(b)
		}
		return strings.Compare(a, b)
	})
}

// done notes every key that nobody asked for.
func (t *table) done() {
	for _, key := range t.keys() {
		if slices.Contains(t.asked, key) {
			continue
		}
		if hint := secretHint(key, t.asked); hint != "" {
			t.fail(key, hint, "%s: a secret has no place in this file", t.called(bot.Clip(key, 60)))
			continue
		}
		where := "at the top of the file"
		if t.name != "" {
			where = "in " + t.name
		}
		t.fail(key, didYouMean(key, t.asked), "unknown key %q %s", bot.Clip(key, 60), where)
	}
}

// clean refuses a string that no key can mean.
func (t *table) clean(line int, called, s string) bool {
	switch {
	case s == "":
		t.doc.fail(line, "leave it out or give it a value", "%s is empty", called)
	case len(s) > 1024:
		t.doc.fail(line, "", "%s is longer than 1024 bytes", called)
	case strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }):
		t.doc.fail(line, "type it anew", "%s holds a character that cannot be seen", called)
	case looksSecret(s):
		t.doc.fail(line, "put it into a file that vigie alone may read, and name the file", "%s holds a token", called)
	default:
		return true
	}
	return false
}

// kind is a TOML value's type in words.
func kind(v any) string {
	switch v.(type) {
	case string:
		return "a string"
	case int64:
		return "a number"
	case float64:
		return "a number with a point"
	case bool:
		return "true or false"
	case []any:
		return "a list"
	case map[string]any:
		return "a table"
	}
	return "a date or a time"
}

// short is a duration without its zeros: "2m", not "2m0s".
func short(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}
