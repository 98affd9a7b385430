package cachet

import (
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func read(t testing.TB, query, kind, body string) (fields, error) {
	r := httptest.NewRequest("POST", "/", strings.NewReader(body))
	r.URL.RawQuery = query
	r.Header.Set("Content-Type", kind)
	if kind == "" {
		r.Header.Del("Content-Type")
	}
	return decode(httptest.NewRecorder(), r)
}

func TestFields(t *testing.T) {
	for _, test := range []struct{ query, kind, body, want string }{
		{"a=1&a=2", "", "", "a=2"},
		{"a=1", asJSON, `{"a": 2}`, "a=2"},
		{"a=1&b=2", asForm, "b=3&c=", "a=1 b=3 c="},
		{"", asJSON, `{"a": null, "b": true, "c": 1.50, "d": -0, "e": "\u00e9\ud83d"}`, "a=null b=true c=1.50 d=-0 e=é\ufffd"},
		{"", asJSON, `{"a": 1, "a": 2}`, "a=2"},
		{"", asJSON, `{"a": [1, "b", null, {"id": 3}, [4], true]}`, "a=[:1 :b : :3 : :true]"},
		{"", asJSON, `{"a": {"b": 1, "a": {"component_id": null, "id": "7"}}}`, "a=[a:7 b:1]"},
		{"", asJSON, `{"a": {"b": {"id": {"id": 1}}}}`, "a=[b:]"},
		{"a[]=1&a[]=2&b[x]=3&c[=4&d]=5&[e]=6&f[g][h]=7", "", "", "[e]=6 a=[:1 :2] b=[x:3] c[=4 d]=5 f[g][h]=7"},
		{"a=1&a[]=2", "", "", "a=[:2]"},
		{"", "", "  \n", ""},
		{"", "text/plain", "a=b", "a=b"},
		{"", asJSON, " [] ", ""},
		{"&&=&a", "", "", "= a="},
	} {
		f, err := read(t, test.query, test.kind, test.body)
		if got := show(f); got != test.want || err != nil {
			t.Errorf("%q %q: %q, not %q (%v)", test.query, test.body, got, test.want, err)
		}
	}
	for _, test := range []struct{ kind, body string }{
		{asJSON, "{"}, {asJSON, "[1]"}, {asJSON, "1"}, {asJSON, `"a"`}, {asJSON, "{}{}"}, {asJSON, strings.Repeat(`{"a":`, 20_000)}, {"multipart/form-data", "a"},
		{"multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=a\r\n\r\nx"}, {";", "a"}, {"image/png", "a"},
	} {
		if f, err := read(t, "", test.kind, test.body); err == nil {
			t.Errorf("%s %.40q: %s", test.kind, test.body, show(f))
		}
	}
	if f, err := read(t, "", asJSON, "null"); err != nil || len(f.all) != 0 {
		t.Error(err)
	}
}

// show writes fields as a test has them.
func show(f fields) string {
	var all []string
	for name, one := range f.all {
		switch {
		case one.null:
			all = append(all, name+"=null")
		case one.list:
			var items []string
			for _, i := range one.items {
				items = append(items, i.key+":"+i.text)
			}
			all = append(all, fmt.Sprintf("%s=%v", name, items))
		default:
			all = append(all, name+"="+one.text)
		}
	}
	slices.Sort(all)
	return strings.Join(all, " ")
}

func TestValues(t *testing.T) {
	f := fields{all: map[string]field{}}
	set := func(s string) *fields {
		f.wrong, f.all["x"] = nil, field{text: s}
		return &f
	}
	for s, want := range map[string]string{"1": "1", " 7 ": "7", "-3": "-3", "3.0": "3", "3.": "3", "3.5": "wrong", "": "none", "x": "wrong", "1e3": "wrong", "2147483648": "wrong", "0x10": "wrong"} {
		n, ok := set(s).number("x")
		if got := word(n, ok, f.wrong); got != want {
			t.Errorf("number %q: %s", s, got)
		}
	}
	for s, want := range map[string]string{"1": "1", "1.5": "1.5", "-1e3": "-1000", "NaN": "wrong", "Inf": "wrong", "1e999": "wrong", "0x1p-2": "wrong", "1_0": "wrong", "": "none"} {
		n, ok := set(s).real("x")
		if got := word(n, ok, f.wrong); got != want {
			t.Errorf("real %q: %s", s, got)
		}
	}
	for s, want := range map[string]string{"1": "true", "True": "true", "on": "true", "0": "false", "FALSE": "false", "no": "false", "2": "wrong", "": "none"} {
		yes, ok := set(s).flag("x")
		if got := word(yes, ok, f.wrong); got != want {
			t.Errorf("flag %q: %s", s, got)
		}
	}
}

func word(v any, ok bool, wrong []string) string {
	switch {
	case ok && len(wrong) == 0:
		return fmt.Sprint(v)
	case len(wrong) > 0:
		return "wrong"
	}
	return "none"
}

func TestDates(t *testing.T) {
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	for s, want := range map[string]string{
		"2026-11-29 22:00":          "2026-11-29T22:00:00+01:00",
		"2026-11-29 22:00:31":       "2026-11-29T22:00:31+01:00",
		"29/11/2026 22:00":          "2026-11-29T22:00:00+01:00",
		"2026-07-01":                "2026-07-01T00:00:00+02:00",
		"2026-11-29T22:00":          "2026-11-29T22:00:00+01:00",
		"2026-11-29T22:00:31Z":      "2026-11-29T23:00:31+01:00",
		"2026-11-29T22:00:31-05:00": "2026-11-30T04:00:31+01:00",
		"2026-11-29T22:00:31.123Z":  "2026-11-29T23:00:31+01:00",
		" 1795170000 ":              "2026-11-20T11:20:00+01:00",
		"1795170000.25":             "2026-11-20T11:20:00+01:00",
		"2028-02-29 10:00":          "2028-02-29T10:00:00+01:00",
		"2026-02-29 10:00":          "is no date such as 2026-11-29 22:00",
		"2026-11-29 24:00":          "is no date such as 2026-11-29 22:00",
		"11/29/2026 22:00":          "is no date such as 2026-11-29 22:00",
		"2026-03-29 02:30":          "is an hour that there is not in Europe/Paris",
		"tomorrow":                  "is no date such as 2026-11-29 22:00",
		"20261129":                  "is no date such as 2026-11-29 22:00",
		"-1795170000":               "is no date such as 2026-11-29 22:00",
		"17951700000000":            "is no date such as 2026-11-29 22:00",
		"0":                         "is no date such as 2026-11-29 22:00",
		"2026-11-29 22:00' OR 1=1":  "is no date such as 2026-11-29 22:00",
	} {
		at, _, err := parseDate(s, paris)
		got := at.Format(time.RFC3339)
		if err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%q: %s, not %s", s, got, want)
		}
	}
}

// FuzzFields has whatever comes be read or refused; what is asked for of it is never more than was sent.
func FuzzFields(f *testing.F) {
	for _, seed := range []struct{ query, kind, body string }{
		{"name=x&visible=True", asForm, "components[]=1&components[3]=2&tags=a,b"},
		{"", asJSON, `{"name": "x", "status": "1", "components": [{"id": 3}, 4, null], "tags": {"a": "b"}, "scheduled_at": "2026-11-29 22:00", "value": 1e3}`},
		{"a=%zz;&[]=1&x[=2", "", `{"components": {"1": 2}}`},
		{"", "multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\nx\r\n--b--"},
	} {
		f.Add(seed.query, seed.kind, seed.body)
	}
	f.Fuzz(func(t *testing.T, query, kind, body string) {
		in, err := read(t, query, kind, body)
		if err != nil {
			return
		}
		for name, one := range in.all {
			if len(one.items) > mostItems || len(one.text) > 3*(len(query)+len(body)) {
				t.Errorf("%q: %d items, %d bytes", name, len(one.items), len(one.text))
			}
			in.text(name)
			in.number(name)
			in.real(name)
			in.flag(name)
			in.date(name, time.UTC)
			in.tags()
			ids, ok := in.ids(name)
			for _, id := range ids {
				if !ok || id <= 0 {
					t.Errorf("%q: %v", name, ids)
				}
			}
		}
		in.need("name", "status")
		if err := in.err(); err != nil && len(in.wrong) == 0 {
			t.Error(err)
		}
	})
}

// FuzzDates has what is taken for a date be one, and be the same again once it is written as Cachet writes it.
func FuzzDates(f *testing.F) {
	for _, seed := range []string{"2026-11-29 22:00", "29/11/2026 22:00", "1795170000", "2026-11-29T22:00:31-05:00", "2026-03-29 02:30", "2026-10-25 02:30:00"} {
		f.Add(seed)
	}
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, s string) {
		at, exact, err := parseDate(s, paris)
		if err != nil {
			if !utf8.ValidString(err.Error()) || err.Error() == "" {
				t.Errorf("%q", err.Error())
			}
			return
		}
		if exact != time.Second && exact != time.Minute {
			t.Errorf("%q is exact to %v", s, exact)
		}
		if at.Year() < 1000 || at.Year() > 9999 {
			return // the book takes no such
		}
		again, _, err := parseDate(at.Format(stamp), paris)
		if late := again.Add(time.Hour); err != nil || !again.Equal(at.Truncate(time.Second)) && !late.Equal(at.Truncate(time.Second)) { // an hour that comes twice
			t.Errorf("%q is %v, and then %v, %v", s, at, again, err)
		}
	})
}
