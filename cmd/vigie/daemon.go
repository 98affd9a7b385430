package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"syscall"
	"time"

	sd "github.com/coreos/go-systemd/v22/daemon"

	"github.com/diaspote/vigie/adapters/local"
	"github.com/diaspote/vigie/bot"
	"github.com/diaspote/vigie/cmd/vigie/config"
	"github.com/diaspote/vigie/ops/incident"
	"github.com/diaspote/vigie/ops/ledger"
	"github.com/diaspote/vigie/ops/schedule"
)

// A daemon is the bot at work.
type daemon struct {
	log    *slog.Logger
	host   *host
	ledger *ledger.DB
	bot    *bot.Bot
	chats  chats
	chores *chores
	jobs   *schedule.Jobs
	look   *lookout
}

// runDaemon works under the config at path until ctx ends.
func runDaemon(ctx context.Context, path string, t terminal) error {
	log := logTo(t.err, slog.LevelInfo)
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, syscall.SIGHUP)
	defer signal.Stop(hup)

	cfg, err := config.Load(path)
	if err != nil {
		return err
	}
	h, err := newHost(log)
	if err != nil {
		return err
	}
	defer h.close()
	h.cfg.Store(cfg)
	db, trouble, err := openLedger(ctx, filepath.Join(cfg.StateDir, "vigie.db"), time.Now())
	if err != nil {
		return err
	}
	defer func() {
		if err := db.Close(); err != nil {
			log.Error("the ledger was not closed", "error", err)
		}
	}()

	if !cfg.History.Off {
		if err := h.openRecord(ctx, db, cfg); err != nil {
			return err
		}
		if err := h.record.recall(ctx, h.memory, h.now()); err != nil {
			log.Warn("what memory did before is not known", "err", err)
		}
	}
	if h.book, err = incident.Open(ctx, db, h.now); err != nil {
		return err
	}
	h.key = h.linkKey(ctx, db)
	d := &daemon{log: log, host: h, ledger: db, bot: bot.New(db, log, h.now)}
	h.keeper = newKeeper(d)
	d.jobs = newJobs(d, db)
	h.jobs = d.jobs
	if d.chores, err = newChores(log); err != nil {
		return err
	}
	d.chats = chats{bot: d.bot, host: h, log: log, now: h.now, running: map[string]*running{}}
	if err := d.start(ctx, cfg); err != nil {
		return err
	}
	if trouble != nil {
		trouble.tell(ctx, d.bot, log)
	}
	log.Info("vigie is up", "version", version(), "config", path)
	for {
		select {
		case <-hup:
			d.reload(ctx, path)
		case <-ctx.Done():
			d.stop(context.WithoutCancel(ctx))
			return nil
		}
	}
}

// start brings everything up. The chats outlive ctx, so that stop can still answer through them.
func (d *daemon) start(ctx context.Context, cfg *config.Config) error {
	if err := d.use(cfg); err != nil {
		return err
	}
	if err := d.bot.Recover(ctx); err != nil { // a full disk must not keep the bot from saying so
		d.log.Error("changes that were interrupted could not be looked for", "error", err)
	}
	if err := d.chats.use(context.WithoutCancel(ctx), cfg); err != nil {
		return err
	}
	d.chats.serve(context.WithoutCancel(ctx), local.New(cfg.Socket, d.log), nil)
	if err := d.jobs.Use(cfg.TimeZone, cfg.Jobs); err != nil {
		return err
	}
	d.beginBook(ctx, cfg)
	d.greetCachet(ctx, cfg)
	if err := d.lookOut(context.WithoutCancel(ctx), cfg); err != nil {
		return err
	}
	if err := d.doChores(); err != nil {
		return err
	}
	d.notify(sd.SdNotifyReady)
	return nil
}

// use puts the settings of cfg into force, if all that its jobs and rules say can be run.
func (d *daemon) use(cfg *config.Config) error {
	s := d.host.settings(cfg)
	if err := checkLines(cfg, s); err != nil {
		return err
	}
	if err := d.bot.Use(s); err != nil {
		return err
	}
	d.owe(cfg)
	return nil
}

// doChores does what has to be done every few minutes, and feeds systemd's watchdog twice as often as it asks for
// (sd_watchdog_enabled(3)).
func (d *daemon) doChores() error {
	errs := []error{
		d.chores.every(time.Minute, "sample memory", func(context.Context) { d.host.sampleMemory() }),
		d.chores.every(time.Minute, "show presence", d.present),
		d.chores.every(time.Hour, "forget who did not confirm", d.forgetUnconfirmed),
		// Else the heap keeps the 4 MiB that it has grown to, a fifth of all that the bot takes, for a day on
		// which nobody says anything; and a collector told to save memory costs more at each line.
		d.chores.every(5*time.Minute, "give memory back", func(context.Context) { debug.FreeOSMemory() }),
	}
	if wanted, err := sd.SdWatchdogEnabled(false); err != nil {
		errs = append(errs, fmt.Errorf("read systemd's watchdog time: %w", err))
	} else if wanted > 0 {
		errs = append(errs, d.chores.every(wanted/2, "feed the watchdog", func(context.Context) { d.notify(sd.SdNotifyWatchdog) }))
	}
	d.chores.clock.Start()
	return errors.Join(errs...)
}

// stop takes leave: no new lines are heard, what is under way has a moment to end.
func (d *daemon) stop(ctx context.Context) {
	d.notify(sd.SdNotifyStopping)
	d.log.Info("vigie stops")
	grace, cancel := context.WithTimeout(ctx, closeGrace)
	defer cancel()
	d.look.end()
	d.bot.Close(grace)
	d.chats.stopAll()
	if err := d.chores.stop(); err != nil {
		d.log.Error("a chore did not stop", "error", err)
	}
}

// reload puts a new config into force, or refuses it with its errors and goes on with the old one.
func (d *daemon) reload(ctx context.Context, path string) {
	old := d.host.cfg.Load()
	cfg, err := config.Load(path)
	if err == nil {
		err = d.exchange(ctx, old, cfg)
	}
	if err != nil {
		d.log.Error("the new config was refused; the old one goes on", "error", err)
		if err := d.bot.TellHomes(context.Background(), "✗ the new config was refused, and the old one goes on:\n"+err.Error()); err != nil {
			d.log.Error("the rooms were not told", "error", err)
		}
		return
	}
	d.host.cfg.Store(cfg)
	d.log.Info("the new config is in force", "config", path)
}

// exchange puts cfg in the place of old: the rights first, for who has lost them waits for no chat to reconnect.
func (d *daemon) exchange(ctx context.Context, old, cfg *config.Config) error {
	if err := fixed(old, cfg); err != nil {
		return err
	}
	if err := d.use(cfg); err != nil {
		return err
	}
	if err := d.chats.use(context.WithoutCancel(ctx), cfg); err != nil {
		return errors.Join(err, d.use(old))
	}
	if err := d.jobs.Use(cfg.TimeZone, cfg.Jobs); err != nil {
		return errors.Join(err, d.use(old))
	}
	d.greetCachet(context.WithoutCancel(ctx), cfg)
	d.look.end() // the watchers go on from where they stopped
	return d.lookOut(context.WithoutCancel(ctx), cfg)
}

// fixed refuses what cannot change while the daemon runs.
func fixed(old, new *config.Config) error {
	var errs []error
	if old.StateDir != new.StateDir {
		errs = append(errs, fmt.Errorf("state_dir is now %s; that takes a restart: systemctl restart vigie", new.StateDir))
	}
	if old.History != new.History {
		errs = append(errs, errors.New("[history] has changed; that takes a restart: systemctl restart vigie"))
	}
	if old.Socket != new.Socket {
		errs = append(errs, fmt.Errorf("socket is now %s; that takes a restart: systemctl restart vigie", new.Socket))
	}
	return errors.Join(errs...)
}

// present shows the state of the pod beside the bot's name.
func (d *daemon) present(ctx context.Context) {
	d.bot.Present(ctx, d.host.commands(d.host.cfg.Load()).Presence(ctx))
}

func (d *daemon) notify(state string) {
	if _, err := sd.SdNotify(false, state); err != nil {
		d.log.Debug("systemd was not notified", "error", err)
	}
}
