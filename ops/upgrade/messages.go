package upgrade

import (
	"regexp"
	"strings"
)

// unattended-upgrades translates what it logs at the levels above DEBUG (its po/ directory), and has changed
// its English words too. What says what is known by the words below, and where these give out by the
// shape of a message and its place in the run, see [ParseUnattended].

func saysStart(msg string) bool {
	switch strings.TrimRight(msg, ".。 ") {
	case "Starting unattended upgrades script",
		"Skript für automatische Systemaktualisierung wird gestartet",
		"Skript für unbeaufsichtigte Upgrades wird gestartet",
		"Démarrage du script de mise à niveau automatique",
		"Iniciando guión de actualizaciones desatendidas",
		"Script voor opwaarderingen zonder toezicht wordt gestart",
		"Avvio dello script degli aggiornamenti automatici",
		"Starter skript for unattended upgrades",
		"A iniciar o script de atualização automática",
		"Iniciando o script da atualização desacompanhada",
		"Estase a comezar o script de actualizacións desatendidas",
		"Zaindugabeko bertsio-berritze script-a abiarazten",
		"Запускаются сценарии необслуживаемой установки",
		"Spúšťa sa skript bezobslužných aktualizácií",
		"自動アップグレードスクリプトを開始します":
		return true
	}
	return false
}

func saysInstalled(msg string) bool {
	switch strings.ToLower(strings.TrimRight(msg, ".。 ")) {
	case "all upgrades installed",
		"alle systemaktualisierungen installiert", "alle upgrades installiert",
		"toutes les mises à niveau ont été installées",
		"se han instalado todas las actualizaciones",
		"alle opwaarderingen zijn geïnstalleerd",
		"installati tutti gli aggiornamenti",
		"alle opgraderinger er installeret",
		"todas as atualizações instaladas",
		"todas as actualizacións foron instaladas",
		"bertsio-berritze guztiak instalatu dira",
		"все обновления установлены",
		"všetky aktualizácie sú nainštalované",
		"全てのアップグレードがインストールされました":
		return true
	}
	return false
}

// The heads of messages that are a list of packages.

func headsSelected(head string) bool {
	switch head {
	case "Packages that will be upgraded", "Packages that are upgraded",
		"Pakete, welche aktualisiert werden", "Pakete, von denen ein Upgrade durchgeführt wird",
		"Paquets mis à niveau", "Paquetes que se actualizarán",
		"Pakketten die opgewaardeerd zullen worden", "Pacchetti che verranno aggiornati",
		"Pakker som vil blive opgraderet", "アップグレード予定のパッケージ":
		return true
	}
	return false
}

func headsRemoved(head string) bool {
	switch head {
	case "Packages that were successfully auto-removed", "Packages that are auto removed", "Packages that were auto-removed",
		"Pakete welche erfolgreich automatisch entfernt wurden", "Pakete, die automatisch entfernt wurden",
		"Ces paquets ont été supprimés automatiquement correctement",
		"Pakketten die met succes automatisch verwijderd werden",
		"Pacchetti rimossi automaticamente con successo":
		return true
	}
	return false
}

// headsOrigins knows the list of allowed origins by what stands in it.
func headsOrigins(list string) bool {
	list = strings.TrimLeft(list, `[("' `)
	for _, key := range []string{"o=", "origin=", "a=", "archive=", "l=", "label=", "n=", "codename=", "site=", "suite=", "Ubuntu'", "Debian'"} {
		if strings.HasPrefix(list, key) {
			return true
		}
	}
	return false
}

// aboutOne finds the package that a message about one package names: it stands behind the word "package", or
// in quotes.
var aboutOne = regexp.MustCompile(`(?i)(?:^|\s)(?:package|paket|paquete?|pakket|pacchetto|pacote|pakken|пакет|balík|パッケージ)\s+[»'"‘“]?([a-z0-9][a-z0-9.+-]*[a-z0-9+])`)

func packageIn(msg string) string {
	if m := aboutOne.FindStringSubmatch(msg); m != nil {
		return m[1]
	}
	return ""
}

func saysConffile(msg string) bool {
	for _, word := range []string{"conffile prompt", "conffile-", "invite de fichier de configuration", "configuratievraag",
		"una scelta su un file di configurazione"} {
		if strings.Contains(msg, word) {
			return true
		}
	}
	return false
}

// unsaid stands for the reason where only the name of a package that was held back is told.
const unsaid = "unattended-upgrades does not say why"

const whyConffile = "its configuration file was changed: upgrade it by hand"

// heldWhy says in short why a package was held back, "" if the message is about something else.
func heldWhy(msg string) string {
	switch {
	case strings.Contains(msg, "apt_preferences(5)"):
		return "a related package is held back, or apt preferences"
	case strings.HasSuffix(msg, "is marked to be held back."), strings.HasSuffix(msg, "è contrassegnato come bloccato."):
		return "on hold"
	case strings.HasSuffix(msg, "is blacklisted."), strings.HasSuffix(msg, "è nella blacklist."):
		return "on the blacklist"
	case strings.HasSuffix(msg, "is not on the strict whitelist."), strings.Contains(msg, "is not whitelisted and"):
		return "not on the whitelist"
	case strings.HasSuffix(msg, "'s origin is not trusted."):
		return "its origin is not trusted"
	case strings.Contains(msg, "upgradable but fails to be marked for upgrade"):
		return "apt could not mark it for upgrade"
	case saysConffile(msg):
		return whyConffile
	}
	return ""
}
