package commands

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/diaspote/vigie/bot"
	"github.com/diaspote/vigie/ops/systemd"
)

// resolve finds the unit that a person means: by its name, with or without ".service", or by the
// beginning of one unit's name alone. Units of the config come before the host's others.
func (h *Host) resolve(ctx context.Context, typed string) (string, error) {
	full, err := systemd.UnitName(typed)
	if err != nil {
		return "", cmp.Or(errors.Unwrap(err), err) // without the name, which the answer begins with
	}
	var own []string
	for _, u := range h.Units {
		own = append(own, u.Name)
	}
	if slices.Contains(own, full) {
		return full, nil
	}
	ctx, cancel := context.WithTimeout(ctx, unitsWait)
	defer cancel()
	unit, err := h.Systemd.Unit(ctx, full)
	if err == nil {
		return unit.Name, nil // its own, if that was an alias: what is allowed and locked goes by it
	}
	var all []string
	if errors.Is(err, systemd.ErrNoUnit) {
		all, err = h.Systemd.Names(ctx)
	}
	if err != nil {
		return "", errors.New(because(ctx, err, unitsWait))
	}
	for _, names := range [][]string{own, all} {
		switch begins := beginning(names, typed); {
		case len(begins) == 1:
			return begins[0], nil
		case len(begins) > 1:
			return "", fmt.Errorf("that may be %s", listed(begins, 5))
		}
	}
	if near := bot.Nearest(short(full), shorts(append(own, all...))); near != "" {
		return "", fmt.Errorf("no such unit; did you mean %q?", near)
	}
	return "", errors.New("no such unit; try: units")
}

// target is resolve for a command whose first argument is a unit.
func (h *Host) target(ctx context.Context, args []string) (string, error) {
	return h.resolve(ctx, args[0])
}

func beginning(names []string, typed string) []string {
	var begins []string
	for _, name := range names {
		if strings.HasPrefix(name, typed) {
			begins = append(begins, name)
		}
	}
	slices.Sort(begins)
	return slices.Compact(begins)
}

// short is how people call a unit.
func short(unit string) string { return strings.TrimSuffix(unit, ".service") }

func shorts(units []string) []string {
	var all []string
	for _, u := range units {
		all = append(all, short(u))
	}
	return all
}

// listed names at most n units.
func listed(units []string, n int) string {
	names := shorts(units)
	if len(names) > n {
		return strings.Join(names[:n], ", ") + fmt.Sprintf(" or %d others", len(names)-n)
	}
	return strings.Join(names, ", ")
}
