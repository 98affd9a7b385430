package statuspage

import (
	"encoding/json"
	"slices"

	"github.com/diaspote/vigie/ops/incident"
)

// A call is what Statuspage posts to a subscriber's webhook of an incident or a maintenance
// (https://support.atlassian.com/statuspage/docs/enable-webhook-notifications/).
type call struct {
	Meta struct {
		Unsubscribe   *string `json:"unsubscribe"` // null: the bot's admins do that
		Documentation *string `json:"documentation"`
	} `json:"meta"`
	Page struct {
		ID          string `json:"id"`
		Indicator   string `json:"status_indicator"`
		Description string `json:"status_description"`
	} `json:"page"`
	Incident event `json:"incident"`
}

// Call is what a webhook is told of a thing of [incident.News] as it is now; ok is false if nobody may see it any more. A maintenance
// that was cancelled, of which Statuspage knows nothing, is complete.
func (s *Site) Call(thing string) (body []byte, ok bool, err error) {
	kind, number, known := incident.Thing(thing)
	if !known {
		return nil, false, nil
	}
	v := s.edition().view
	c := call{}
	c.Page.ID, c.Page.Indicator, c.Page.Description = v.page.ID, v.status.Indicator, v.status.Description
	want, all := id(number), v.incidents
	if kind == "maintenance" {
		want, all = "maintenance-"+want, slices.Concat(v.cancelled, v.planned)
	}
	for n := range all {
		if all[n].ID == want {
			c.Incident = all[n]
			body, err = json.Marshal(c)
			return body, err == nil, err
		}
	}
	return nil, false, nil
}
