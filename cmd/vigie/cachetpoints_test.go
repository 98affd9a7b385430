package main

import (
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/diaspote/vigie/adapters/cachet"
	"github.com/diaspote/vigie/bot"
	"github.com/diaspote/vigie/cmd/vigie/config"
	"github.com/diaspote/vigie/commands/panel"
	"github.com/diaspote/vigie/ops"
	"github.com/diaspote/vigie/ops/ledger"
)

// A point is the average of what was measured since the last; of nothing there is none.
func TestPointsForCachet(t *testing.T) {
	db, err := ledger.Open(t.Context(), filepath.Join(t.TempDir(), "vigie.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	log := slog.New(slog.DiscardHandler)
	h := &host{log: log}
	if err := h.openRecord(t.Context(), db, nil); err != nil {
		t.Fatal(err)
	}
	to := time.Now().Truncate(5 * time.Minute)
	for ago := 15 * time.Minute; ago > 0; ago -= 15 * time.Second {
		seconds := 0.25
		if ago > 5*time.Minute {
			seconds = 9
		} else if ago > 2*time.Minute+30*time.Second {
			seconds = 0.15
		}
		sample := ops.Sample{Series: ops.Series{Name: "probe_duration_seconds"}, Value: seconds}
		if err := h.record.store.Write(t.Context(), to.Add(-ago), []ops.Sample{sample}); err != nil {
			t.Fatal(err)
		}
	}
	metric := func(name, series string) config.CachetMetric {
		return config.CachetMetric{Name: name, Series: panel.Own{Name: name, Series: []string{series}, Sum: true, Scale: 1000}}
	}
	cfg := &config.Config{Cachet: &config.Cachet{URL: "https://status.example.org", Every: 5 * time.Minute,
		Metrics: []config.CachetMetric{metric("Response time", "probe_duration_seconds"), metric("Other", "nothing_of_the_kind")}}}
	d := &daemon{log: log, host: h, ledger: db, bot: bot.New(db, log, time.Now)}
	if err := d.points(t.Context(), cfg, to); err != nil {
		t.Fatal(err)
	}
	defer d.bot.Close(t.Context())
	owed, _, _, err := db.Owed(t.Context(), cachet.PointsName, cfg.Cachet.URL, time.Now(), 0, 10)
	if err != nil || len(owed) != 1 || owed[0].Text != cachet.OwedPoint("Response time", to, 200) {
		t.Errorf("owed %+v, %v", owed, err)
	}
}
