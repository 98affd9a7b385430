package systemd

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/coreos/go-systemd/v22/dbus"
	godbus "github.com/godbus/dbus/v5"
	"golang.org/x/sys/unix"
)

// A Unit is a unit's state at the time of asking: properties of org.freedesktop.systemd1(5), by their names
// there where nothing else is said.
type Unit struct {
	Name        string // in full, and the unit's own where an alias was asked for: "diaspora.service"
	Description string
	LoadState   string // "loaded", "not-found", "masked", "error", "bad-setting"
	ActiveState string // "active", "reloading", "inactive", "failed", "activating", "deactivating"
	SubState    string // "running", "exited", "dead", "auto-restart", … by the kind of unit

	// Since is when it entered ActiveState, by the host's clock as it goes now: taken from the monotonic
	// clock, it holds even if the clock was set since then. Zero if it has not been in any other state.
	Since time.Time

	UnitFileState string // "enabled", "disabled", "static", …
	InvocationID  string // hex, another one for each start; "" if it never ran

	// What follows is known of services alone.

	Type       string // "simple", "notify", "oneshot", …
	Result     string // how it ended last: "success", "exit-code", "signal", "oom-kill", "timeout", …
	ExitCode   int32  // ExecMainCode: 1 exited, 2 killed, 3 dumped core (si_code of SIGCHLD, sigaction(2)); 0 not yet
	ExitStatus int32  // ExecMainStatus: the exit status or the signal
	MainPID    uint32 // 0 if it does not run
	Restarts   uint32 // NRestarts: how often systemd has restarted it by itself since it was last started

	// Memory is what the unit uses, in bytes; see memory.go for how it is counted where. Unless
	// MemoryKnown it could not be read.
	Memory      uint64
	MemoryKnown bool

	unmet bool // a condition of its unit file kept it from starting
}

// Unit reads the state of the unit with that full name. ErrNoUnit if there is none.
func (m *Manager) Unit(ctx context.Context, name string) (Unit, error) {
	u, err := m.unit(ctx, name)
	if err != nil {
		return Unit{}, fmt.Errorf("%s: %w", shown(name), err)
	}
	return u, nil
}

func (m *Manager) unit(ctx context.Context, name string) (Unit, error) {
	if err := checkName(name); err != nil {
		return Unit{}, err
	}
	props, err := m.properties(ctx, name)
	var answer godbus.Error
	if errors.As(err, &answer) { // of a unit file with nonsense in it, a bare "Invalid argument"
		return Unit{}, fmt.Errorf("systemd cannot tell its state: %w; see systemctl status %s", err, name)
	}
	if err != nil {
		return Unit{}, err
	}
	u := unitOf(props, m.now(), monotonic())
	if u.LoadState == "not-found" {
		return Unit{}, ErrNoUnit
	}
	if !u.MemoryKnown {
		u.Memory, u.MemoryKnown = cgroupMemory(m.root, props.text("ControlGroup"))
	}
	return u, nil
}

// properties reads all properties of a unit, of every D-Bus interface that it has.
func (m *Manager) properties(ctx context.Context, name string) (p properties, err error) {
	err = m.call(ctx, func(c *dbus.Conn) (err error) {
		p, err = c.GetAllPropertiesContext(ctx, name)
		return err
	})
	return p, err
}

// unitOf is the pure part of [Manager.Unit]: mono is CLOCK_MONOTONIC at now.
func unitOf(p properties, now time.Time, mono time.Duration) Unit {
	u := Unit{
		Name:          p.text("Id"),
		Description:   p.text("Description"),
		LoadState:     p.text("LoadState"),
		ActiveState:   p.text("ActiveState"),
		SubState:      p.text("SubState"),
		UnitFileState: p.text("UnitFileState"),
		Type:          p.text("Type"),
		Result:        p.text("Result"),
		ExitCode:      int32(p.number("ExecMainCode")),
		ExitStatus:    int32(p.number("ExecMainStatus")),
		MainPID:       uint32(p.number("MainPID")),
		Restarts:      uint32(p.number("NRestarts")),
		Memory:        p.number("MemoryCurrent"),
	}
	if id, ok := p["InvocationID"].([]byte); ok {
		u.InvocationID = hex.EncodeToString(id)
	}
	if met, ok := p["ConditionResult"].(bool); ok {
		u.unmet = !met && p.number("ConditionTimestampMonotonic") != 0
	}
	u.MemoryKnown = u.Memory != 0 && u.Memory != math.MaxUint64 // (uint64_t) -1 where it is not counted
	if !u.MemoryKnown {
		u.Memory = 0
	}
	u.Since = atMonotonic(p.number(enteredBy(u.ActiveState)), now, mono)
	return u
}

// enteredBy names the property that tells when the unit came into that state.
func enteredBy(activeState string) string {
	switch activeState {
	case "active", "reloading":
		return "ActiveEnterTimestampMonotonic"
	case "inactive", "failed":
		return "InactiveEnterTimestampMonotonic"
	}
	return "StateChangeTimestampMonotonic"
}

// atMonotonic turns microseconds of CLOCK_MONOTONIC into a time; 0 and the largest number mean never.
func atMonotonic(usec uint64, now time.Time, mono time.Duration) time.Time {
	if usec == 0 || usec > math.MaxInt64/1000 {
		return time.Time{}
	}
	return now.Add(time.Duration(usec)*time.Microsecond - mono).Round(0)
}

// monotonic reads CLOCK_MONOTONIC, by which systemd stamps the changes of state.
func monotonic() time.Duration {
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts); err != nil {
		return 0
	}
	return time.Duration(ts.Nano())
}

// properties are a unit's, by name. One that this systemd does not know reads as zero.
type properties map[string]any

func (p properties) text(name string) string {
	s, _ := p[name].(string)
	return s
}

func (p properties) number(name string) uint64 {
	switch n := p[name].(type) {
	case uint64:
		return n
	case uint32:
		return uint64(n)
	case int32:
		return uint64(int64(n))
	}
	return 0
}
