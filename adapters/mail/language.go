package mail

import (
	"fmt"
	"strings"
	"time"

	"github.com/diaspote/vigie/ops/incident"
)

// A language is what mail says of itself in it. Those with a %s are filled in.
type language struct {
	confirm, question string
	subject           string // how far an incident is, and its name
	since, lasted     string
	touches, fromTo   string
	why               string
	statuses          [incident.Fixed + 1]string
	states            [incident.Maintained + 1]string
	phases            [incident.Cancelled + 1]string // with the name of the maintenance
	moment            func(time.Time) string
}

func wordsIn(name string) *language {
	if name == "fr" {
		return french()
	}
	return english()
}

func english() *language {
	return &language{
		confirm: "Do you want mail about the state of %s?",
		question: "Somebody, you we hope, asked that this address be sent mail about incidents and\nmaintenance of %s. If you want that, open this link and press the button:\n\n%s\n\n" +
			"If you do not, do nothing: nothing will be sent, and the address is forgotten in\ntwo days.\n",
		subject: "%s: %s", since: "%s, began on %s", lasted: "Ended on %s", touches: "Affects: %s", fromTo: "From %s to %s",
		why:      "You get this because you subscribed to the state of %s. To end that:",
		statuses: [...]string{"", "Investigating", "Identified", "Watching", "Resolved"},
		states:   [...]string{"unknown", "operational", "degraded performance", "partial outage", "major outage", "under maintenance"},
		phases:   [...]string{"Planned maintenance: %s", "Maintenance has begun: %s", "Maintenance is over: %s", "Maintenance is cancelled: %s"},
		moment:   func(t time.Time) string { return t.Format("Monday 2 January 2006, 15:04 ") + zone(t) },
	}
}

func french() *language {
	months := [...]string{"janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre"}
	days := [...]string{"dimanche", "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi"}
	return &language{
		confirm: "Voulez-vous recevoir l’état de %s par courriel\u00a0?",
		question: "Quelqu’un, vous sans doute, a demandé que cette adresse reçoive les incidents et les\nmaintenances de %s. Si vous le voulez, ouvrez ce lien et appuyez sur le bouton\u00a0:\n\n%s\n\n" +
			"Sinon, ne faites rien\u00a0: rien ne vous sera envoyé, et l’adresse sera oubliée dans\ndeux jours.\n",
		subject: "%s\u00a0: %s", since: "%s, depuis le %s", lasted: "Fin le %s", touches: "Services touchés\u00a0: %s", fromTo: "Du %s au %s",
		why:      "Vous recevez ce courriel car vous êtes abonné à l’état de %s. Pour ne plus l’être\u00a0:",
		statuses: [...]string{"", "Recherche de la cause", "Cause identifiée", "Sous surveillance", "Résolu"},
		states:   [...]string{"état inconnu", "opérationnel", "performances dégradées", "panne partielle", "panne majeure", "en maintenance"},
		phases:   [...]string{"Maintenance prévue\u00a0: %s", "Maintenance commencée\u00a0: %s", "Maintenance terminée\u00a0: %s", "Maintenance annulée\u00a0: %s"},
		moment: func(t time.Time) string {
			first := ""
			if t.Day() == 1 {
				first = "er"
			}
			return fmt.Sprintf("%s %d%s %s %d, %d\u00a0h\u00a0%02d %s", days[t.Weekday()], t.Day(), first, months[t.Month()-1], t.Year(), t.Hour(), t.Minute(), zone(t))
		},
	}
}

// zone names the zone of a time: by its letters, or by its distance from UTC where it has none.
func zone(t time.Time) string {
	name, _ := t.Zone()
	if strings.HasPrefix(name, "+") || strings.HasPrefix(name, "-") {
		return "UTC" + name
	}
	return name
}
