package systemd

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	godbus "github.com/godbus/dbus/v5"
)

// The names of systemd on the bus, org.freedesktop.systemd1(5).
const (
	busName      = "org.freedesktop.systemd1"
	managerPath  = godbus.ObjectPath("/org/freedesktop/systemd1")
	unitPath     = "/org/freedesktop/systemd1/unit/"
	ifaceManager = busName + ".Manager"
	ifaceUnit    = busName + ".Unit"
	ifaceService = busName + ".Service"
)

// matches are the rules by which the bus passes on signals, dbus-daemon(1): those of units, told apart by
// interface so that what is special to sockets, mounts and the like does not come.
var matches = []string{
	"type='signal',sender='" + busName + "',interface='org.freedesktop.DBus.Properties',member='PropertiesChanged'," +
		"path_namespace='/org/freedesktop/systemd1/unit',arg0='" + ifaceUnit + "'",
	"type='signal',sender='" + busName + "',interface='org.freedesktop.DBus.Properties',member='PropertiesChanged'," +
		"path_namespace='/org/freedesktop/systemd1/unit',arg0='" + ifaceService + "'",
	"type='signal',sender='" + busName + "',interface='" + ifaceManager + "',member='UnitRemoved'",
	"type='signal',sender='" + busName + "',interface='" + ifaceManager + "',member='Reloading'",
	"type='signal',sender='org.freedesktop.DBus',interface='org.freedesktop.DBus',member='NameOwnerChanged',arg0='" + busName + "'",
}

// A feed is a connection over which systemd's signals come, in their order.
type feed struct {
	conn    *godbus.Conn
	signals chan *godbus.Signal // closed when the connection is
}

func openFeed(ctx context.Context) (*feed, error) {
	conn, err := godbus.ConnectSystemBus(godbus.WithContext(ctx), godbus.WithSignalHandler(godbus.NewSequentialSignalHandler()))
	if err != nil {
		return nil, fmt.Errorf("connect to D-Bus: %w", err)
	}
	f := &feed{conn: conn, signals: make(chan *godbus.Signal, 16)}
	conn.Signal(f.signals)
	for _, rule := range matches {
		if err := conn.BusObject().CallWithContext(ctx, "org.freedesktop.DBus.AddMatch", 0, rule).Err; err != nil {
			conn.Close()
			return nil, fmt.Errorf("ask D-Bus for systemd's signals: %w", err)
		}
	}
	return f, nil
}

// subscribe asks systemd to send signals at all. It forgets that when it executes itself anew.
func (f *feed) subscribe(ctx context.Context) error {
	err := f.conn.Object(busName, managerPath).CallWithContext(ctx, ifaceManager+".Subscribe", 0).Err
	if e, ok := err.(godbus.Error); ok && e.Name == busName+".AlreadySubscribed" {
		return nil
	}
	if err != nil {
		return fmt.Errorf("ask systemd for its signals: %w", err)
	}
	return nil
}

// services lists the services that are not just down, as they are.
func (f *feed) services(ctx context.Context, now func() time.Time) ([]moment, error) {
	var list []struct {
		Name, Description, Load, Active, Sub, Following string
		Path                                            godbus.ObjectPath
		Job                                             uint32
		JobType                                         string
		JobPath                                         godbus.ObjectPath
	}
	states := []string{"active", "reloading", "activating", "deactivating", "failed", "maintenance", "refreshing"}
	err := f.conn.Object(busName, managerPath).CallWithContext(ctx, ifaceManager+".ListUnitsByPatterns", 0,
		states, []string{"*.service"}).Store(&list)
	if err != nil {
		return nil, fmt.Errorf("list the services: %w", err)
	}
	var found []moment
	for _, one := range list {
		p := properties{}
		for _, iface := range []string{ifaceService, ifaceUnit} {
			var some map[string]godbus.Variant
			err := f.conn.Object(busName, one.Path).CallWithContext(ctx, "org.freedesktop.DBus.Properties.GetAll", 0, iface).Store(&some)
			if err != nil {
				if ctx.Err() != nil || !f.conn.Connected() {
					return nil, fmt.Errorf("read the state of %s: %w", one.Name, err)
				}
				continue // it went away meanwhile
			}
			p.add(some)
		}
		found = append(found, momentOf(one.Name, p, now()))
	}
	return found, nil
}

func (p properties) add(some map[string]godbus.Variant) {
	for name, v := range some {
		p[name] = v.Value()
	}
}

// momentOf is what the properties of a service come to. Id is never in a signal.
func momentOf(name string, p properties, now time.Time) moment {
	m := moment{Unit: unitOf(p, now, monotonic()), stamp: p.number("StateChangeTimestampMonotonic")}
	m.Name = name
	switch p.text("Restart") { // systemd.service(5)
	case "on-failure", "on-abnormal", "on-abort", "on-watchdog":
		m.fails = true
	}
	if job, ok := p["Job"].([]any); ok && len(job) > 0 {
		id, _ := job[0].(uint32)
		m.job = id != 0
	}
	return m
}

// changedService tells which service a PropertiesChanged is about, and what it says. Most signals are about
// something else, and cost no more than a look at their path.
func changedService(s *godbus.Signal) (name, iface string, changed map[string]godbus.Variant) {
	if s.Name != "org.freedesktop.DBus.Properties.PropertiesChanged" || len(s.Body) < 2 {
		return "", "", nil
	}
	if name = serviceAt(s.Path); name == "" {
		return "", "", nil
	}
	iface, _ = s.Body[0].(string)
	changed, _ = s.Body[1].(map[string]godbus.Variant)
	return name, iface, changed
}

// serviceAt is the name of the service whose object that is, "" for any other unit. Bytes other than letters
// and digits stand there as _ and two hex digits (sd_bus_path_encode(3)).
func serviceAt(path godbus.ObjectPath) string {
	escaped, ok := strings.CutPrefix(string(path), unitPath)
	if !ok || !strings.HasSuffix(escaped, "_2eservice") {
		return ""
	}
	var b strings.Builder
	for i := 0; i < len(escaped); i++ {
		if escaped[i] != '_' || i+2 >= len(escaped) {
			b.WriteByte(escaped[i])
			continue
		}
		octet, err := strconv.ParseUint(escaped[i+1:i+3], 16, 8)
		if err != nil {
			return ""
		}
		b.WriteByte(byte(octet))
		i += 2
	}
	return b.String()
}
