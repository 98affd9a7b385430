package main

import "testing"

// A container has a boot ID of its own, which the sandbox of a service does not show, and sees how long the host is up:
// the bot is shown the ID, and that all was booted a second ago.
const (
	bootedNow = `[Service]
Type=oneshot
ExecStart=/bin/sh -c 'echo 1.00 1.00 >/run/uptime; cat /proc/sys/kernel/random/boot_id >/run/boot_id'
`
	seesBoot = `[Unit]
Requires=booted.service
After=booted.service
[Service]
BindReadOnlyPaths=/run/uptime:/proc/uptime /run/boot_id:/proc/sys/kernel/random/boot_id
`
)

// TestReboots is what the room reads of a host that was shut down, and of one that lost its power.
func TestReboots(t *testing.T) {
	h := openHouse(t)
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(h.journal())
		}
	})
	h.Unit(t, "booted.service", bootedNow)
	h.Unit(t, "vigie.service.d/boot.conf", seesBoot)
	h.restartBot(t)
	h.Run(t, "root", "systemctl", "add-wants", "multi-user.target", "vigie.service", "diaspora.service")
	h.Unit(t, "slow.service", "[Service]\nExecStart=/bin/sleep infinity\n") // it would hold up the shutdown
	h.say("vigie: restart diaspora")
	h.hears("diaspora.service restarted in")

	h.Reboot(t, true)
	h.reads(t, "● rebooted, away for ", "It was shut down in order (reboot).", "Last seen at ", "back since ")
	h.Reboot(t, false)
	h.reads(t, "▲ rebooted without a shutdown, away for ", "The log ends without a shutdown", "Its last line: ", "Last seen at ", "back since ")

	h.say("vigie: audit 20")
	h.reads(t, "restart diaspora") // the ledger came through both
	h.restartBot(t)
	h.quiet(t, h.settle(t), "rebooted")
}
