package cachet

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"math"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// What one request may bring.
const (
	maxBody   = 256 << 10
	mostItems = 500 // in one list
)

// fields are what a client has sent, of the address, a form and JSON together, by name, and what was wrong with those that were
// asked for.
type fields struct {
	all   map[string]field
	wrong []string
}

// A field is one value, or a list of them.
type field struct {
	text  string
	null  bool
	items []item
	list  bool // it is one, be it empty
}

// An item of a list has a key if it was written as in {"3": 1} or a[3]=1.
type item struct{ key, text string }

// decode reads all that came with a request. What is in the body counts before what is in the address, as in Laravel.
func decode(w http.ResponseWriter, r *http.Request) (fields, error) {
	f := fields{all: map[string]field{}}
	if err := f.encoded(r.URL.RawQuery); err != nil {
		return f, err
	}
	if reads(r) || r.Body == nil || r.Body == http.NoBody {
		return f, nil
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		if large := (*http.MaxBytesError)(nil); errors.As(err, &large) {
			return f, err
		}
		return f, wrong([]string{"The body did not arrive in full."})
	}
	return f, f.body(r.Header.Get("Content-Type"), body)
}

// body adds what is in one. Some programs say of JSON that it is a form, as curl does, or nothing.
func (f *fields) body(contentType string, body []byte) error {
	body = bytes.TrimSpace(body)
	if len(body) == 0 || string(body) == "[]" { // as PHP writes no fields at all in JSON
		return nil
	}
	kind, parameters, err := mime.ParseMediaType(contentType)
	if contentType != "" && err != nil {
		return wrong([]string{"The Content-Type cannot be read."})
	}
	isJSON := strings.HasSuffix(kind, "/json") || strings.HasSuffix(kind, "+json")
	switch {
	case isJSON || body[0] == '{' && (kind == "" || kind == "text/plain" || kind == "application/x-www-form-urlencoded"):
		return f.json(body)
	case kind == "multipart/form-data":
		return f.parts(body, parameters["boundary"])
	case kind == "" || kind == "text/plain" || kind == "application/x-www-form-urlencoded":
		return f.encoded(string(body))
	}
	return &failure{status: http.StatusUnsupportedMediaType, detail: "The body is neither JSON nor a form."}
}

// encoded adds what is in a query string or a form. As in PHP, what is not encoded as it should be stands for itself, as when a script
// says "message=100% up again; sorry".
func (f *fields) encoded(s string) error {
	var b strings.Builder
	for n, c := range []byte(s) {
		switch {
		case c == ';':
			b.WriteString("%3B")
		case c == '%' && (n+2 >= len(s) || !hex(s[n+1]) || !hex(s[n+2])):
			b.WriteString("%25")
		default:
			b.WriteByte(c)
		}
	}
	values, err := url.ParseQuery(b.String())
	if err != nil {
		return wrong([]string{"The form cannot be read: " + err.Error() + "."})
	}
	f.form(values)
	return nil
}

func hex(c byte) bool { return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'f' }

// form adds values of a form. A name may be that of a list, as PHP has it: a[]=1, a[3]=1.
func (f *fields) form(values url.Values) {
	for _, name := range slices.Sorted(maps.Keys(values)) {
		all := values[name]
		base, key, ok := strings.Cut(name, "[")
		key, closed := strings.CutSuffix(key, "]")
		if !ok || !closed || base == "" || strings.ContainsAny(key, "[]") {
			f.all[name] = field{text: all[len(all)-1]}
			continue
		}
		one := f.all[base]
		if !one.list {
			one = field{list: true}
		}
		for _, text := range all {
			if len(one.items) < mostItems {
				one.items = append(one.items, item{key, text})
			}
		}
		f.all[base] = one
	}
}

// parts adds what is in a form of several parts. Files are none of the API's.
func (f *fields) parts(body []byte, boundary string) error {
	bad := wrong([]string{"The form cannot be read."})
	if boundary == "" {
		return bad
	}
	values := url.Values{}
	for in := multipart.NewReader(bytes.NewReader(body), boundary); ; {
		part, err := in.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return bad
		}
		text, err := io.ReadAll(part)
		if err != nil {
			return bad
		}
		if part.FormName() != "" && part.FileName() == "" {
			values.Add(part.FormName(), string(text))
		}
	}
	f.form(values)
	return nil
}

// json adds the members of an object. Only lists and objects in it that are asked for are read, and those not deeply.
func (f *fields) json(body []byte) error {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(body, &members); err != nil {
		return wrong([]string{"The JSON cannot be read: " + err.Error() + "."})
	}
	for name, raw := range members {
		f.all[name] = parse(raw)
	}
	return nil
}

// parse reads a value of JSON, which is valid.
func parse(raw json.RawMessage) field {
	switch raw[0] {
	case 'n':
		return field{null: true}
	case '[':
		var items []json.RawMessage
		_ = json.Unmarshal(raw, &items)
		f := field{list: true}
		for _, raw := range items[:min(len(items), mostItems)] {
			f.items = append(f.items, item{text: scalar(raw)})
		}
		return f
	case '{':
		var items map[string]json.RawMessage
		_ = json.Unmarshal(raw, &items)
		f := field{list: true}
		for name, raw := range items {
			f.items = append(f.items, item{name, scalar(raw)})
		}
		slices.SortFunc(f.items, func(a, b item) int { return strings.Compare(a.key, b.key) })
		f.items = f.items[:min(len(f.items), mostItems)]
		return f
	}
	return field{text: scalar(raw)}
}

// scalar is a value as a form would have it; of an object, the number that it is known by.
func scalar(raw json.RawMessage) string {
	switch raw[0] {
	case '"':
		var s string
		_ = json.Unmarshal(raw, &s)
		return s
	case '{':
		var of struct {
			Component json.RawMessage `json:"component_id"`
			ID        json.RawMessage `json:"id"`
		}
		_ = json.Unmarshal(raw, &of)
		for _, id := range []json.RawMessage{of.Component, of.ID} {
			if len(id) > 0 && id[0] != '{' && id[0] != '[' && id[0] != 'n' {
				return scalar(id)
			}
		}
		return ""
	case '[', 'n':
		return ""
	}
	return string(raw)
}

// given is a field that has a value. null is none.
func (f *fields) given(name string) (field, bool) {
	one, ok := f.all[name]
	return one, ok && !one.null
}

// need complains of each that is missing or empty.
func (f *fields) need(names ...string) {
	for _, name := range names {
		if one, ok := f.given(name); !ok || !one.list && strings.TrimSpace(one.text) == "" {
			f.blame(name, "field is required")
		}
	}
}

func (f *fields) blame(name, why string) { f.wrong = append(f.wrong, "The "+name+" "+why+".") }

// err is what was wrong with what was asked for.
func (f *fields) err() error {
	if len(f.wrong) == 0 {
		return nil
	}
	return wrong(f.wrong)
}

// text is a text, which may be empty.
func (f *fields) text(name string) (string, bool) {
	one, ok := f.given(name)
	if ok && one.list {
		f.blame(name, "must be a string")
		return "", false
	}
	return one.text, ok
}

// word is a text without what surrounds it, which an empty one is not.
func (f *fields) word(name string) (string, bool) {
	s, ok := f.text(name)
	s = strings.TrimSpace(s)
	return s, ok && s != ""
}

// number is a whole number; "3.0" is one, as PHP takes it.
func (f *fields) number(name string) (int, bool) {
	s, ok := f.word(name)
	if !ok {
		return 0, false
	}
	n, ok := whole(s)
	if !ok {
		f.blame(name, "must be an integer")
	}
	return n, ok
}

func whole(s string) (int, bool) {
	if head, tail, ok := strings.Cut(s, "."); ok && strings.Trim(tail, "0") == "" {
		s = head
	}
	n, err := strconv.ParseInt(s, 10, 32)
	return int(n), err == nil
}

// real is any number.
func (f *fields) real(name string) (float64, bool) {
	s, ok := f.word(name)
	if !ok {
		return 0, false
	}
	n, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(n) || math.IsInf(n, 0) || strings.ContainsAny(s, "xX_") {
		f.blame(name, "must be a number")
		return 0, false
	}
	return n, true
}

// flag is yes or no, in the words of PHP, Python and forms.
func (f *fields) flag(name string) (yes, ok bool) {
	s, ok := f.word(name)
	if !ok {
		return false, false
	}
	yes, ok = truth(s)
	if !ok {
		f.blame(name, "must be true or false")
	}
	return yes, ok
}

func truth(s string) (yes, ok bool) {
	switch strings.ToLower(s) {
	case "1", "true", "on", "yes":
		return true, true
	case "0", "false", "off", "no":
		return false, true
	}
	return false, false
}

// date is a time, in a zone unless it brings one, and how exact it is.
func (f *fields) date(name string, zone *time.Location) (at time.Time, exact time.Duration, ok bool) {
	s, ok := f.word(name)
	if !ok {
		return at, 0, false
	}
	at, exact, err := parseDate(s, zone)
	if err != nil {
		f.blame(name, err.Error())
	}
	return at, exact, err == nil
}

// ids are numbers of components: [1, 2], {"1": 3} with their states, "1,2", or components themselves.
func (f *fields) ids(name string) (ids []int64, ok bool) {
	one, ok := f.given(name)
	if !ok {
		return nil, false
	}
	texts := strings.Split(one.text, ",")
	if strings.TrimSpace(one.text) == "" {
		texts = nil
	}
	keyed := !positions(one.items)
	for _, i := range one.items {
		if keyed {
			texts = append(texts, i.key)
		} else {
			texts = append(texts, i.text)
		}
	}
	if len(texts) > mostItems {
		f.blame(name, "must be a list of "+strconv.Itoa(mostItems)+" at most")
		return nil, false
	}
	for _, s := range texts {
		id, err := strconv.ParseInt(strings.TrimSpace(s), 10, 64)
		if err != nil || id <= 0 {
			f.blame(name, "must be a list of components")
			return nil, false
		}
		if !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids, true
}

// positions tells a list, whose keys say at most the place of each, as PHP writes a[0]=1&a[1]=2.
func positions(items []item) bool {
	places := map[string]bool{}
	for n := range items {
		places[strconv.Itoa(n)] = true
	}
	return !slices.ContainsFunc(items, func(i item) bool { return i.key != "" && !places[i.key] })
}
