// Package config reads vigie's one file, vigie.toml, and hands out ready-made values: full unit
// names, a time zone, durations, secrets already read from their files.
//
// It is strict, because a key that is misspelt and ignored is found out at night: an unknown key, a
// wrong type, a value that cannot be right, a secret that cannot be read are all errors, told at
// once, each with its line and what to do about it. No error, and no print of a [Config], ever shows
// a secret.
//
// It leaves alone whether the world agrees: it asks no server, no systemd and no name service.
package config

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/diaspote/vigie/bot"
	"github.com/diaspote/vigie/commands/panel"
	"github.com/diaspote/vigie/ops/schedule"
)

// A Config is a whole, valid vigie.toml. It is never changed after Load.
type Config struct {
	Path     string         // the file it was read from
	Host     string         // how the bot signs
	TimeZone *time.Location // for the times it tells
	StateDir string         // where its database is, absolute
	Socket   string         // where `vigie ask` finds it, absolute

	Pod    Pod
	Units  []Unit // those of [pod] in their order, then those that [[unit]] adds
	XMPP   *XMPP  // nil if it is not to talk over XMPP
	Slack  *Slack // nil if it is not to talk over Slack
	People []bot.Person

	Jobs      []schedule.Job
	Rules     []bot.Rule
	Web       Web
	Webhooks  []Webhook
	Routes    []bot.Route // with none, all rooms are told of everything
	Quiet     bot.Quiet
	Hooks     []Hook
	Heartbeat *Heartbeat // nil if nobody is to be told that the bot lives
	Watch     Watch

	StatusPage StatusPage
	Incidents  Incidents

	History History
	Probes  []Probe
	Graphs  []panel.Own
	Cachet  *Cachet // nil if there is none to keep up

	lines []line // what [Config.CheckLines] looks at
}

// Pod is the site that this host serves.
type Pod struct {
	URL string // https://diaspote.org, without a slash at its end; "" for none
}

// A Unit is a systemd unit that the bot shows or may touch.
type Unit struct {
	Name    string        // in full: "diaspora.service"
	Shown   bool          // named in [pod], so that status shows it
	Allow   []string      // what may be done to it: of restart, start, stop, reload
	Confirm []string      // what of that asks first; stop always does
	Probe   string        // the URL that answers once the unit really works; "" for none
	Timeout time.Duration // for one job on it, and for its probe to answer
}

// UnitNames are the names of Units.
func (c *Config) UnitNames() []string {
	var names []string
	for _, u := range c.Units {
		names = append(names, u.Name)
	}
	return names
}

// XMPP is the account that the bot talks as.
type XMPP struct {
	JID      string // bare, in lower case
	Password Secret
	Rooms    []Room
	Nick     string // its name in the rooms
	Server   string // host:port to connect to; "" to find it from the JID
	CAFile   string // certificates to trust instead of the system's, absolute; "" for the system's
}

// A Room is an XMPP room (XEP-0045) that the bot sits in.
type Room struct {
	JID      string // bare, in lower case
	Password Secret // for a room that asks for one
}

// Slack is the app that the bot talks as.
type Slack struct {
	AppToken Secret   // xapp-…, opens the Socket Mode connection
	BotToken Secret   // xoxb-…, for the Web API
	Channels []string // "#ops", or a channel's ID
}

// Policy is who may do what, as the bot asks for it.
func (c *Config) Policy() bot.Policy {
	p := bot.Policy{People: c.People, Allow: map[string][]string{}, Confirm: map[string][]string{}}
	for _, u := range c.Units {
		p.Allow[u.Name] = u.Allow
		p.Confirm[u.Name] = u.Confirm
	}
	return p
}

// Find says which file to read: the one given by --config, that in $VIGIE_CONFIG,
// /etc/vigie/vigie.toml, or vigie.toml below $XDG_CONFIG_HOME. The first two are found whether or not
// they exist, and so is a file that is there and may not be read: Load then says what is wrong.
func Find(explicit string) (path string, found bool) {
	if explicit != "" {
		return explicit, true
	}
	if path := os.Getenv("VIGIE_CONFIG"); path != "" {
		return path, true
	}
	paths := []string{"/etc/vigie/vigie.toml"}
	if dir, err := os.UserConfigDir(); err == nil {
		paths = append(paths, filepath.Join(dir, "vigie", "vigie.toml"))
	}
	for _, path := range paths {
		if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
			return path, true
		}
	}
	return "", false
}

// DefaultSocket is where the daemon listens unless its config says otherwise: in $RUNTIME_DIRECTORY,
// which systemd sets for a unit with RuntimeDirectory= (systemd.exec(5)), or in /run/vigie.
func DefaultSocket() string {
	return filepath.Join(firstDir("RUNTIME_DIRECTORY", "/run/vigie"), "vigie.sock")
}

// firstDir is the first folder of a variable in which systemd lists several, parted by colons.
func firstDir(variable, otherwise string) string {
	if dirs := filepath.SplitList(os.Getenv(variable)); len(dirs) > 0 && filepath.IsAbs(dirs[0]) {
		return dirs[0]
	}
	return otherwise
}
