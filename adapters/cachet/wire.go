package cachet

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/diaspote/vigie/ops/incident"
)

// A number is one as PHP may write it, by its version and database: 1, "1", 1.0, true or null.
type number int64

func (n *number) UnmarshalJSON(data []byte) error {
	s := strings.Trim(string(data), `"`)
	switch s {
	case "null", "false", "":
		*n = 0
		return nil
	case "true":
		*n = 1
		return nil
	}
	i, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		f, bad := strconv.ParseFloat(s, 64)
		if bad != nil || f != float64(int64(f)) {
			return fmt.Errorf("%.20q is no number", s)
		}
		i = int64(f)
	}
	*n = number(i)
	return nil
}

// A decimal is one as PHP may write it: 1.5, "1.500" or null.
type decimal float64

func (d *decimal) UnmarshalJSON(data []byte) (err error) {
	s := strings.Trim(string(data), `"`)
	if s == "null" || s == "" {
		return nil
	}
	f, err := strconv.ParseFloat(s, 64)
	if *d = decimal(f); err != nil {
		return fmt.Errorf("%.20q is no number", s)
	}
	return nil
}

// Things as a Cachet has them. What is null is empty.
type (
	group struct {
		ID        number `json:"id"`
		Name      string `json:"name"`
		Order     number `json:"order"`
		Collapsed number `json:"collapsed"`
		Visible   number `json:"visible"`
	}
	component struct {
		ID          number          `json:"id"`
		Name        string          `json:"name"`
		Description string          `json:"description"`
		Link        string          `json:"link"`
		Status      number          `json:"status"`
		Order       number          `json:"order"`
		GroupID     number          `json:"group_id"`
		Enabled     *number         `json:"enabled"`
		Tags        json.RawMessage `json:"tags"` // {"slug":"name"}, or [] for none
		DeletedAt   string          `json:"deleted_at"`
	}
	incidentThere struct {
		ID          number   `json:"id"`
		ComponentID number   `json:"component_id"`
		Name        string   `json:"name"`
		Message     string   `json:"message"`
		Status      number   `json:"status"`
		Visible     *number  `json:"visible"`
		Stickied    number   `json:"stickied"`
		OccurredAt  string   `json:"occurred_at"` // 2.4
		ScheduledAt string   `json:"scheduled_at"`
		CreatedAt   string   `json:"created_at"`
		UpdatedAt   string   `json:"updated_at"`
		DeletedAt   string   `json:"deleted_at"`
		Updates     []update `json:"updates"` // 2.4
	}
	update struct {
		ID        number `json:"id"`
		Status    number `json:"status"`
		Message   string `json:"message"`
		CreatedAt string `json:"created_at"`
	}
	schedule struct {
		ID          number `json:"id"`
		Name        string `json:"name"`
		Message     string `json:"message"`
		Status      number `json:"status"`
		ScheduledAt string `json:"scheduled_at"`
		CompletedAt string `json:"completed_at"`
		DeletedAt   string `json:"deleted_at"`
		Components  []struct {
			ID          number `json:"id"`
			ComponentID number `json:"component_id"`
		} `json:"components"`
	}
	metric struct {
		ID           number  `json:"id"`
		Name         string  `json:"name"`
		Suffix       string  `json:"suffix"`
		Description  string  `json:"description"`
		DefaultValue decimal `json:"default_value"`
		CalcType     number  `json:"calc_type"`
		DisplayChart number  `json:"display_chart"`
		Places       number  `json:"places"`
		DefaultView  number  `json:"default_view"`
		Threshold    number  `json:"threshold"`
		Order        number  `json:"order"`
		Visible      *number `json:"visible"` // 2.4
	}
	point struct {
		Value     decimal `json:"value"`
		Counter   number  `json:"counter"`
		CreatedAt string  `json:"created_at"`
	}
)

// tags are the names of a component's tags.
func (c *component) tags() []string {
	var named map[string]string
	if json.Unmarshal(c.Tags, &named) != nil {
		return nil
	}
	var all []string
	for _, name := range named {
		all = append(all, name)
	}
	return all
}

// The layouts of Cachet's times: those it takes are exact to the minute.
const (
	timeOut = "2006-01-02 15:04:05"
	timeIn  = "2006-01-02 15:04"
)

// at reads one of its times; zero for none.
func (c *Client) at(s string) time.Time {
	for _, layout := range []string{timeOut, timeIn, time.RFC3339} {
		if t, err := time.ParseInLocation(layout, s, c.Zone); err == nil {
			return t
		}
	}
	return time.Time{}
}

// in writes a time as it takes it.
func (c *Client) in(t time.Time) string { return t.In(c.Zone).Format(timeIn) }

// stateCode is a state in Cachet's numbers: a maintenance is less than full service, and what is not known has no number before
// 2.4.
func stateCode(s incident.State, old bool) int {
	switch {
	case s == incident.Maintained:
		return int(incident.Degraded)
	case s == incident.Unknown && old:
		return int(incident.Operational)
	}
	return int(s)
}
