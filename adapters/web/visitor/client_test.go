package visitor

import (
	"net/http/httptest"
	"testing"
)

func TestClients(t *testing.T) {
	for _, test := range []struct{ remote, forwarded, want string }{
		{"203.0.113.7:1", "198.51.100.1", "203.0.113.7"}, // who is no proxy of ours says what it likes
		{"127.0.0.1:1", "9.9.9.9, 198.51.100.1", "198.51.100.1"},
		{"[::1]:1", "2001:db8::7", "2001:db8::7"},
		{"172.17.0.1:1", "::ffff:198.51.100.1", "198.51.100.1"},
		{"127.0.0.1:1", "unknown", "invalid IP"},
		{"127.0.0.1:1", "", "invalid IP"},
		{"10.0.0.7:1", "", "10.0.0.7"},
		{"@", "198.51.100.1", "invalid IP"},
	} {
		r := httptest.NewRequest("POST", "/subscribe", nil)
		r.RemoteAddr = test.remote
		if test.forwarded != "" {
			r.Header.Set("X-Forwarded-For", test.forwarded)
		}
		if got := Client(r).String(); got != test.want {
			t.Errorf("%s for %s is %s, not %s", test.remote, test.forwarded, got, test.want)
		}
	}
}
