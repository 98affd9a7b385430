package cachet

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/diaspote/vigie/bot"
	"github.com/diaspote/vigie/ops"
	"github.com/diaspote/vigie/ops/incident"
)

const (
	// ChatName is the [bot.Program] that is told of changes of the book, and PointsName the one of points of metrics, which
	// may have to wait, and may be dropped.
	ChatName   = "cachet:"
	PointsName = "cachet:points"

	versionTime = time.Hour        // for so long the version of the Cachet is believed
	late        = 10 * time.Minute // what arrives later than that says when it was
	fresh       = time.Hour        // of what is older Cachet's subscribers are not told
)

// A Push makes a Cachet say what the book says. It is the [bot.Chat] of a [bot.Program]; [Push.Points] is another.
type Push struct {
	*Client
	Book    *incident.Book
	Now     func() time.Time
	Notify  bool                                   // have Cachet tell its subscribers
	Metrics []Metric                               // that points go to
	Raise   func(context.Context, ops.Event) error // tells the admins

	mu       sync.Mutex // one request after the other
	old      bool       // before 2.4
	asked    time.Time  // for its version
	metricID map[string]int64
}

// Name is ChatName.
func (p *Push) Name() string { return ChatName }

// Listen blocks until ctx ends: nobody speaks here.
func (p *Push) Listen(ctx context.Context, _ chan<- bot.Message) error {
	<-ctx.Done()
	return nil
}

// Owed is what a change of the book owes to a Cachet, "" for nothing.
func Owed(c incident.Change) string {
	switch {
	case c.Component != nil:
		return fmt.Sprint("component ", c.Component.ID)
	case c.Group != nil:
		return fmt.Sprint("group ", c.Group.ID)
	case c.Incident != nil:
		return fmt.Sprint("incident ", c.Incident.ID)
	case c.Maintenance != nil:
		return fmt.Sprint("maintenance ", c.Maintenance.ID)
	}
	return ""
}

// OwedAtFirst is what is owed to a Cachet when nothing is known of what it has: all that it is to say now.
const OwedAtFirst = "all"

// Post does what a text asks for. The error is bot.ErrOffline where trying again may help.
func (p *Push) Post(ctx context.Context, post bot.Post) (bot.Receipt, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	what, number, _ := strings.Cut(post.Text, " ")
	id, _ := strconv.ParseInt(number, 10, 64)
	err := p.meet(ctx)
	if err == nil {
		switch what {
		case OwedAtFirst:
			err = p.all(ctx)
		case "group":
			_, err = p.group(ctx, id)
		case "component":
			_, err = p.component(ctx, id)
		case "incident":
			err = p.incident(ctx, id)
		case "maintenance":
			err = p.maintenance(ctx, id)
		case "point":
			err = p.point(ctx, number)
		}
	}
	if err != nil {
		return bot.Receipt{}, fmt.Errorf("tell the Cachet of %s: %w", bot.Clip(post.Text, 60), err)
	}
	return bot.Receipt{Room: post.Room, ID: post.Text}, nil
}

// meet finds out which version the Cachet is.
func (p *Push) meet(ctx context.Context) error {
	if ago := p.Now().Sub(p.asked); !p.asked.IsZero() && ago.Abs() < versionTime {
		return nil
	}
	v, err := p.Version(ctx)
	if err != nil {
		return err
	}
	p.old, p.asked = v.Old, p.Now()
	if !v.Old {
		return nil
	}
	return p.Raise(ctx, ops.Event{ // of the same ID it is told once
		ID: "cachet/old/" + p.Place, Kind: "delivery", Key: "delivery/old/" + p.Place, Severity: ops.Info, At: p.Now(),
		Title: "the Cachet at " + p.String() + " is older than 2.4",
		Text:  "It has no updates of incidents and no schedules: all that is written of an incident goes into its message, and a maintenance goes there as an incident of the status \"scheduled\".",
	})
}

// A Version is what is known of a Cachet's.
type Version struct {
	Name string // "2.4.1", "" if it does not tell
	Old  bool   // it is older than 2.4: it has no schedules, nor updates of incidents
}

func (v Version) String() string {
	if v.Name == "" {
		return "of a version that it does not tell"
	}
	return v.Name
}

// Version asks for it. One that does not tell it is known by what it has.
func (c *Client) Version(ctx context.Context) (v Version, err error) {
	err = c.call(ctx, http.MethodGet, "version", nil, &v.Name)
	if err != nil && !isNone(err) {
		return v, err
	}
	v.Name = bot.Clip(v.Name, 40)
	var major, minor int
	if n, _ := fmt.Sscanf(strings.TrimPrefix(v.Name, "v"), "%d.%d", &major, &minor); n == 2 {
		v.Old = major < 2 || major == 2 && minor < 4
		return v, nil
	}
	var any []schedule
	err = c.call(ctx, http.MethodGet, "schedules?per_page=1", nil, &any)
	if isNone(err) {
		return Version{Old: true}, nil
	}
	return v, err
}

// Check tries the connection and the token, and changes nothing.
func (c *Client) Check(ctx context.Context) (Version, error) {
	var pong string
	if err := c.call(ctx, http.MethodGet, "ping", nil, &pong); err != nil {
		return Version{}, err
	}
	v, err := c.Version(ctx)
	if err != nil {
		return v, err
	}
	var any []struct{}
	err = c.call(ctx, http.MethodGet, "subscribers?per_page=1", nil, &any) // the one thing to read that takes a token
	return v, err
}

// all goes through all that the Cachet is to say, and through what it was told before.
func (p *Push) all(ctx context.Context) error {
	groups, err := p.Book.Groups(ctx)
	if err != nil {
		return err
	}
	components, err := p.Book.Components(ctx)
	if err != nil {
		return err
	}
	incidents, err := p.Book.Incidents(ctx, incident.Query{Public: true, Open: true})
	if err != nil {
		return err
	}
	maintenances, err := p.Book.Maintenances(ctx, p.Now())
	if err != nil {
		return err
	}
	for _, one := range []struct {
		kind string
		now  []int64
		tell func(context.Context, int64) error
	}{
		{incident.OfGroup, ids(groups, func(g incident.Group) int64 { return g.ID }), func(ctx context.Context, id int64) error { _, err := p.group(ctx, id); return err }},
		{incident.OfComponent, ids(components, func(c incident.Component) int64 { return c.ID }), func(ctx context.Context, id int64) error { _, err := p.component(ctx, id); return err }},
		{incident.OfIncident, ids(incidents, func(i incident.Incident) int64 { return i.ID }), p.incident},
		{incident.OfMaintenance, ids(maintenances, func(m incident.Maintenance) int64 { return m.ID }), p.maintenance},
	} {
		if one.now, err = p.with(ctx, one.kind, one.now); err != nil {
			return err
		}
		var refused error
		for _, id := range one.now {
			err := one.tell(ctx, id)
			if errors.Is(err, bot.ErrOffline) || ctx.Err() != nil {
				return err
			}
			if err != nil && refused == nil { // the others go first
				refused = err
			}
		}
		if refused != nil {
			return refused
		}
	}
	return nil
}
