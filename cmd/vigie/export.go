package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/url"
	"path/filepath"
	"strings"

	"github.com/diaspote/vigie/adapters/web/status"
	"github.com/diaspote/vigie/ops/incident"
	"github.com/diaspote/vigie/ops/ledger"
)

// A statusPageCommand is what can be done with the status page without the daemon.
type statusPageCommand struct {
	Export exportCommand `cmd:"" help:"Write the status page as files, to serve it from elsewhere when this host is down."`
}

// An exportCommand writes the page as it is in the ledger now. The daemon may be running, or not.
type exportCommand struct {
	Address string `help:"Where the copy is found, for its feeds: https://status.example.org. Without it they lead to the page itself." placeholder:"URL"`
	Dir     string `arg:"" help:"The directory to write to. What others have in it stays as it is." type:"path"`
}

func (c exportCommand) Run(ctx context.Context, line *commandLine, t terminal) error {
	cfg, err := mustLoad(line.Config)
	if err != nil {
		return err
	}
	if !cfg.StatusPage.On {
		return errors.New("export the status page: the config has no [status_page]")
	}
	if u, err := url.Parse(c.Address); err != nil || c.Address != "" && (u.Scheme != "https" && u.Scheme != "http" || u.Host == "") {
		return fmt.Errorf("export the status page: %q is no address; write it as https://status.example.org", c.Address)
	}
	path := filepath.Join(cfg.StateDir, "vigie.db")
	if err := readable("export the status page", "status-page export DIR", path); err != nil {
		return err
	}
	h, err := newHost(logTo(t.err, slog.LevelError))
	if err != nil {
		return err
	}
	defer h.close()
	h.cfg.Store(cfg)
	db, err := ledger.Open(ctx, path)
	if err != nil {
		return err
	}
	defer db.Close()
	if h.book, err = incident.Open(ctx, db, h.now); err != nil {
		return err
	}
	files, err := h.publicPage(cfg).Files(h.now(), strings.TrimRight(c.Address, "/"))
	if err != nil {
		return err
	}
	programs, err := h.statuspageFiles(cfg).Files()
	if err != nil {
		return err
	}
	maps.Copy(files, programs)
	done, err := status.Write(c.Dir, files)
	if err != nil {
		return err
	}
	fmt.Fprintf(t.out, "%s: %d files written, %d as they were, %d removed\n", c.Dir, done.Written, done.Same, done.Removed)
	return nil
}
