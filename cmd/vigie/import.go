package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/diaspote/vigie/adapters/cachet"
	"github.com/diaspote/vigie/cmd/vigie/config"
	"github.com/diaspote/vigie/ops/incident"
	"github.com/diaspote/vigie/ops/ledger"
)

// importTime bounds a whole import.
const importTime = 30 * time.Minute

// An importCommand reads into the book what others keep.
type importCommand struct {
	Cachet importCachet `cmd:"" help:"Read the components, incidents and maintenance of a Cachet. What was read before is not read twice."`
}

type importCachet struct {
	URL         string `arg:"" help:"Its address, https://status.example.org."`
	TokenFile   string `help:"A file of mode 0600 with a token of it: else what is hidden there stays so." placeholder:"FILE"`
	TimeZone    string `help:"Its time zone, as in its settings; default: that of the config." placeholder:"Europe/Paris"`
	Metrics     bool   `help:"Its metrics too, with their points of the last year."`
	Subscribers bool   `help:"Its confirmed subscribers too, which takes a token. They were asked there, not here."`
}

// Run works beside a running daemon, which shows what came in within a minute.
func (c importCachet) Run(ctx context.Context, line *commandLine, t terminal) error {
	cfg, err := mustLoad(line.Config)
	if err != nil {
		return err
	}
	zone := cfg.TimeZone
	if c.TimeZone != "" {
		if zone, err = time.LoadLocation(c.TimeZone); err != nil {
			return fmt.Errorf("--time-zone: this host knows no time zone %q; timedatectl list-timezones lists them", c.TimeZone)
		}
	}
	token, err := config.SecretFile(c.TokenFile)
	if err != nil {
		return fmt.Errorf("--token-file: %w", err)
	}
	if c.Subscribers && token.IsZero() {
		return errors.New("--subscribers: a Cachet shows them to who has its token alone; add --token-file FILE")
	}
	client, err := cachet.NewClient(c.URL, reveal(token), zone)
	if err != nil {
		return err
	}
	path := filepath.Join(cfg.StateDir, "vigie.db")
	if err := readable("import a Cachet", "import cachet …", path); err != nil {
		return err
	}
	db, err := ledger.Open(ctx, path)
	if err != nil {
		return err
	}
	defer db.Close()
	now := func() time.Time { return time.Now().In(cfg.TimeZone) }
	book, err := incident.Open(ctx, db, now)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, importTime)
	defer cancel()
	in := importing{terminal: t, book: book, client: client, now: now(), counts: map[string]int{}}
	err = in.client.Read(ctx, in.now, in.take(ctx), func(why string) { in.came.Refused = append(in.came.Refused, why) })
	if err == nil && c.Metrics {
		err = in.client.ReadMetrics(ctx, in.take(ctx))
	}
	if err == nil && c.Subscribers {
		err = in.subscribers(ctx)
	}
	in.sum()
	if err != nil {
		return fmt.Errorf("%w; what was read until then is kept, and the same command goes on from there", err)
	}
	return nil
}

// An importing is an import under way.
type importing struct {
	terminal
	book   *incident.Book
	client *cachet.Client
	now    time.Time

	counts map[string]int // of each kind, how many were read
	came   incident.Imported
	people int
}

// take writes a part down and says how far it has come.
func (in *importing) take(ctx context.Context) func(kind string, some []incident.Foreign, total int) error {
	return func(kind string, some []incident.Foreign, total int) error {
		came, err := in.book.Import(ctx, in.client.Place, some)
		in.came.Add(came)
		in.counts[kind] += max(len(some), len(some[0].Points))
		if total > in.counts[kind] {
			fmt.Fprintf(in.err, "%s: %d of %d\n", kind, in.counts[kind], total)
		}
		return err
	}
}

// subscribers takes over those who are not known yet.
func (in *importing) subscribers(ctx context.Context) error {
	known := map[string]bool{}
	all, err := in.book.Subscribers(ctx)
	if err != nil {
		return err
	}
	for _, s := range all {
		known[strings.ToLower(s.Address)] = true
	}
	copies, err := in.book.Copies(ctx, in.client.Place, incident.OfComponent)
	if err != nil {
		return err
	}
	return in.client.Subscribers(ctx, func(s cachet.Subscriber) error {
		if known[strings.ToLower(s.Address)] {
			return nil
		}
		var components []int64
		for here, c := range copies {
			if slices.Contains(s.Components, c.There) {
				components = append(components, here)
			}
		}
		if len(s.Components) > 0 && len(components) == 0 {
			return nil // of nothing that there is here
		}
		_, err := in.book.Subscribe(incident.Quietly(ctx), s.Address, "en", components, true)
		if bad := (*incident.Invalid)(nil); errors.As(err, &bad) {
			in.came.Refused = append(in.came.Refused, "the subscriber "+incident.Mask(s.Address)+": "+bad.Error())
			return nil
		}
		if err == nil {
			in.people++
			known[strings.ToLower(s.Address)] = true
		}
		return err
	})
}

// mostRefused is how many of those that could not be taken are named.
const mostRefused = 20

// sum says what has come of it.
func (in *importing) sum() {
	var parts []string
	for _, one := range []struct {
		n    int
		noun string
	}{{in.came.Groups, "group"}, {in.came.Components, "component"}, {in.came.Maintenances, "maintenance"}, {in.came.Incidents, "incident"}, {in.came.Updates, "update"}, {in.came.Metrics, "metric"}, {in.came.Points, "point"}, {in.people, "subscriber"}} {
		if one.n == 1 {
			parts = append(parts, "1 "+one.noun)
		} else if one.n > 1 {
			parts = append(parts, fmt.Sprintf("%d %ss", one.n, one.noun))
		}
	}
	text := "imported " + strings.Join(parts, ", ")
	if len(parts) == 0 {
		text = "imported nothing new"
	}
	if in.came.Known > 0 {
		text += fmt.Sprintf("; %d were here already", in.came.Known)
	}
	fmt.Fprintln(in.out, text)
	for n, why := range in.came.Refused {
		if n == mostRefused {
			fmt.Fprintf(in.out, "… and %d more\n", len(in.came.Refused)-n)
			break
		}
		fmt.Fprintln(in.out, "left out "+why)
	}
}
