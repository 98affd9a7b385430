package schedule

import (
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/diaspote/vigie/ops"
)

// A Double is an entry of the host's cron that restarts the same unit as a job does.
type Double struct {
	Job   Job
	Entry Entry
	Unit  string // without ".service"
}

// String says it in a sentence.
func (d Double) String() string {
	return fmt.Sprintf("%s restarts %s too (%s:%d: %s); one of the two is enough", d.Job.Name, d.Unit, d.Entry.File, d.Entry.Line, d.Entry.Schedule)
}

// Doubles finds the entries that restart a unit which a job restarts. An entry that cron ignores does nothing.
func Doubles(jobs []Job, entries []Entry) []Double {
	var all []Double
	for _, job := range jobs {
		words := strings.Fields(job.Do)
		if len(words) != 2 || words[0] != "restart" {
			continue
		}
		unit := bare(words[1])
		for _, e := range entries {
			if e.Ignored == "" && slices.Contains(e.Restarts(), unit) {
				all = append(all, Double{Job: job, Entry: e, Unit: unit})
			}
		}
	}
	return all
}

func bare(unit string) string { return strings.TrimSuffix(unit, ".service") }

// Restarts names the units that the entry's command restarts, without ".service", as far as its words tell: the
// shell is not asked.
func (e Entry) Restarts() []string {
	command, _ := e.Shell()
	var units []string
	parts := strings.FieldsFunc(command, func(r rune) bool { return strings.ContainsRune(";&|()<>`\n", r) })
	for _, part := range parts {
		var words []string
		for _, w := range strings.Fields(part) {
			if w = strings.Trim(w, `"'`); !strings.HasPrefix(w, "-") {
				words = append(words, w)
			}
		}
		for i := range words {
			units = append(units, restarted(words[i], words[i+1:])...)
		}
	}
	return units
}

// restarted names what a command restarts: systemctl(1), service(8), invoke-rc.d(8) and the scripts of /etc/init.d.
func restarted(command string, args []string) []string {
	if len(args) == 0 {
		return nil
	}
	dir, name := path.Split(command)
	switch {
	case name == "systemctl" && restarts(args[0]):
		var units []string
		for _, a := range args[1:] {
			units = append(units, bare(a))
		}
		return units
	case (name == "service" || name == "invoke-rc.d") && len(args) > 1 && restarts(args[1]):
		return []string{bare(args[0])}
	case dir == "/etc/init.d/" && restarts(args[0]):
		return []string{name}
	}
	return nil
}

func restarts(verb string) bool {
	switch verb {
	case "restart", "try-restart", "condrestart", "reload-or-restart", "try-reload-or-restart", "force-reload":
		return true
	}
	return false
}

// Doubled finds what the host's cron does as well as a job.
func (j *Jobs) Doubled(jobs []Job) []Double {
	if j.Crontabs == nil {
		return nil
	}
	return Doubles(jobs, j.Crontabs())
}

// doublesCursor is where the ledger has the doubles that were told.
const doublesCursor = "job doubles"

// tellDoubles points out what the host's cron does as well, once for as long as it does.
func (s *shift) tellDoubles() error {
	jobs, err := s.all(s.ctx)
	if err != nil {
		return err
	}
	before, err := s.Ledger.Cursor(s.ctx, doublesCursor)
	if err != nil {
		return err
	}
	var told, now []string
	if before != "" {
		if err := json.Unmarshal([]byte(before), &told); err != nil {
			s.Log.Warn("which doubles were told could not be read", "error", err)
		}
	}
	for _, d := range s.Doubled(jobs) {
		text := d.String()
		now = append(now, text)
		if slices.Contains(told, text) {
			continue
		}
		e := ops.Event{
			Kind: kind, Key: "job/" + d.Job.Name + "/crontab", At: s.time(),
			Title: fmt.Sprintf("the host's cron restarts %s, as %s does", d.Unit, d.Job.Name),
			Text:  fmt.Sprintf("%s:%d: %s %s\nOne of the two is enough: take it out there, or take the job out.", d.Entry.File, d.Entry.Line, d.Entry.Schedule, cut(d.Entry.Command, 200)),
		}
		if err := s.emit(e); err != nil {
			return err
		}
	}
	after, err := json.Marshal(now)
	if err != nil || slices.Equal(told, now) {
		return err
	}
	return s.Ledger.SetCursor(s.ctx, doublesCursor, string(after))
}
