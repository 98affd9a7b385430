package panel

import (
	"context"
	"fmt"
	"time"

	"github.com/diaspote/vigie/bot"
	"github.com/diaspote/vigie/ops"
	"github.com/diaspote/vigie/ops/graph"
	"github.com/diaspote/vigie/ops/incident"
)

// mostIncidents is how many incidents of a range are drawn, the newest.
const mostIncidents = 40

// lasted are the incidents and the maintenance of a range as bands, drafts too: graphs are for admins. of has the events that
// belong to an incident, by their rows: it stands for what lasts of them.
func (s *Set) lasted(ctx context.Context, from, to time.Time) (bands []graph.Band, of map[int64]bool, err error) {
	if s.Incidents == nil {
		return nil, nil, nil
	}
	all, err := s.Incidents.Incidents(ctx, incident.Query{Since: from, Until: to, Limit: mostIncidents})
	if err != nil {
		return nil, nil, err
	}
	var ids []int64
	for _, i := range all {
		ids = append(ids, i.ID)
		text := fmt.Sprintf("#%d %s", i.ID, i.Name)
		bands = append(bands, graph.Band{From: i.Opened, To: i.Resolved, Label: bot.Clip(text, markLabel), Severity: severity(i.Impact)})
	}
	if of, err = s.Incidents.Belonging(ctx, ids); err != nil {
		return nil, nil, err
	}
	works, err := s.Incidents.Maintenances(ctx, from)
	for _, m := range works {
		b := graph.Band{From: m.Started, To: m.Ended, Label: bot.Clip("maintenance: "+m.Name, markLabel), Planned: true}
		if !m.Started.IsZero() && m.Started.Before(to) {
			bands = append(bands, b)
		}
	}
	return bands, of, err
}

// severity is how grave an incident is, as events have it.
func severity(i incident.Impact) ops.Severity {
	switch i {
	case incident.Major, incident.Critical:
		return ops.Critical
	case incident.Minor:
		return ops.Warning
	}
	return ops.Info
}
