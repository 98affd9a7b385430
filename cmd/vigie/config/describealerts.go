package config

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/diaspote/vigie/bot"
	"github.com/diaspote/vigie/ops"
)

// describeWatch says what the bot looks after, and what it does about it.
func (c *Config) describeWatch() []string {
	w := c.Watch
	kinds := slices.DeleteFunc(WatchKinds(), func(kind string) bool {
		return !w.Watches(kind) || kind == "pod" && c.Pod.URL == ""
	})
	says := []string{"watches nothing by itself"}
	if len(kinds) > 0 {
		says[0] = "watches " + strings.Join(kinds, ", ")
	}
	if w.Watches("disk") {
		says = append(says, fmt.Sprintf("warns of a disk at %d %%, and louder at %d %%", w.DiskWarning, w.DiskCritical))
	}
	if w.Watches("pod") && c.Pod.URL != "" {
		says = append(says, fmt.Sprintf("takes the pod for down after %s in a row", times(w.PodFailures, "failure")))
	}
	says = append(says, c.describeIncidents())
	for _, j := range c.Jobs {
		s := fmt.Sprintf("runs %q at %q as %s", j.Do, j.At, j.Name)
		if j.Unless != "" {
			s += ", unless " + j.Unless
		}
		if j.CatchUp {
			s += ", later if it was missed"
		}
		says = append(says, s)
	}
	for _, r := range c.Rules {
		says = append(says, fmt.Sprintf("runs %q on %s, at most %d in %s", r.Do, r.On, r.Count, short(r.Per)))
	}
	return says
}

// describeAlerts says who is told of what happens.
func (c *Config) describeAlerts() []string {
	var says []string
	for _, r := range c.Routes {
		says = append(says, describeRoute(r))
	}
	switch {
	case len(c.homes()) == 0 && len(c.Routes) == 0:
		says = append(says, "tells nobody of alerts: there is no room to tell them in")
	case len(c.Routes) == 0:
		says = append(says, "tells all its rooms of all alerts")
	case len(c.homes()) == 0:
		says = append(says, "tells nobody of what no route takes")
	default:
		says = append(says, "of what no route takes it tells nobody, but all its rooms if that is critical or the answer of a job")
	}
	if q := c.Quiet; q.From != q.To {
		says = append(says, fmt.Sprintf("keeps what is less than %s back from %s to %s", q.Passes, ofClock(q.From), ofClock(q.To)))
	}
	if c.Watch.Remind > 0 {
		says = append(says, "says again after "+short(c.Watch.Remind)+" what is critical and nobody took")
	}
	for _, h := range c.Hooks {
		s := fmt.Sprintf("sends %s to the hook %s", fromOn(h.Severity), h.Name)
		if h.Secret.IsZero() {
			s += ", unsigned"
		}
		says = append(says, s)
	}
	if c.Heartbeat != nil {
		says = append(says, "tells its heartbeat every "+short(c.Heartbeat.Every)+" that it lives")
	}
	return slices.Concat(says, c.describeWebhooks(), c.describePage(), c.describeCachet())
}

func (c *Config) describeWebhooks() []string {
	if len(c.Webhooks) == 0 {
		return nil
	}
	var says []string
	for _, w := range c.Webhooks {
		s := fmt.Sprintf("takes what %s posts to http://%s%s", w.Kind, c.Web.Listen, w.Path)
		if w.Room != "" {
			s += " into " + w.Room
		}
		says = append(says, s)
	}
	if !loopback(c.Web.Listen) {
		says = append(says, "listens on "+c.Web.Listen+", which others than this host may reach")
	}
	return says
}

func describeRoute(r bot.Route) string {
	var to []string
	for _, home := range r.To {
		to = append(to, home.Room)
	}
	s := "tells " + strings.Join(to, ", ") + " of " + fromOn(r.Severity)
	if len(r.Kinds) > 0 {
		s += " of kind " + strings.Join(r.Kinds, ", ")
	}
	if len(r.Units) > 0 {
		s += " about " + strings.Join(r.Units, ", ")
	}
	return s
}

// fromOn are the events of that severity and of those above.
func fromOn(s ops.Severity) string {
	switch s {
	case ops.Info:
		return "everything"
	case ops.Critical:
		return "what is critical"
	}
	return "what is " + s.String() + " or worse"
}

func ofClock(d time.Duration) string {
	return fmt.Sprintf("%02d:%02d", int(d.Hours()), int(d.Minutes())%60)
}

func times(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
