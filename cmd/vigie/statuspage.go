package main

import (
	"net/http"

	"github.com/diaspote/vigie/adapters/web/status"
	"github.com/diaspote/vigie/cmd/vigie/config"
)

// statusPage is what the public is shown, and the APIs beside it; rest has what is none of it.
func (d *daemon) statusPage(cfg *config.Config, rest http.Handler) http.Handler {
	return d.host.publicPage(cfg).Handler(rest)
}

// publicPage is the page that visitors see.
func (h *host) publicPage(cfg *config.Config) *status.Site {
	return status.New(cfg.StatusPage.Title, cfg.StatusPage.About, publicAddress(cfg), h.book.Page, h.log)
}
