package cachet

import (
	"context"

	"github.com/diaspote/vigie/ops/incident"
)

// spoken is the version of Cachet that this is: some clients ask for it, to know what they can do.
const spoken = "2.4.1"

func (a *API) ping(context.Context, *call) (answer, error) { return answer{Data: "Pong!"}, nil }

func (a *API) version(context.Context, *call) (answer, error) {
	type latest struct {
		Tag        string `json:"tag_name"`
		Prerelease bool   `json:"prelease"` // so Cachet spells it
		Draft      bool   `json:"draft"`
	}
	meta := map[string]any{"on_latest": true, "latest": latest{Tag: "v" + spoken}}
	return answer{Meta: meta, Data: spoken}, nil
}

// status is the state of the whole, in Cachet's words: danger if half of the components are down, success if all are well and no
// incident is open.
func (a *API) status(context.Context, *call) (answer, error) {
	p := a.Book.Page()
	well := true
	down := 0
	for _, c := range p.Components {
		well = well && number(c.State) <= 1 // of those that nobody has looked after yet nothing bad is known
		if c.State == incident.MajorOutage {
			down++
		}
	}
	for n := range p.Incidents {
		well = well && !p.Incidents[n].Open()
	}
	one := len(p.Components) < 2
	say := func(status, single, several string) (answer, error) {
		if one {
			several = single
		}
		return answer{Data: map[string]string{"status": status, "message": several}}, nil
	}
	switch {
	case well:
		return say("success", "System operational", "All systems are operational")
	case down > 0 && 2*down >= len(p.Components):
		return say("danger", "The system is experiencing major issues", "Some systems are experiencing a major outage")
	}
	return say("info", "The system is experiencing issues", "Some systems are experiencing issues")
}
