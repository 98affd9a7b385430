package commands

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/diaspote/vigie/bot"
	"github.com/diaspote/vigie/ops/incident"
	"github.com/diaspote/vigie/ops/ledger"
)

// What a report reads at most, so that a burst of alerts from outside does not fill the memory.
const (
	reportEvents = 20_000
	reportPage   = 500
	reportAudits = 2000
)

func (h *Host) report() *bot.Command {
	return &bot.Command{
		Name: "report", Usage: "PERIOD", MinArgs: 1, MaxArgs: 1, Needs: bot.Reader, Timeout: time.Minute,
		Help: "what the last day, week or month was like",
		About: "PERIOD is day, week or month, up to now. Uptime is what I saw: of units by systemd, of the pod by asking its URL. A restart counts as down until the unit answered; maintenance does not count.\n" +
			"What happened while I was not running is in it as far as a log told me later.",
		Examples: []string{"report week"},
		Run: func(ctx context.Context, c *bot.Call) error {
			f, err := h.facts(ctx, c, strings.ToLower(c.Args[0]))
			if err != nil {
				return err
			}
			c.Say(f.report())
			return nil
		},
	}
}

// reportStart is when the day, week or month began that ends now, by the clock on the wall.
func reportStart(period string, now time.Time) (time.Time, error) {
	switch period {
	case "day":
		return now.AddDate(0, 0, -1), nil
	case "week":
		return now.AddDate(0, 0, -7), nil
	case "month":
		return now.AddDate(0, -1, 0), nil
	}
	return time.Time{}, fmt.Errorf("report: %q is not day, week or month", bot.Clip(period, 20))
}

// facts gathers what a report is made of.
func (h *Host) facts(ctx context.Context, c *bot.Call, period string) (facts, error) {
	now := c.Now()
	from, err := reportStart(period, now)
	if err != nil {
		return facts{}, err
	}
	f := facts{host: c.Host, period: period, from: from, to: now, pod: h.PodURL != "", disks: h.Kernel.Snapshot(now).Disks}
	if f.then, err = h.disksThen(ctx, from, now); err != nil {
		return f, err
	}
	if err := f.readBefore(ctx, c); err != nil {
		return f, err
	}
	if err := f.readEvents(ctx, c); err != nil {
		return f, err
	}
	if f.audits, err = c.Audits(ctx, reportAudits); err != nil {
		return f, err
	}
	if err := f.readBook(ctx, h.Incidents); err != nil {
		return f, err
	}
	open, err := c.Alerts(ctx)
	for _, a := range open {
		if a.Ended.IsZero() && a.Event.Kind != incident.KindIncident && a.Event.Kind != incident.KindMaintenance {
			f.open++
		}
	}
	return f, err
}

// reportIncidents is how many incidents are counted at most.
const reportIncidents = 1000

// readBook reads the incidents and the maintenance of the time of the report.
func (f *facts) readBook(ctx context.Context, book *incident.Book) (err error) {
	if book == nil {
		return nil
	}
	if f.incidents, err = book.Incidents(ctx, incident.Query{Since: f.from, Until: f.to, Limit: reportIncidents}); err != nil {
		return err
	}
	if f.maintenance, err = book.Maintenances(ctx, f.from); err != nil {
		return err
	}
	components, err := book.Components(ctx)
	f.planned = map[string][]gap{}
	for _, m := range f.maintenance {
		g, ok := f.work(m)
		for _, c := range components {
			if !ok || !slices.Contains(m.Components, c.ID) || c.Follows == "" {
				continue
			}
			unit := c.Follows
			if unit == incident.FollowsPod {
				unit = ""
			}
			f.planned[unit] = append(f.planned[unit], g)
		}
	}
	return err
}

// work is the part of a maintenance that is in the time of the report, if there is any.
func (f *facts) work(m incident.Maintenance) (gap, bool) {
	if m.Started.IsZero() {
		return gap{}, false
	}
	end := m.Ended
	if !m.Over() {
		end = f.to
	}
	g := gap{later(m.Started, f.from), earlier(end, f.to)}
	return g, g.to.After(g.from)
}

// readBefore reads what may have lasted into the time of the report, and whether there is anything before it.
func (f *facts) readBefore(ctx context.Context, c *bot.Call) error {
	for _, kind := range []string{"", "pod", "unit"} {
		past, err := c.Events(ctx, ledger.EventQuery{Kind: kind, Until: f.from, Limit: reportPage})
		if err != nil {
			return err
		}
		f.older = f.older || slices.ContainsFunc(past, func(r ledger.Record) bool { return r.Noted.Before(f.from) })
		if kind != "" {
			f.records = append(f.records, past...)
		}
	}
	return nil
}

// readEvents reads those of the time of the report, page by page and without their texts.
func (f *facts) readEvents(ctx context.Context, c *bot.Call) error {
	until := f.to.Add(time.Millisecond)
	seen := map[int64]bool{} // of the last page: two events may have one time
	for read := 0; ; {
		page, err := c.Events(ctx, ledger.EventQuery{Since: f.from, Until: until, Limit: reportPage})
		if err != nil || len(page) == 0 {
			return err
		}
		last := page[len(page)-1].At
		full := len(page) == reportPage
		page = slices.DeleteFunc(page, func(r ledger.Record) bool { return seen[r.Row] })
		clear(seen)
		for _, r := range page {
			if r.Text = ""; !named(r.Event) {
				r.Title = ""
			}
			f.records = append(f.records, r)
			seen[r.Row] = true
		}
		if !full {
			return nil
		}
		if until = last.Add(time.Millisecond); len(page) == 0 { // a page of one millisecond: the rest of it is left out
			until = last
		}
		if read += len(page); read >= reportEvents {
			f.cut = last
			return nil
		}
	}
}
