package main

import (
	"log/slog"
	"math"
	"path/filepath"
	"testing"
	"time"

	"github.com/diaspote/vigie/ops"
	"github.com/diaspote/vigie/ops/kernel"
	"github.com/diaspote/vigie/ops/ledger"
)

// What memory did before the start is known from the history: 64 MiB an hour.
func TestRecall(t *testing.T) {
	db, err := ledger.Open(t.Context(), filepath.Join(t.TempDir(), "vigie.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	h := &host{log: slog.New(slog.DiscardHandler)}
	if err := h.openRecord(t.Context(), db, nil); err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	for ago := 2 * time.Hour; ago > 0; ago -= time.Minute {
		used := 1<<30 - ago.Hours()*64*(1<<20)
		err := h.record.store.Write(t.Context(), now.Add(-ago), []ops.Sample{
			{Series: ops.Series{Name: "node_memory_MemTotal_bytes"}, Value: 2 << 30},
			{Series: ops.Series{Name: "node_memory_MemAvailable_bytes"}, Value: 2<<30 - used},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	var trend kernel.Trend
	if err := h.record.recall(t.Context(), &trend, now); err != nil {
		t.Fatal(err)
	}
	if rate, ok := trend.Rate(); !ok || math.Abs(rate/(64<<20)-1) > 0.01 {
		t.Errorf("it rises %v MiB/h (%v)", rate/(1<<20), ok)
	}
	if since := now.Sub(trend.Since()); since < 110*time.Minute {
		t.Errorf("it is known since %v ago", since)
	}

	// Links are signed with the same key by the next daemon.
	again := &host{log: h.log}
	if err := again.openRecord(t.Context(), db, nil); err != nil {
		t.Fatal(err)
	}
	if string(again.record.key) != string(h.record.key) || len(h.record.key) != 32 {
		t.Errorf("the key of links: %x, then %x", h.record.key, again.record.key)
	}
}
