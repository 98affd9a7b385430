package commands

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/diaspote/vigie/bot"
	"github.com/diaspote/vigie/ops/incident"
)

// mostShown is how many subscribers are listed, the newest.
const mostShown = 30

func (h *Host) subscribers() *bot.Command {
	return &bot.Command{
		Name: "subscribers", Needs: bot.Reader,
		Help: "how many are sent mail of what the status page tells",
		About: "An admin reads their addresses too, as far as they are shown where others read along. Visitors subscribe on the status page;\n" +
			"webhooks and what else is told is in the config.",
		Examples: []string{"subscribers", "subscribers remove 12"},
		Subs: bot.Table{{
			Name: "subscribers remove", Usage: "N|ADDRESS", Help: "send somebody no more mail", MinArgs: 1, MaxArgs: 1, Needs: bot.Admin, Changes: true, Own: true,
			Target: h.subscriberNamed,
			Run:    h.removeSubscriber,
		}},
		Run: h.listSubscribers,
	}
}

func (h *Host) listSubscribers(ctx context.Context, c *bot.Call) error {
	all, err := h.Incidents.Subscribers(ctx)
	if err != nil {
		return err
	}
	confirmed, refused := 0, 0
	for _, s := range all {
		if !s.Confirmed.IsZero() {
			confirmed++
		}
		if !s.Refused.IsZero() {
			refused++
		}
	}
	text := fmt.Sprintf("%s; %d asked and not confirmed yet", plural(int64(confirmed), "subscriber"), len(all)-confirmed)
	if refused > 0 {
		text += fmt.Sprintf("; mail is refused by %d", refused)
	}
	if c.Person.Role < bot.Admin || len(all) == 0 {
		c.Say(text)
		return nil
	}
	var b strings.Builder
	for _, s := range all[max(0, len(all)-mostShown):] {
		fmt.Fprintf(&b, "%d  %s  %s\n", s.ID, incident.Mask(s.Address), howSubscribed(s, c.Now().Location()))
	}
	if len(all) > mostShown {
		text += fmt.Sprintf("; the newest %d:", mostShown)
	}
	c.Show(text, strings.TrimRight(b.String(), "\n"))
	return nil
}

// howSubscribed says since when, and of what.
func howSubscribed(s incident.Subscriber, zone *time.Location) string {
	says := "since " + s.Confirmed.In(zone).Format(time.DateOnly)
	if s.Confirmed.IsZero() {
		says = "not confirmed yet"
	}
	if n := len(s.Components); n > 0 {
		says += ", of " + plural(int64(n), "component")
	}
	if !s.Refused.IsZero() {
		says += ", refused since " + s.Refused.In(zone).Format(time.DateOnly)
	}
	return says
}

// subscriberNamed finds somebody by number or address. Of two rows of one address the confirmed one is meant.
func (h *Host) subscriberNamed(ctx context.Context, args []string) (string, error) {
	all, err := h.Incidents.Subscribers(ctx)
	if err != nil {
		return "", err
	}
	found := ""
	for _, s := range all {
		id := strconv.FormatInt(s.ID, 10)
		if args[0] == id || strings.EqualFold(args[0], s.Address) && (found == "" || !s.Confirmed.IsZero()) {
			found = id
		}
	}
	if found == "" {
		return "", fmt.Errorf("there is no such subscriber; try: subscribers")
	}
	return "subscriber " + found, nil
}

func (h *Host) removeSubscriber(ctx context.Context, c *bot.Call) error {
	id, err := strconv.ParseInt(strings.TrimPrefix(c.Target, "subscriber "), 10, 64)
	if err != nil {
		return err
	}
	s, err := h.Incidents.Subscriber(ctx, id)
	if err != nil {
		return err
	}
	if err := h.Incidents.Unsubscribe(ctx, id); err != nil {
		return err
	}
	c.Say(fmt.Sprintf("%s is sent no more mail", incident.Mask(s.Address)))
	return nil
}
