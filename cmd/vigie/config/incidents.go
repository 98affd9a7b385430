package config

import (
	"time"

	"github.com/diaspote/vigie/ops/incident"
)

// Incidents says how incidents open and end by themselves.
type Incidents struct {
	Off  bool          // none opens by itself
	Calm time.Duration // all is well for so long before one ends by itself
}

const (
	calm      = 10 * time.Minute
	leastCalm = time.Second
	mostCalm  = 24 * time.Hour
)

func incidents(t *table) Incidents {
	i := Incidents{Calm: calm}
	one := t.table("incidents")
	if one == nil {
		return i
	}
	i.Off = one.flag("off")
	i.Calm = one.duration("calm", i.Calm, leastCalm, mostCalm)
	one.done()
	return i
}

// IncidentRules are those of the config for [incident.Keeper].
func (c *Config) IncidentRules() incident.Rules {
	return incident.Rules{Off: c.Incidents.Off, AtOnce: c.StatusPage.AtOnce, Calm: c.Incidents.Calm, Host: c.Host}
}

func (c *Config) describeIncidents() string {
	if c.Incidents.Off {
		return "opens no incidents by itself"
	}
	s := "opens an incident for what is critical"
	if !c.StatusPage.AtOnce {
		s += ", as a draft"
	}
	return s + ", and ends it when all was well for " + short(c.Incidents.Calm)
}
