package commands

import (
	"fmt"
	"slices"
	"strings"

	"github.com/diaspote/vigie/bot"
	"github.com/diaspote/vigie/ops/incident"
)

// nothingNamed are the words for no component at all, and everythingNamed for all.
var (
	nothingNamed    = []string{"nothing", "none", "rien"}
	everythingNamed = []string{"everything", "all", "tout"}
)

// componentsNamed finds components as people name them, with commas between several: by name, by number (#3), by the unit that
// they follow, or by the beginning of one name alone. "nothing" is none, "everything" all.
func componentsNamed(all []incident.Component, typed string) ([]int64, error) {
	typed = strings.Trim(typed, ", ")
	word := plain(typed)
	switch {
	case slices.Contains(nothingNamed, word):
		return nil, nil
	case slices.Contains(everythingNamed, word):
		var ids []int64
		for _, c := range all {
			ids = append(ids, c.ID)
		}
		return ids, nil
	}
	if one, err := componentNamed(all, typed); err == nil { // whose name may have a comma
		return []int64{one.ID}, nil
	}
	var ids []int64
	for part := range strings.SplitSeq(typed, ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		one, err := componentNamed(all, part)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(ids, one.ID) {
			ids = append(ids, one.ID)
		}
	}
	if len(ids) == 0 {
		return nil, fmt.Errorf("name a component, or nothing; there is %s", componentList(all))
	}
	return ids, nil
}

func componentNamed(all []incident.Component, typed string) (incident.Component, error) {
	word := plain(typed)
	for _, same := range []func(c incident.Component) bool{
		func(c incident.Component) bool { return plain(c.Name) == word },
		func(c incident.Component) bool { return fmt.Sprint("#", c.ID) == word },
		func(c incident.Component) bool {
			return c.Follows != "" && (c.Follows == word || short(c.Follows) == word)
		},
		func(c incident.Component) bool { return word != "" && strings.HasPrefix(plain(c.Name), word) },
	} {
		var found []incident.Component
		for _, c := range all {
			if same(c) {
				found = append(found, c)
			}
		}
		switch len(found) {
		case 0:
			continue
		case 1:
			return found[0], nil
		}
		return incident.Component{}, fmt.Errorf("%q may be %s; #%d is the first of them", bot.Clip(typed, 40), componentList(found), found[0].ID)
	}
	var names []string
	for _, c := range all {
		names = append(names, plain(c.Name))
	}
	if near := bot.Nearest(word, names); near != "" {
		return incident.Component{}, fmt.Errorf("there is no component %q; did you mean %q?", bot.Clip(typed, 40), near)
	}
	if len(all) == 0 {
		return incident.Component{}, fmt.Errorf("there is no component %q, and no other; try: component add", bot.Clip(typed, 40))
	}
	return incident.Component{}, fmt.Errorf("there is no component %q; there is %s", bot.Clip(typed, 40), componentList(all))
}

func componentList(all []incident.Component) string {
	var names []string
	for _, c := range all {
		names = append(names, bot.Clip(c.Name, 40))
	}
	return listed(names, 12)
}
