package commands

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/diaspote/vigie/bot"
)

const (
	graphRange = 24 * time.Hour // where none is given
	graphLeast = 10 * time.Minute
	longest    = 10 // years
)

// parseGraph reads what follows graph and stats: what, when, and against what.
func (h *Host) parseGraph(ctx context.Context, words []string, now time.Time) (graphAsk, error) {
	var ask graphAsk
	panels, used, err := h.Graphs.Find(words)
	if err != nil {
		return ask, err
	}
	if used == 0 && len(words) > 1 && isAbout(words[0]) { // "graph incident 12" is about what it was about
		a, err := h.about(ctx, words[0], words[1])
		if err != nil {
			return ask, err
		}
		if panels, err = h.panelsOf(a.names); err != nil {
			return ask, err
		}
	}
	if len(panels) == 0 {
		if near := h.Graphs.Nearest(words[0]); near != "" {
			return ask, fmt.Errorf("there is no %q; did you mean %q? All of them: graph list", bot.Clip(words[0], 40), near)
		}
		return ask, fmt.Errorf("there is no %q; what there is: graph list", bot.Clip(words[0], 40))
	}
	if len(panels) > mostGraphs {
		ask.more, panels = len(panels)-mostGraphs, panels[:mostGraphs]
	}
	ask.panels = panels
	rest := words[used:]
	if n := len(rest); n >= 2 && strings.EqualFold(rest[n-2], "as") {
		if !strings.EqualFold(rest[n-1], "csv") {
			return ask, fmt.Errorf("as %q? It goes: as csv", bot.Clip(rest[n-1], 20))
		}
		ask.csv, rest = true, rest[:n-2]
	}
	if i := slices.IndexFunc(rest, func(w string) bool { return strings.EqualFold(w, "vs") }); i >= 0 {
		if ask.back, ask.compared, err = parseVersus(rest[i+1:]); err != nil {
			return ask, err
		}
		rest = rest[:i]
	}
	ask.from, ask.to, err = h.parseRange(ctx, rest, now)
	return ask, err
}

// parseVersus reads what a graph is compared with: "7d", "yesterday", "week".
func parseVersus(words []string) (back func(time.Time) time.Time, called string, err error) {
	text := strings.ToLower(strings.Join(words, " "))
	days := 0
	switch text {
	case "day", "yesterday", "24h":
		days = 1
	case "week", "last week":
		days = 7
	default:
		n, unit := strings.TrimSuffix(text, "d"), 1
		if before, ok := strings.CutSuffix(text, "w"); ok {
			n, unit = before, 7
		}
		if days, err = strconv.Atoi(n); err != nil || days < 1 || days > 400 {
			return nil, "", fmt.Errorf("vs %q is not understood; try: vs 1d, vs 7d or vs week", bot.Clip(text, 40))
		}
		days *= unit
	}
	called = fmt.Sprintf("%d days before", days)
	if days == 1 {
		called = "the day before"
	}
	// By the calendar: what happens at 4:20 stands where it happened at 4:20, also across a change of the clocks.
	return func(t time.Time) time.Time { return t.AddDate(0, 0, -days) }, called, nil
}

// parseRange reads "24h", "since 03:00", "yesterday", "03:00-04:00", "2026-11-23", "yesterday 22:00-23:00", "alert 12",
// "incident 3", "maintenance 4", or nothing.
func (h *Host) parseRange(ctx context.Context, words []string, now time.Time) (from, to time.Time, err error) {
	if len(words) == 0 {
		return h.past(now, graphRange), now, nil
	}
	first := strings.ToLower(words[0])
	switch {
	case isAbout(first):
		if len(words) != 2 {
			return from, to, fmt.Errorf("%s which? For example: %s 12", first, first)
		}
		a, err := h.about(ctx, first, words[1])
		from, to = a.around(now)
		if err == nil && from.After(now) {
			err = fmt.Errorf("%s %s is still to come", first, bot.Clip(words[1], 20))
		}
		return from, to, err
	case first == "since":
		return since(words[1:], now)
	case strings.Contains(words[len(words)-1], "-") && !isDate(words[len(words)-1]):
		from, to, err = between(words, now)
	default:
		from, to, err = whole(words, now)
	}
	if err == nil {
		err = checkRange(from, to, now)
	}
	return from, earlier(to, now), err
}

// past is so long ago; on the first day, when what was measured begins.
func (h *Host) past(now time.Time, long time.Duration) time.Time {
	begin := now.Add(-long)
	if first := h.Graphs.Begin().In(now.Location()); first.After(begin) {
		return earlier(first, now.Add(-graphLeast))
	}
	return begin
}

// since reads "03:00", "yesterday 22:00", and what may follow: "until 04:00".
func since(words []string, now time.Time) (from, to time.Time, err error) {
	if len(words) == 0 {
		return from, to, errors.New("since when? For example: since 03:00")
	}
	from, used, err := when(words, now)
	if err != nil {
		return from, to, err
	}
	to = now
	if rest := words[used:]; len(rest) > 0 {
		if !strings.EqualFold(rest[0], "until") || len(rest) < 2 {
			return from, to, fmt.Errorf("%q is not understood", bot.Clip(strings.Join(rest, " "), 40))
		}
		if to, used, err = when(rest[1:], now); err != nil {
			return from, to, err
		}
		if used != len(rest)-1 {
			return from, to, fmt.Errorf("%q is not understood", bot.Clip(strings.Join(rest[1+used:], " "), 40))
		}
	}
	return from, to, checkRange(from, to, now)
}

// between reads "03:00-04:00" with or without a day before it: of the last such time that has begun. The end may be on the
// next day.
func between(words []string, now time.Time) (from, to time.Time, err error) {
	last := words[len(words)-1]
	a, b, _ := strings.Cut(last, "-")
	begin, ok := hour(a)
	end, fine := hour(b)
	if !ok || !fine {
		return from, to, fmt.Errorf("%q is no range; try 03:00-04:00", bot.Clip(last, 40))
	}
	if len(words) == 1 {
		if from = onDay(now, 0, begin); from.After(now) {
			from = onDay(now, -1, begin)
		}
	} else {
		var used int
		if from, used, err = when(slices.Concat(words[:len(words)-1], []string{a}), now); err != nil {
			return from, to, err
		}
		if used != len(words) {
			return from, to, fmt.Errorf("%q is no day", bot.Clip(strings.Join(words[:len(words)-1], " "), 40))
		}
	}
	if to = onDay(from, 0, end); !to.After(from) && a != b {
		to = onDay(from, 1, end)
	}
	return from, to, nil
}

// whole reads a while that ends now, or a whole day.
func whole(words []string, now time.Time) (from, to time.Time, err error) {
	text := strings.ToLower(strings.Join(words, " "))
	back := map[string]func() time.Time{
		"day": func() time.Time { return now.AddDate(0, 0, -1) }, "week": func() time.Time { return now.AddDate(0, 0, -7) },
		"month": func() time.Time { return now.AddDate(0, -1, 0) }, "year": func() time.Time { return now.AddDate(-1, 0, 0) },
	}
	if begin, ok := back[text]; ok {
		return begin(), now, nil
	}
	for unit, period := range map[string]string{"w": "week", "y": "year"} { // when reads the shorter ones
		if n, err := strconv.Atoi(strings.TrimSuffix(text, unit)); err == nil && strings.HasSuffix(text, unit) && n > 0 && n < 1000 {
			if period == "week" {
				return now.AddDate(0, 0, -7*n), now, nil
			}
			return now.AddDate(-n, 0, 0), now, nil
		}
	}
	from, used, err := when(words, now)
	if err != nil {
		return from, to, err
	}
	if used != len(words) {
		return from, to, fmt.Errorf("%q is not understood", bot.Clip(strings.Join(words[used:], " "), 40))
	}
	if slices.Contains([]string{"today", "yesterday", "aujourd'hui", "hier"}, text) || isDate(text) {
		return from, from.AddDate(0, 0, 1), nil
	}
	return from, now, nil
}

func isDate(text string) bool {
	_, err := time.Parse(time.DateOnly, text)
	return err == nil
}

func checkRange(from, to, now time.Time) error {
	switch {
	case from.After(now):
		return fmt.Errorf("that is still to come; it is %s here", now.Format("15:04 on 2006-01-02"))
	case !from.Before(to):
		return errors.New("that range ends before it begins")
	case from.AddDate(longest, 0, 0).Before(to):
		return fmt.Errorf("that is longer than %d years", longest)
	}
	return nil
}
