package webhook

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"time"
)

const (
	heartbeatEvery = 5 * time.Minute
	heartbeatTime  = 20 * time.Second // for one ping
)

// A Heartbeat pings a service that raises the alarm when the pings end, as healthchecks.io and Uptime Kuma's push
// monitors do: it tells that the host, its network and the bot live.
type Heartbeat struct {
	URL   string        // asked with GET; a secret
	Every time.Duration // 0 for 5 minutes

	// Alive, if set, is asked before each ping; with an error there is none: a bot that cannot do its work, as
	// to write its ledger, must not look well.
	Alive func() error

	Log *slog.Logger
}

// Run pings until ctx ends. It fails at once if the URL is none.
func (h *Heartbeat) Run(ctx context.Context) error {
	if err := checkURL(h.URL); err != nil {
		return fmt.Errorf("heartbeat: %w", err)
	}
	every := h.Every
	if every <= 0 {
		every = heartbeatEvery
	}
	client := newClient(heartbeatTime)
	for told := ""; ; {
		told = h.tell(told, h.beat(ctx, client), ctx)
		// A little early, never late: the service counts from the last ping.
		t := time.NewTimer(every - rand.N(every/10+1))
		select {
		case <-t.C:
		case <-ctx.Done():
			t.Stop()
			return nil
		}
	}
}

// beat pings once.
func (h *Heartbeat) beat(ctx context.Context, client *http.Client) error {
	if h.Alive != nil {
		if err := h.Alive(); err != nil {
			return fmt.Errorf("not sent, since not all is well here: %w", err)
		}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, h.URL, nil)
	if err != nil {
		return withoutURL(err)
	}
	req.Header.Set("User-Agent", "vigie")
	return send(client, req)
}

// tell logs how it went if that is not what was told last, and returns what has been told.
func (h *Heartbeat) tell(told string, err error, ctx context.Context) string {
	switch {
	case ctx.Err() != nil:
		return told
	case err == nil && told != "":
		h.Log.Info("the heartbeat arrives again")
		return ""
	case err == nil:
		return ""
	case err.Error() != told:
		h.Log.Warn("the heartbeat did not arrive", "error", err)
	}
	return err.Error()
}
