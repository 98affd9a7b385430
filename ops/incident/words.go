package incident

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/diaspote/vigie/ops"
)

// Public words about incidents that open by themselves are made of what components are called, of states and of hours: never of
// what events say, which may come from outside or hold what is nobody's business.

// listed is how many components are called by their names.
const listed = 3

// list names things as people do: "Web, Queue and Database".
func list(names []string) string {
	if len(names) > listed+1 {
		names = append(slices.Clone(names[:listed]), fmt.Sprintf("%d more", len(names)-listed))
	}
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}

// verb says what things of a state do.
func verb(s State, many, past bool) string {
	be := "is"
	switch {
	case many && past:
		be = "were"
	case many:
		be = "are"
	case past:
		be = "was"
	}
	switch s {
	case MajorOutage:
		return be + " down"
	case PartialOutage:
		return be + " partly down"
	}
	return be + " having trouble"
}

// sentence says how components are, or were: "Web and Queue are down, Search is having trouble". It is "" for none.
func sentence(of map[int64]string, touched []Touch, past bool) string {
	names := map[State][]string{}
	for _, t := range touched {
		if name := of[t.Component]; name != "" {
			names[t.State] = append(names[t.State], ops.OneLine(name, 40))
		}
	}
	states := make([]State, 0, len(names))
	for s := range names {
		states = append(states, s)
	}
	slices.SortFunc(states, func(a, b State) int { return cmp.Compare(b.severity(), a.severity()) })
	var parts []string
	for _, s := range states {
		parts = append(parts, list(names[s])+" "+verb(s, len(names[s]) > 1, past))
	}
	return strings.Join(parts, ", ")
}
