package local

import (
	"testing"
	"unicode/utf8"
)

// FuzzParseRequest: whatever comes, what is taken is within its bounds, and says the same when it is sent again.
func FuzzParseRequest(f *testing.F) {
	for _, line := range []string{
		`{"v":1,"line":"status"}`,
		`{"v":1,"line":"say ops","input":"a\nb","confirmed":true}`,
		`{"v":1,"line":"a\u0000b\ud800"}`,
		`{"V":1,"LINE":"x"}`,
		`{"v":2}`, `null`, `[]`, `{`, "\xff",
	} {
		f.Add([]byte(line))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		req, err := parseRequest(line)
		if err != nil {
			return
		}
		if len(req.Line) > maxLine || len(req.Input) > maxInput || !utf8.ValidString(req.Line) || !utf8.ValidString(req.Input) {
			t.Errorf("taken: %+v", req)
		}
		again, err := encode(wireRequest{Version: version, Request: req})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := parseRequest(again); err != nil || got != req {
			t.Errorf("%q comes back as %+v, %v", again, got, err)
		}
	})
}
