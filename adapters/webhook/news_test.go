package webhook

import (
	"context"
	"encoding/hex"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/diaspote/vigie/bot"
)

func TestNews(t *testing.T) {
	code := http.StatusOK
	address, requests := receiver(t, func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(code) })
	n, err := NewNews("relay", address, "key", func() time.Time { return night }, func(_ context.Context, thing string) ([]byte, bool, error) {
		return []byte(`{"of":"` + thing + `"}`), thing != "incident/2", nil
	})
	if err != nil {
		t.Fatal(err)
	}
	post := func(thing string) error {
		_, err := n.Post(t.Context(), bot.Post{Room: "news", Text: thing})
		return err
	}
	if err := errors.Join(post("incident/2"), post("incident/1"), post("incident/1")); err != nil {
		t.Fatal(err)
	}
	first, again := <-requests, <-requests
	if string(first.body) != `{"of":"incident/1"}` || first.Header.Get(signatureHeader) != "sha256="+hex.EncodeToString(signature(first.body, "key")) ||
		first.Header.Get(deliveryHeader) == "" || first.Header.Get(deliveryHeader) != again.Header.Get(deliveryHeader) || len(requests) != 0 {
		t.Errorf("%s, %v", first.body, first.Header)
	}
	for c, want := range map[int]bool{503: true, 429: true, 404: false} {
		code = c
		if err := post("incident/1"); err == nil || errors.Is(err, bot.ErrOffline) != want || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%d: %v", c, err)
		}
	}
}
