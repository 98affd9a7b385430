package kernel

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/diaspote/vigie/ops"
)

const (
	journalTime  = 20 * time.Second // an SD card with a large journal is slow
	journalBytes = 256 << 10        // that are looked at
)

// A Shutdown is how a boot ended.
type Shutdown struct {
	Clean   bool
	Guessed bool      // by what the bot knows of itself, as there is no journal
	At      time.Time // the last line of the journal; zero if there is none
	Reason  string    // "power key", "reboot", "power off"; "" if not known
	Last    string    // the last line, which after a crash may tell something; one line of at most 200 characters
}

func (s Shutdown) sentence() string {
	switch {
	case s.Clean && s.Guessed:
		return "It seems to have been shut down in order; there is no journal of it."
	case s.Clean && s.Reason != "":
		return "It was shut down in order (" + s.Reason + ")."
	case s.Clean:
		return "It was shut down in order."
	case s.Guessed:
		return "It was not shut down in order, it seems; there is no journal of it."
	case s.Reason != "":
		return "The log ends without a shutdown: " + s.Reason + ". Its last line: " + s.Last
	}
	return "The log ends without a shutdown, as after a power cut or a crash. Its last line: " + s.Last
}

// LastBoot asks the journal how the boot before this one ended (journalctl(1)). It fails where no journal is
// kept over a reboot or the bot may not read it.
func LastBoot(ctx context.Context) (Shutdown, error) {
	ctx, cancel := context.WithTimeout(ctx, journalTime)
	defer cancel()
	cmd := exec.CommandContext(ctx, "journalctl", "--boot=-1", "--lines=60", "--output=short-unix", "--quiet", "--no-pager", "--all")
	cmd.Env = []string{"LC_ALL=C.UTF-8", "PATH=/usr/local/bin:/usr/bin:/bin"}
	cmd.WaitDelay = noteWait
	var out, complaint bounded
	cmd.Stdout, cmd.Stderr = &out, &complaint
	if err := cmd.Run(); err != nil {
		why := ops.OneLine(complaint.String(), 200)
		if why == "" {
			return Shutdown{}, fmt.Errorf("read the journal of the last boot: %w", err)
		}
		return Shutdown{}, fmt.Errorf("read the journal of the last boot: %s", why)
	}
	return ParseShutdown(out.String())
}

// bounded keeps the last of what is written to it.
type bounded struct{ bytes.Buffer }

func (b *bounded) Write(p []byte) (int, error) {
	n, err := b.Buffer.Write(p)
	if over := b.Len() - journalBytes; over > 0 {
		b.Next(over)
	}
	return n, err
}

// journalLine is one of "short-unix": "1763949845.123456 host name[pid]: text".
var journalLine = regexp.MustCompile(`^(\d{1,12})\.(\d{6}) \S+ ([^:]{1,64}): (.*)$`)

// programs is the process ID behind a program's name.
var programs = regexp.MustCompile(`\[\d+\]$`)

// targets are those that a shutdown reaches last (systemd.special(7)), as systemd 215 to 257 write them.
var targets = regexp.MustCompile(`^Reached target (?:(?:poweroff|reboot|halt|kexec)\.target - )?(?:System )?(Power[- ]Off|Reboot|Halt|Restart|kexec|Reboot via kexec)\.$`)

// ParseShutdown reads the last lines of a boot's journal, in the format short-unix. Only lines of the kernel, of
// systemd as process 1 and of its own services count, since anybody may log anything.
func ParseShutdown(log string) (Shutdown, error) {
	var s Shutdown
	lines, stopped := 0, false
	for line := range strings.Lines(log) {
		m := journalLine.FindStringSubmatch(strings.TrimRight(line, "\n"))
		if m == nil {
			continue // of a text of several lines, or the journal's own "-- Reboot --"
		}
		lines++
		seconds, _ := strconv.ParseInt(m[1], 10, 64) // digits, by the pattern
		micros, _ := strconv.ParseInt(m[2], 10, 64)
		who, text := m[3], m[4]
		s.At = time.Unix(seconds, micros*1000)
		s.Last = ops.OneLine(programs.ReplaceAllString(who, "")+": "+text, 200)
		s.read(who, text)
		// It stops for an upgrade of itself too; but then lines follow.
		stopped = text == "Journal stopped" && strings.HasPrefix(who, "systemd-journald[")
	}
	if lines == 0 {
		return Shutdown{}, errors.New("the journal of the last boot is empty")
	}
	s.Clean = s.Clean || stopped
	return s, nil
}

func (s *Shutdown) read(who, text string) {
	switch {
	case who == "systemd[1]":
		if m := targets.FindStringSubmatch(text); m != nil {
			s.Clean = true
			s.because(strings.ToLower(strings.ReplaceAll(m[1], "-", " ")))
		}
		s.Clean = s.Clean || text == "Shutting down."
	case who == "systemd-shutdown[1]":
		s.Clean = true
	case strings.HasPrefix(who, "systemd-logind["):
		switch {
		case strings.HasPrefix(text, "Power key pressed"):
			s.because("power key")
		case strings.HasPrefix(text, "System is rebooting"), strings.HasPrefix(text, "The system will reboot now"):
			s.because("reboot")
		case strings.HasPrefix(text, "System is powering down"), strings.HasPrefix(text, "The system will power off now"):
			s.because("power off")
		}
	case who == "kernel":
		switch {
		case strings.Contains(text, "Kernel panic"):
			s.because("kernel panic")
		case strings.Contains(text, "ndervoltage detected"), strings.Contains(text, "nder-voltage detected"):
			s.because("the supply voltage was too low")
		}
	}
}

// because keeps the first reason: what follows is of its making.
func (s *Shutdown) because(reason string) {
	if s.Reason == "" {
		s.Reason = reason
	}
}
