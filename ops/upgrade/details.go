package upgrade

import "github.com/diaspote/vigie/ops"

// change is a package as programs read it: {"name", "from", "to"}, null for a version that the log does not tell.
type change struct {
	Name string  `json:"name"`
	From *string `json:"from"`
	To   *string `json:"to"`
}

func (r Run) details() ops.Details {
	d := ops.Details{
		{Name: "start", Value: orNil(r.Start)},
		{Name: "end", Value: orNil(r.End)},
		{Name: "unattended", Value: r.Unattended},
		{Name: "upgraded", Value: changes(r.Upgraded)},
		{Name: "error", Value: orNil(r.fault())},
		{Name: "reboot", Value: nil},
		{Name: "no_result", Value: r.Open},
	}
	if r.Reboot != nil {
		d[5].Value = *r.Reboot
	}
	add := func(name string, list []string) {
		if len(list) > 0 {
			d = append(d, ops.Detail{Name: name, Value: list})
		}
	}
	if len(r.Attempted) > 0 {
		d = append(d, ops.Detail{Name: "attempted", Value: changes(r.Attempted)})
	}
	var security, held, conffile []string
	for _, p := range r.Upgraded {
		if p.Security != nil && *p.Security {
			security = append(security, p.Name)
		}
	}
	for _, h := range r.Held {
		if h.Why == whyConffile {
			conffile = append(conffile, h.Name)
		}
		held = append(held, h.Name)
	}
	add("security", security)
	add("installed", names(r.Installed))
	add("removed", names(r.Removed))
	add("kept_back", held)
	add("conffile_prompt", conffile)
	add("broken", r.Broken)
	add("restart", r.Restart)
	add("reboot_for", r.RebootFor)
	if r.Command != "" {
		d = append(d, ops.Detail{Name: "command", Value: r.Command})
	}
	if r.RequestedBy != "" {
		d = append(d, ops.Detail{Name: "requested_by", Value: r.RequestedBy})
	}
	return d
}

// fault is what went wrong, a death half-way included.
func (r Run) fault() string {
	if r.Error == "" && r.Open && r.Command != "" {
		return "died half-way: the log has no end of it"
	}
	return r.Error
}

func changes(list []Package) []change {
	out := make([]change, 0, len(list))
	for _, p := range list {
		c := change{Name: p.Name}
		if p.From != "" {
			c.From = &p.From
		}
		if p.To != "" {
			c.To = &p.To
		}
		out = append(out, c)
	}
	return out
}

func orNil(text string) any {
	if text == "" {
		return nil
	}
	return text
}
