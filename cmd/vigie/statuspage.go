package main

import (
	"net/http"

	"github.com/diaspote/vigie/cmd/vigie/config"
)

// statusPage is what the public is shown, and the APIs beside it; rest has what is none of it.
func (d *daemon) statusPage(cfg *config.Config, rest http.Handler) http.Handler {
	return rest
}
