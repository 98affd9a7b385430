package status

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
)

// BenchmarkRender makes the front of 20 components, 90 days and 200 incidents, without and with packing it.
func BenchmarkRender(b *testing.B) {
	s := full(b)
	for b.Loop() {
		sheet := &sheet{Site: s.site, page: s.Page(), W: s.site.langs[0]}
		if a := sheet.make(); len(a.body) < 10_000 {
			b.Fatal(string(a.body))
		}
	}
}

func BenchmarkRenderAndPack(b *testing.B) {
	s := full(b)
	for b.Loop() {
		sheet := &sheet{Site: s.site, page: s.Page(), W: s.site.langs[0]}
		sheet.make().seal(pageCache)
	}
}

// BenchmarkKept asks for the same, without a network between.
func BenchmarkKept(b *testing.B) {
	s := full(b)
	h := s.all
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Header.Set("Accept-Encoding", "gzip, deflate, br")
	r.Header.Set("Accept-Language", "fr,fr-FR;q=0.8,en-US;q=0.5,en;q=0.3")
	w := &sink{head: http.Header{}}
	b.ReportAllocs()
	for b.Loop() {
		clear(w.head)
		h.ServeHTTP(w, r)
	}
}

type sink struct{ head http.Header }

func (s *sink) Header() http.Header         { return s.head }
func (s *sink) Write(b []byte) (int, error) { return len(b), nil }
func (s *sink) WriteHeader(int)             {}

// BenchmarkLoopback asks over HTTP on the loopback, from 16 clients that keep their connections.
func BenchmarkLoopback(b *testing.B) {
	s := full(b)
	server := httptest.NewServer(s.all)
	defer server.Close()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64, DisableCompression: true}}
	for name, headers := range map[string][2]string{
		"gzip": {"Accept-Encoding", "gzip"}, "plain": {}, "304": {"If-None-Match", s.get("/").Header().Get("Etag")},
	} {
		b.Run(name, func(b *testing.B) {
			b.SetParallelism(8)
			b.RunParallel(func(p *testing.PB) {
				for p.Next() {
					r, err := http.NewRequest(http.MethodGet, server.URL, nil)
					if err != nil {
						b.Fatal(err)
					}
					if headers[0] != "" {
						r.Header.Set(headers[0], headers[1])
					}
					resp, err := client.Do(r)
					if err != nil {
						b.Fatal(err)
					}
					if _, err := io.Copy(io.Discard, resp.Body); err != nil {
						b.Fatal(err)
					}
					resp.Body.Close()
				}
			})
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "req/s")
		})
	}
}
