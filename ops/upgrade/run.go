package upgrade

import (
	"strings"
	"time"
)

// A Run is what one record of apt, or one run of unattended-upgrades, is known to have done.
type Run struct {
	Start string // as the log writes it: "2023-05-03  10:18:06" or "2023-10-31 06:24:21,949"; "" if it does not
	End   string // likewise; of unattended-upgrades the last line

	Unattended  bool
	Command     string // what was run; "" if not told
	RequestedBy string // who asked apt for it, as "name (uid)"; "" if not told

	Upgraded  []Package
	Attempted []Package // to be upgraded by a run that failed, or of which no result is known
	Installed []Package
	Removed   []Package // purged ones too
	Held      []Held

	Error  string   // what failed, in the log's own words; "" for nothing
	Broken []string // what dpkg could not do, a line a package: "NAME: what went wrong"
	Reboot *bool    // whether the host wants a reboot; nil if the log cannot tell

	RebootFor []string // the packages that want it, where known

	Restart []string // services, and "kernel", that still run what was replaced, see [ParseNeedrestart]

	// Open says that the log ends before the run did: it is under way, or died.
	Open bool

	ownLog bool // from the log of unattended-upgrades itself
}

// A Package is one package of a run. Versions are "" where the log does not tell them.
type Package struct {
	Name, Arch string
	From, To   string
	Security   *bool // whether it comes from a security archive; nil for not known
}

// Held is a package that could be upgraded and was not.
type Held struct{ Name, Why string }

// Nothing reports whether the run changed nothing and had nothing to complain of.
func (r Run) Nothing() bool {
	return r.Error == "" && len(r.Upgraded)+len(r.Attempted)+len(r.Installed)+len(r.Removed) == 0
}

// stamp reads a time as either log writes it, in the zone of the host that wrote it; zero if it is none.
func stamp(text string, zone *time.Location) time.Time {
	text, _, _ = strings.Cut(text, ",") // milliseconds
	at, err := time.ParseInLocation("2006-01-02 15:04:05", strings.Join(strings.Fields(text), " "), zone)
	if err != nil {
		return time.Time{}
	}
	return at
}

func names(list []Package) []string {
	out := make([]string, 0, len(list))
	for _, p := range list {
		out = append(out, p.Name)
	}
	return out
}
