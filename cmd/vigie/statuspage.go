package main

import (
	"net/http"

	"github.com/diaspote/vigie/adapters/web/cachet"
	"github.com/diaspote/vigie/adapters/web/status"
	"github.com/diaspote/vigie/adapters/web/statuspage"
	"github.com/diaspote/vigie/cmd/vigie/config"
)

// statusPage is what the public is shown, and the APIs beside it; rest has what is none of it.
func (d *daemon) statusPage(cfg *config.Config, rest http.Handler) http.Handler {
	api := &cachet.API{Book: d.host.book, Token: cfg.StatusPage.Token.Reveal(), Base: publicAddress(cfg), Log: d.log, Now: d.host.now}
	page := d.host.publicPage(cfg)
	return page.Handler(d.host.desk(cfg, page).Handler(api.Handler(d.host.statuspageFiles(cfg).Handler(rest))))
}

// statuspageFiles are the page for programs that watch Statuspages.
func (h *host) statuspageFiles(cfg *config.Config) *statuspage.Site {
	return &statuspage.Site{Title: cfg.StatusPage.Title, Base: publicAddress(cfg), Page: h.book.Page}
}

// publicPage is the page that visitors see.
func (h *host) publicPage(cfg *config.Config) *status.Site {
	return status.New(cfg.StatusPage.Title, cfg.StatusPage.About, publicAddress(cfg), h.book.Page, h.log)
}
