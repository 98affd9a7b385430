package main

import (
	"testing"
)

func (h *house) units(t *testing.T) {
	h.Unit(t, "web.service", "[Service]\nExecStart=/bin/sleep infinity\nExecReload=/bin/true\nRestart=on-failure\nRestartSec=200ms\n")
	h.Unit(t, "limit.service", "[Unit]\nStartLimitBurst=3\n[Service]\nExecStart=/bin/sh -c 'echo cannot reach redis; exit 3'\nRestart=on-failure\nRestartSec=100ms\n")
	h.Unit(t, "loop.service", "[Unit]\nStartLimitIntervalSec=0\n[Service]\nExecStart=/bin/sh -c 'sleep 1; exec /nosuch'\nRestart=always\nRestartSec=100ms\n")
	h.Run(t, "root", "systemctl", "start", "web")

	// What somebody does on purpose is not told.
	h.Run(t, "root", "systemctl", "reload", "web")
	h.Run(t, "root", "systemctl", "restart", "web")
	h.Run(t, "root", "systemctl", "stop", "web")
	h.Run(t, "root", "systemctl", "start", "web")
	h.quiet(t, h.settle(t), "web.service")

	h.Run(t, "root", "systemctl", "kill", "-s", "SEGV", "web")
	h.reads(t, "▲ crashed, running again after ", "web.service", "SEGV")

	h.Try("root", "systemctl", "start", "limit")
	h.reads(t, "▲ start limit hit: failed 3 times in ", "limit.service", "Last: exit status 3", "> cannot reach redis")
	h.mend(t, "limit")
	h.reads(t, "✓ running again · ", "limit.service", "It had failed 3 times", "it lasted")

	h.Try("root", "systemctl", "start", "loop")
	h.reads(t, "▲ crash-looping: ", "loop.service", "systemd goes on restarting it", "not found")
	h.mend(t, "loop")
	h.reads(t, "✓ running again · ", "loop.service", "it lasted")
	h.quiet(t, h.settle(t), ".service")
}

// mend gives a unit a program that runs.
func (h *house) mend(t *testing.T, unit string) {
	t.Helper()
	h.WriteFile(t, "/etc/systemd/system/"+unit+".service", "[Service]\nExecStart=/bin/sleep infinity\n", 0o644)
	h.Run(t, "root", "systemctl", "daemon-reload")
	h.Try("root", "systemctl", "reset-failed", unit)
	h.Run(t, "root", "systemctl", "restart", unit)
}

// busRestarts has a unit crash while the bot cannot hear of it.
func (h *house) busRestarts(t *testing.T) {
	h.Unit(t, "worker.service", "[Service]\nExecStart=/bin/sleep infinity\nRestart=on-failure\nRestartSec=200ms\n")
	h.Run(t, "root", "systemctl", "start", "worker")
	crash := func() { h.Run(t, "root", "kill", "-SEGV", h.mainPID(t, "worker")) }
	h.Run(t, "root", "systemctl", "restart", "dbus")
	crash()
	h.reads(t, "▲ crashed, running again", "worker.service")

	h.Run(t, "root", "systemctl", "daemon-reexec")
	crash()
	h.reads(t, "▲ crashed, running again", "worker.service", "×2 since")

	h.Run(t, "root", "systemctl", "stop", "dbus.socket", "dbus.service")
	crash()
	h.until(t, "root", "sh", "-c", `[ "$(systemctl show -P NRestarts worker)" -ge 3 ]`)
	h.Run(t, "root", "systemctl", "start", "dbus.socket", "dbus.service")
	h.reads(t, "▲ crash-looping: 3 times in ", "worker.service", "how it ended was not seen")
	h.reads(t, "✓ running again · ", "worker.service")
}

// mainPID is that of a running unit, as the container numbers it. It asks systemd without D-Bus.
func (h *house) mainPID(t *testing.T, unit string) string {
	t.Helper()
	return h.until(t, "root", "sh", "-c", `pid=$(systemctl show -P MainPID `+unit+`) && [ "$pid" != 0 ] && printf %s "$pid"`)
}
