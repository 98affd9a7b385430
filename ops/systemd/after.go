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
// nobody can ask. The sentence is for people, with hours in the time zone of since:
//
//	systemd restarted the unit at 03:12:50; the pod answers again since 03:13:21 (37 s).
//
// If ctx ends meanwhile the sentence says how far things got, and the error is ErrTimeout.
func (m *Manager) After(ctx context.Context, unit string, since time.Time, answers func(context.Context) error) (string, error) {
	became, runs, err := m.comesBack(ctx, unit, since)
	if err != nil {
		return became, fmt.Errorf("wait for %s to run again: %w", shown(unit), err)
	}
	if !runs {
		return became + ".", nil
	}
	if answers == nil {
		return fmt.Sprintf("%s (%s).", became, spell(m.now().Sub(since))), nil
	}
	for answers(ctx) != nil {
		if !pause(ctx, answerEvery) {
			return fmt.Sprintf("%s; the pod does not answer after %s.", became, spell(m.now().Sub(since))),
				fmt.Errorf("wait for what %s serves to answer: %w", shown(unit), ErrTimeout)
		}
	}
	at := m.now().In(since.Location())
	return fmt.Sprintf("%s; the pod answers again since %s (%s).", became, at.Format(time.TimeOnly), spell(at.Sub(since))), nil
}

// comesBack waits until it is known whether the unit runs again, and says so without a full stop.
func (m *Manager) comesBack(ctx context.Context, unit string, since time.Time) (became string, runs bool, err error) {
	began := m.now()
	for {
		u, restart, err := m.withRestart(ctx, unit)
		if errors.Is(err, ErrNoUnit) || errors.Is(err, ErrNoSystemd) {
			return "", false, err
		}
		if err == nil {
			if became, runs = fate(u, restart, since, m.now().Sub(began) >= noticeFor); became != "" {
				return became, runs, nil
			}
		}
		if !pause(ctx, pollEvery) {
			return fmt.Sprintf("The unit is %s after %s.", u.State(), spell(m.now().Sub(since))), false, ErrTimeout
		}
	}
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
