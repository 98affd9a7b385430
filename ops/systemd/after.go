package systemd

import (
	"context"
	"errors"
	"fmt"
	"time"
)

const (
	noticeFor   = 5 * time.Second // systemd knows by then that a process of a unit ended
	answerEvery = time.Second
)

// After tells what became of a unit in which something was killed at since: it waits until the unit was
// started again, or stays down, and then until answers returns nil; nil for answers stands for a unit that
// nobody can ask, and who is what answers: "the pod", or "it" for the unit. The sentence is for people, with hours in
// the time zone of since:
//
//	systemd restarted the unit at 03:12:50; the pod answers again since 03:13:21 (37 s).
//
// If ctx ends meanwhile the sentence says how far things got, and the error is ErrTimeout.
func (m *Manager) After(ctx context.Context, unit string, since time.Time, who string, answers func(context.Context) error) (string, error) {
	began, became := m.now(), ""
	var last Unit
	for {
		u, restart, err := m.withRestart(ctx, unit)
		if errors.Is(err, ErrNoUnit) || errors.Is(err, ErrNoSystemd) {
			return "", fmt.Errorf("wait for %s to run again: %w", shown(unit), err)
		}
		runs, again := false, pollEvery
		if err == nil {
			last = u
			became, runs = fate(u, restart, since, m.now().Sub(began) >= noticeFor)
		}
		switch {
		case err != nil: // systemd cannot be asked just now
		case became != "" && !runs:
			return became + ".", nil
		case runs && answers == nil && u.Since.Before(since):
			return became + ".", nil
		case runs && answers == nil && m.now().Sub(u.Since) >= calmFor: // else it may end right away
			return fmt.Sprintf("%s (%s).", became, spell(u.Since.Sub(since))), nil
		case runs && answers != nil:
			if answers(ctx) == nil {
				at := m.now().In(since.Location())
				return fmt.Sprintf("%s; %s answers again since %s (%s).", became, who, at.Format(time.TimeOnly), spell(at.Sub(since))), nil
			}
			again = answerEvery
		}
		if !pause(ctx, again) {
			return unknown(last, became, who, m.now().Sub(since)), fmt.Errorf("wait for %s to run and answer again: %w", shown(unit), ErrTimeout)
		}
	}
}

// unknown says how far things got in that time, "" if systemd never said.
func unknown(u Unit, became, who string, took time.Duration) string {
	switch {
	case became == "" && u.ActiveState == "":
		return ""
	case became == "":
		return fmt.Sprintf("after %s the unit is %s.", spell(took), u.State())
	}
	return fmt.Sprintf("%s; %s does not answer after %s.", became, who, spell(took))
}

// withRestart is unit with the Restart= of its unit file.
func (m *Manager) withRestart(ctx context.Context, name string) (Unit, string, error) {
	u, err := m.unit(ctx, name)
	if err != nil {
		return u, "", err
	}
	p, err := m.some(ctx, name, []string{"Service.Restart"})
	return u, p.text("Restart"), err
}

// fate says what became of a unit, "" if that is not known yet. noticed says that systemd had the time to
// notice that something ended.
func fate(u Unit, restart string, since time.Time, noticed bool) (became string, again bool) {
	at := u.Since.In(since.Location()).Format(time.TimeOnly)
	switch (moment{Unit: u}).phase() {
	case up:
		switch {
		case !u.Since.Before(since) && u.Restarts > 0:
			return "systemd restarted the unit at " + at, true
		case !u.Since.Before(since):
			return "the unit was started again at " + at, true
		case noticed:
			return "the unit itself ran on", true
		}
	case failed:
		switch {
		case u.Since.Before(since) && !noticed:
			return "", false
		case u.Since.Before(since):
			return fmt.Sprintf("the unit had failed before, at %s: %s", at, u.Why()), false
		case u.Result == "start-limit-hit", u.Restarts > 0 && restart != "no":
			return fmt.Sprintf("systemd gave up: start limit hit (last: %s)", u.Why()), false
		}
		return fmt.Sprintf("the unit failed at %s and systemd does not restart it (Restart=%s): %s", at, restart, u.Why()), false
	case down:
		if noticed {
			return "the unit is stopped", false
		}
	}
	return "", false
}

// pause waits for d, and tells whether ctx still lives.
func pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}
