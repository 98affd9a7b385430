package status

import (
	"strconv"
	"time"
)

func french() *words {
	months := [12]string{"janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre"}
	short := [12]string{"janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc."}
	weekdays := [7]string{"dimanche", "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi"}
	day := func(d time.Time) string {
		if d.Day() == 1 {
			return "1er" + hard
		}
		return strconv.Itoa(d.Day()) + hard
	}
	return &words{
		Lang: "fr", Name: "Français",
		States:    [6]string{"État inconnu", "Opérationnel", "Performances dégradées", "Panne partielle", "Panne majeure", "En maintenance"},
		Headlines: [6]string{"Rien n’est encore connu", "Tout fonctionne normalement", "Performances dégradées", "Panne partielle", "Panne majeure", "Maintenance en cours"},
		Statuses:  [5]string{"", "Recherche de la cause", "Cause identifiée", "Sous surveillance", "Résolu"},
		Phases:    [4]string{"Prévue", "En cours", "Terminée", "Annulée"},
		Impacts:   [4]string{"aucun", "mineur", "majeur", "critique"},

		Status: "État", Components: "Services", Incidents: "Incidents", Maintenance: "Maintenance", Planned: "Maintenances prévues", Past: "Incidents passés",
		History: "Les 90 derniers jours", Back: "Retour à la page d’état", Updates: "Suivi", Days: "Jour par jour",

		Nothing: "Aucun service n’est encore affiché ici.", NoTrouble: "aucun problème", NoTroubleDay: "Aucun incident.", NoIncident: "Aucun incident ces 90 derniers jours.",
		Unseen: "rien n’est connu", Goes: "s’est poursuivi", StillOpen: "est en cours", Colon: hard + ": ", More: "Tout le suivi",
		Since: "depuis le", Touches: "Services touchés", Up: "disponible à %s", NoFigure: "pas encore de chiffres",
		Start: "il y a 90" + hard + "jours", Today: "aujourd’hui", Feeds: "Flux", Subscribe: "S’abonner", Calendar: "Calendrier des maintenances", Day: "Jour", State: "État", Website: "Site web",
		Badge: "Badge", Zone: "Heures du fuseau %s.", Copy: "Ceci est une copie, faite le %s.", CopyOf: "Ceci est une copie" + thin + "; la page d’état dit de quand elle date.", Live: "La page elle-même",
		Gone: "Cette page n’existe pas", GoneText: "Elle date peut-être de plus de 90" + hard + "jours, ou n’a jamais existé.", Skip: "Aller au contenu",
		Effect: "Gravité", When: "Quand",

		DayOf:   func(d time.Time) string { return day(d) + months[d.Month()-1] + " " + strconv.Itoa(d.Year()) },
		Weekday: func(d time.Time) string { return weekdays[d.Weekday()] + " " + day(d) + months[d.Month()-1] },
		Short:   func(d time.Time) string { return day(d) + short[d.Month()-1] },
		Clock: func(t time.Time) string {
			return strconv.Itoa(t.Hour()) + hard + "h" + hard + t.Format("04")
		},
		DaysBad: func(n int) string {
			switch n {
			case 0:
				return "aucun problème en 90" + hard + "jours"
			case 1:
				return "des problèmes 1" + hard + "jour sur 90"
			}
			return "des problèmes " + strconv.Itoa(n) + hard + "jours sur 90"
		},
		Point: ",", DayUnit: "j", Instant: "moins d’une minute",
		MoreOf: func(n int) string {
			if n < 2 {
				return strconv.Itoa(n) + hard + "autre"
			}
			return strconv.Itoa(n) + hard + "autres"
		},
		Affected: func(n int) string {
			if n < 2 {
				return strconv.Itoa(n) + hard + "service est touché"
			}
			return strconv.Itoa(n) + hard + "services sont touchés"
		},
	}
}
