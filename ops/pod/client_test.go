package pod

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func serve(t *testing.T, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s
}

func TestProbe(t *testing.T) {
	var agent, cookie string
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/":
			http.SetCookie(w, &http.Cookie{Name: "a", Value: "b"})
			http.Redirect(w, r, "/stream", http.StatusFound)
		case "/elsewhere":
			http.Redirect(w, r, "http://192.0.2.1/", http.StatusMovedPermanently)
		case "/stream":
			agent, cookie = r.UserAgent(), r.Header.Get("Cookie")
		default:
			http.Error(w, "broken", http.StatusBadGateway)
		}
	})
	for path, want := range map[string]int{"/": 200, "/elsewhere": 301, "/x": 502} {
		p := NewClient("1.0", time.Now).Probe(t.Context(), s.URL+path)
		if p.Status != want || p.Err != nil || p.OK() != (want < 400) || p.Took <= 0 {
			t.Errorf("%s: %+v, want status %d", path, p, want)
		}
	}
	if agent != "vigie/1.0" || cookie != "" {
		t.Errorf("asked as %q with cookie %q", agent, cookie)
	}
}

func TestProbeFailsInWords(t *testing.T) {
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	endless := serve(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, r.URL.Path+"x", http.StatusFound)
	})
	badLocation := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", "http://%zz/?token=s3cret")
		w.WriteHeader(http.StatusFound)
	})
	bigHead := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Big", strings.Repeat("x", 2*maxHeader))
	})
	for address, want := range map[string]string{
		"http://" + closed.Addr().String() + "/":         "connection refused",
		"http://pod.invalid/":                            "no such host",
		endless.URL + "/":                                "redirected more than 5 times",
		badLocation.URL + "/":                            "redirected to something that is no URL",
		bigHead.URL + "/":                                "the head of the answer is larger than 64 KiB",
		raw(t, "220 mail.example.org ESMTP\r\n"):         "the answer is not HTTP",
		raw(t, ""):                                       "connection closed before the end of the answer",
		strings.Replace(endless.URL, "http", "https", 1): "no TLS on that port; should the URL begin with http://?",
		"ftp://pod.example.org/":                         errURL.Error(),
		"https://":                                       errURL.Error(),
		"https://pod.example.org:x":                      errURL.Error(),
		"pod.example.org":                                errURL.Error(),
		"http://a\x00b/":                                 errURL.Error(),
	} {
		p := NewClient("1.0", time.Now).Probe(t.Context(), withSecrets(address))
		if strings.Contains(address, "pod.invalid") && p.Err != nil && strings.Contains(p.Err.Error(), "name server") {
			t.Logf("not tested: a host that does not exist, there is no name server")
			continue
		}
		if p.Err == nil || p.Err.Error() != want || p.Status != 0 || p.OK() {
			t.Errorf("%s: %+v, want %q", address, p, want)
		}
		if shown := fmt.Sprint(p.URL, p.Err); strings.Contains(shown, "s3cret") {
			t.Errorf("%s: shows the secret: %s", address, shown)
		}
	}
	p := NewClient("1.0", time.Now).Probe(t.Context(), "http://"+closed.Addr().String())
	if !errors.Is(p.Err, syscall.ECONNREFUSED) {
		t.Errorf("the cause is gone from %v", p.Err)
	}
}

// withSecrets puts a user and a query with a password into a URL.
func withSecrets(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return address
	}
	u.User = url.UserPassword("admin", "s3cret")
	u.RawQuery = "token=s3cret"
	return u.String()
}

// raw serves some bytes to whoever connects and hangs up.
func raw(t *testing.T, answer string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			buf := make([]byte, 4096)
			_, _ = c.Read(buf) // the request, so that closing does not reset the connection
			_, _ = c.Write([]byte(answer))
			c.Close()
		}
	}()
	return "http://" + l.Addr().String() + "/"
}

func TestProbeGivesUp(t *testing.T) {
	hold := make(chan struct{})
	s := serve(t, func(http.ResponseWriter, *http.Request) { <-hold })
	t.Cleanup(func() { close(hold) }) // before the server is closed, which waits
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if p := NewClient("1.0", time.Now).Probe(ctx, s.URL); p.Err == nil || p.Err.Error() != "no answer within 0.2 s" {
		t.Errorf("%+v", p)
	}
	ctx, cancel = context.WithCancel(t.Context())
	cancel()
	if p := NewClient("1.0", time.Now).Probe(ctx, s.URL); p.Err == nil || p.Err.Error() != "given up before an answer came" {
		t.Errorf("%+v", p)
	}
}

// certified serves TLS with a certificate of its own making, and gives a client that trusts it.
func certified(t *testing.T, from, to time.Time, names ...string) (string, *Client) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "a pod"}, NotBefore: from, NotAfter: to, DNSNames: names,
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	if len(names) == 0 {
		template.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1)}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	s.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	roots := x509.NewCertPool()
	roots.AddCert(leaf)
	c := NewClient("1.0", time.Now)
	c.http.Transport.(*http.Transport).TLSClientConfig = &tls.Config{RootCAs: roots}
	return s.URL, c
}

func TestProbeReadsCertificates(t *testing.T) {
	now := time.Now()
	expiry := now.AddDate(0, 0, -3).UTC().Truncate(time.Second)
	for name, test := range map[string]struct {
		from, to time.Time
		names    []string
		want     string
	}{
		"good":      {now.AddDate(0, 0, -9), now.AddDate(1, 0, 0), nil, ""},
		"expired":   {now.AddDate(-1, 0, 0), expiry, nil, "certificate expired on " + expiry.Format("2 Jan 2006")},
		"not yet":   {now.AddDate(1, 0, 0), now.AddDate(2, 0, 0), nil, "certificate valid only from " + now.AddDate(1, 0, 0).UTC().Format("2 Jan 2006") + " on; is the clock right?"},
		"not ours":  {now.AddDate(0, 0, -9), now.AddDate(1, 0, 0), []string{"pod.example.org"}, "the certificate is for another host (pod.example.org)"},
		"untrusted": {now.AddDate(0, 0, -9), now.AddDate(1, 0, 0), nil, "the certificate is from an unknown authority"},
	} {
		address, c := certified(t, test.from, test.to, test.names...)
		if name == "untrusted" {
			c = NewClient("1.0", time.Now)
		}
		p := c.Probe(t.Context(), address)
		if test.want == "" && !p.OK() || test.want != "" && (p.Err == nil || p.Err.Error() != test.want) {
			t.Errorf("%s: %+v, want %q", name, p, test.want)
		}
	}
}

func TestNodeInfo(t *testing.T) {
	doc := read(t, filepath.Join(fixtures, "diaspora-1.0.json"))
	schema := "http://nodeinfo.diaspora.software/ns/schema/"
	for name, test := range map[string]struct {
		wellKnown string // HOST is the server's own address
		status    int
		want      string // of the error
	}{
		"absolute link":   {`{"links":[{"rel":"` + schema + `1.0","href":"http://HOST/nodeinfo/1.0"}]}`, 200, ""},
		"relative link":   {`{"links":[{"rel":"` + schema + `1.0","href":"/nodeinfo/1.0"}]}`, 200, ""},
		"highest schema":  {`{"links":[{"rel":"` + schema + `2.0","href":"/nodeinfo/1.0"},{"rel":"` + schema + `1.0","href":"/none"}]}`, 200, ""},
		"another site":    {`{"links":[{"rel":"` + schema + `2.0","href":"http://169.254.169.254/latest?a=b"}]}`, 200, "/.well-known/nodeinfo: its link leads to another site (http://169.254.169.254), which is not asked"},
		"another port":    {`{"links":[{"rel":"` + schema + `2.0","href":"http://127.0.0.1:22/"}]}`, 200, "/.well-known/nodeinfo: its link leads to another site (http://127.0.0.1:22), which is not asked"},
		"a file":          {`{"links":[{"rel":"` + schema + `2.0","href":"file:///etc/passwd"}]}`, 200, "/.well-known/nodeinfo: the link is not a valid URL"},
		"redirected away": {`{"links":[{"rel":"` + schema + `2.0","href":"/away"}]}`, 200, "/away: answers 302, a redirect to another site, which is not asked"},
		"none there":      {`{"links":[{"rel":"` + schema + `2.0","href":"/none"}]}`, 200, "/none: answers 404"},
		"huge":            {`{"links":[{"rel":"` + schema + `2.0","href":"/huge"}]}`, 200, "/huge: the answer is larger than 1024 KiB"},
		"no NodeInfo":     {"", 404, "/.well-known/nodeinfo: answers 404"},
		"a web page":      {"<html>", 200, "/.well-known/nodeinfo: the answer is a web page, not JSON"},
	} {
		s := serve(t, func(w http.ResponseWriter, r *http.Request) {
			switch r.URL.Path {
			case "/.well-known/nodeinfo":
				w.WriteHeader(test.status)
				fmt.Fprint(w, strings.ReplaceAll(test.wellKnown, "HOST", r.Host))
			case "/nodeinfo/1.0":
				_, _ = w.Write(doc)
			case "/away":
				http.Redirect(w, r, "http://192.0.2.1/", http.StatusFound)
			case "/huge":
				_, _ = w.Write(bytes.Repeat([]byte(" "), 2*maxBody))
			default:
				http.NotFound(w, r)
			}
		})
		info, err := NewClient("1.0", time.Now).NodeInfo(t.Context(), s.URL+"/some/path")
		if test.want == "" {
			if err != nil || info.Software != "diaspora" || *info.Users != 1432 {
				t.Errorf("%s: %+v, %v", name, info, err)
			}
			continue
		}
		want := "ask " + s.URL + "/some/path for NodeInfo: " + test.want
		if err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", name, err, want)
		}
	}
}

func TestNodeInfoIsRemembered(t *testing.T) {
	documents, healthy, now := 0, true, time.Date(2026, 3, 29, 0, 59, 0, 0, time.UTC)
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/.well-known/nodeinfo":
			fmt.Fprint(w, `{"links":[{"rel":"http://nodeinfo.diaspora.software/ns/schema/2.0","href":"/2.0"}]}`)
		case "/2.0":
			documents++
			fmt.Fprintf(w, `{"software":{"name":"diaspora","version":"%d"}}`, documents)
		default:
			if !healthy {
				http.Error(w, "away", http.StatusBadGateway)
			}
		}
	})
	c := NewClient("1.0", func() time.Time { return now })
	expect := func(version, after string) {
		t.Helper()
		info, err := c.NodeInfo(t.Context(), s.URL)
		if err != nil || info.Version != version {
			t.Errorf("%s: version %q, %v; want %q", after, info.Version, err, version)
		}
	}
	expect("1", "first")
	c.Probe(t.Context(), s.URL)
	now = now.Add(knownFor - 1)
	expect("1", "a little later")
	now = now.Add(1)
	expect("2", "five minutes later")
	healthy = false
	c.Probe(t.Context(), s.URL)
	expect("3", "after the pod was away")
	now = now.Add(-time.Hour)
	expect("4", "after the clock was set back")
	if _, err := c.NodeInfo(t.Context(), s.URL+"/other"); err != nil || documents != 5 {
		t.Errorf("another pod is not asked: %v", err)
	}
}

func TestSameSite(t *testing.T) {
	for _, test := range []struct {
		base, next string
		want       bool
	}{
		{"https://pod.org", "https://pod.org/x", true},
		{"https://pod.org", "https://POD.org:443/x", true},
		{"https://pod.org", "https://www.pod.org/", true},
		{"https://www.pod.org", "https://pod.org/", true},
		{"http://pod.org", "https://pod.org/", true},
		{"http://pod.org:3000", "https://pod.org/", false},
		{"https://pod.org", "http://pod.org/", false},
		{"https://pod.org", "https://pod.org:8443/", false},
		{"https://pod.org", "https://evilpod.org/", false},
		{"https://pod.org", "https://pod.org.evil.net/", false},
		{"https://a.pod.org", "https://pod.org/", false},
		{"https://www.org", "https://evil.org/", false},
		{"http://127.0.0.1", "http://x.127.0.0.1/", false},
		{"http://[::1]:80", "http://[::1]/", true},
		{"https://pod.org", "ftp://pod.org/", false},
	} {
		base, err := url.Parse(test.base)
		if err != nil {
			t.Fatal(err)
		}
		next, err := url.Parse(test.next)
		if err != nil {
			t.Fatal(err)
		}
		if got := sameSite(base, next); got != test.want {
			t.Errorf("from %s to %s: %v, want %v", test.base, test.next, got, test.want)
		}
	}
}
