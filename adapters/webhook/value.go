package webhook

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// An object is a JSON object of which nothing is sure: what is missing, or of another type than expected, is
// zero. So unknown fields and versions are taken.
type object map[string]any

// decode reads a body: JSON, or a form, whose field "payload" then holds JSON, as Slack's older senders and GitHub
// have it. The type that the sender gives is not asked: curl calls everything a form.
func decode(body []byte) (any, error) {
	body = bytes.TrimSpace(bytes.TrimPrefix(body, []byte("\ufeff")))
	if len(body) == 0 {
		return nil, errors.New("the body is empty")
	}
	if body[0] != '{' && body[0] != '[' && !bytes.ContainsAny(body, " \n\"") && bytes.IndexByte(body, '=') > 0 {
		return decodeForm(string(body))
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	var value any
	if err := dec.Decode(&value); err != nil {
		return nil, fmt.Errorf("no valid JSON: %w", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("no valid JSON: more follows after its end")
	}
	return value, nil
}

func decodeForm(body string) (any, error) {
	form, err := url.ParseQuery(body)
	if err != nil {
		return nil, errors.New("neither JSON nor a form")
	}
	if payload := form.Get("payload"); payload != "" && (payload[0] == '{' || payload[0] == '[') {
		return decode([]byte(payload))
	}
	fields := make(map[string]any, len(form))
	for name := range form {
		fields[name] = form.Get(name)
	}
	return fields, nil
}

// asObject is v if that is an object, else nil.
func asObject(v any) object {
	switch v := v.(type) {
	case object:
		return v
	case map[string]any:
		return v
	}
	return nil
}

func (o object) object(name string) object { return asObject(o[name]) }

func (o object) list(name string) []any {
	l, _ := o[name].([]any)
	return l
}

// objects are those elements of a list that are objects.
func (o object) objects(name string) []object {
	var all []object
	for _, v := range o.list(name) {
		if one := asObject(v); one != nil {
			all = append(all, one)
		}
	}
	return all
}

// text is the first of these fields that says something, as text; numbers and booleans too.
func (o object) text(names ...string) string {
	for _, name := range names {
		if s := scalar(o[name]); s != "" {
			return s
		}
	}
	return ""
}

func (o object) has(name string) bool {
	_, ok := o[name]
	return ok
}

func (o object) yes(name string) bool { return o[name] == true || scalar(o[name]) == "true" }

// names are those of the fields, sorted.
func (o object) names() []string { return slices.Sorted(maps.Keys(o)) }

// scalar is a string, a number or a boolean as text, trimmed; anything else is "".
func scalar(v any) string {
	switch v := v.(type) {
	case string:
		return strings.TrimSpace(v)
	case json.Number:
		return v.String()
	case bool:
		return strconv.FormatBool(v)
	}
	return ""
}

// layouts of times as they are met; without a zone they are UTC.
var layouts = []string{time.RFC3339Nano, "2006-01-02T15:04:05Z0700", "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05 -0700 MST",
	"2006-01-02 15:04:05 MST", "2006-01-02T15:04:05", "2006-01-02 15:04:05", time.RFC1123Z, time.RFC1123, "2006-01-02 15:04"}

// moment reads a time, also as seconds or milliseconds since 1970. It is zero if s is none, or one that no clock
// that is set could show: before 2000 or more than a day from now.
func moment(s string, now time.Time) time.Time {
	at := anyMoment(s)
	if at.Year() < 2000 || at.After(now.Add(24*time.Hour)) {
		return time.Time{}
	}
	return at
}

func anyMoment(s string) time.Time {
	for _, layout := range layouts {
		if at, err := time.Parse(layout, s); err == nil {
			return at
		}
	}
	n, err := strconv.ParseFloat(s, 64)
	switch {
	case err != nil || n < 0 || n > 1e14:
		return time.Time{}
	case n > 1e11:
		return time.UnixMilli(int64(n)).UTC()
	}
	return time.Unix(int64(n), 0).UTC()
}

// or is at, or now if at is zero.
func or(at, now time.Time) time.Time {
	if at.IsZero() {
		return now
	}
	return at
}

// oneOf is the first text that says something.
func oneOf(texts ...string) string { return cmp.Or(texts...) }
