package main

import (
	"context"
	"fmt"

	"github.com/diaspote/vigie/bot"
	"github.com/diaspote/vigie/cmd/vigie/config"
	"github.com/diaspote/vigie/ops/ledger"
	"github.com/diaspote/vigie/ops/schedule"
)

// newJobs are the bot's own jobs, which run their lines as anybody else would.
func newJobs(d *daemon, db *ledger.DB) *schedule.Jobs {
	return schedule.NewJobs(schedule.Means{
		Ledger: db, Log: d.log, Now: d.host.now,
		Do: d.doJob,
		Reads: func(job schedule.Job) bool {
			who, err := d.doer(job)
			return err == nil && d.bot.Reads(who, job.Do)
		},
		Gauge: d.host.gauge,
		Crontabs: func() []schedule.Entry {
			entries, _ := schedule.HostCrontabs("/")
			return entries
		},
	})
}

// doer is who runs a job: it has the rights of whoever added it from a chat, as far as they have them still; a job of the config
// has those of the config, which are an admin's.
func (d *daemon) doer(job schedule.Job) (bot.Person, error) {
	who := itself("schedule")
	if job.Person != "" {
		author, ok := d.person(job.Person)
		if !ok {
			return who, fmt.Errorf("%s added this job and is not listed any more; take it away with: cron remove %s", job.Person, job.Name)
		}
		who.Role = author.Role
	}
	return who, nil
}

// itself is the bot, as a person who runs lines.
func itself(as string) bot.Person { return bot.Person{Name: as, Role: bot.Admin} }

// checkLines looks whether the jobs and rules of a config say what can be run.
func checkLines(cfg *config.Config, s bot.Settings) error {
	return cfg.CheckLines(func(line string) error {
		_, err := s.Check(itself("config"), line)
		return err
	})
}

// doJob runs the line of a job.
func (d *daemon) doJob(ctx context.Context, job schedule.Job) (string, error) {
	who, err := d.doer(job)
	if err != nil {
		return "", err
	}
	answer, picture, err := d.bot.Do(ctx, who, job.Do)
	d.bot.Attach(schedule.Key(job.Name), picture)
	return answer, err
}

func (d *daemon) person(name string) (bot.Person, bool) {
	for _, p := range d.host.cfg.Load().People {
		if p.Name == name {
			return p, true
		}
	}
	return bot.Person{}, false
}

// gauge reads what the conditions of jobs are about.
func (h *host) gauge(c schedule.Condition) (float64, error) {
	s := h.kernel.Snapshot(h.now())
	percent := func(part, whole uint64) float64 { return 100 * float64(part) / float64(max(whole, 1)) }
	switch c.What {
	case "memory", "swap":
		if s.Memory == nil {
			return 0, fmt.Errorf("the memory could not be read: %v", s.Missing)
		}
		if c.What == "swap" {
			return percent(s.Memory.SwapUsed(), s.Memory.SwapTotal), nil
		}
		return percent(s.Memory.Used(), s.Memory.Total), nil
	case "load":
		if s.CPUs == 0 {
			return 0, fmt.Errorf("the load could not be read: %v", s.Missing)
		}
		if c.Percent {
			return 100 * s.Load[0] / float64(s.CPUs), nil
		}
		return s.Load[0], nil
	}
	for _, disk := range s.Disks {
		if disk.Mount == c.Path {
			return float64(disk.Percent()), nil
		}
	}
	return 0, fmt.Errorf("no disk is mounted at %s", c.Path)
}
