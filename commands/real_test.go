package commands

import (
	"fmt"
	"strings"
	"testing"

	"github.com/diaspote/vigie/fixtures/loopback"
	"github.com/diaspote/vigie/fixtures/pod"
	"github.com/diaspote/vigie/ops/systemd"
)

// realUnits are what the tests in inpod_test.go find in the pod. %d is the port of lazy.service.
var realUnits = map[string]string{
	"web.service":  "[Unit]\nDescription=A web server\n[Service]\nExecStart=/bin/sleep infinity\nExecReload=/bin/true\n[Install]\nAlias=www.service\n",
	"boom.service": "[Service]\nExecStart=/bin/sh -c 'printf \"cannot reach \\\\033[31mredis\\\\033[m @channel\\\\n\"; exit 3'\n",
	"lazy.service": "[Service]\nExecStart=/usr/bin/python3 -c 'import time, http.server as h; time.sleep(4); " +
		"h.HTTPServer((\"127.0.0.1\", %d), h.SimpleHTTPRequestHandler).serve_forever()'\n",
	"mute.service": "[Service]\nExecStart=/bin/sh -c 'echo I listen to nothing; exec sleep infinity'\n",
	"hang.service": "[Service]\nExecStart=/bin/sleep infinity\nExecStop=/bin/sleep 600\nTimeoutStopSec=900\n",
	"talk.service": "[Unit]\nDescription=Talks \U0001F4AC\u202e \\x1b[2J and much\n[Service]\nType=oneshot\nRemainAfterExit=yes\n" +
		"ExecStart=/usr/bin/python3 -c 'for i in range(300): print(i, \"x\" * 400)'\n",
	"foreign.service": "[Service]\nExecStart=/bin/sleep infinity\n",
	"broken.service":  "[Service]\nExecStart=no/path\n",
	"nightly.service": "[Service]\nType=oneshot\nExecStart=/bin/true\n",
	"nightly.timer":   "[Timer]\nOnCalendar=*-*-* 04:20:00 UTC\n",
	"sour.service":    "[Service]\nType=oneshot\nExecStart=/bin/false\n",
	"sour.timer":      "[Timer]\nOnActiveSec=0\nAccuracySec=1us\n",
}

// TestReal boots a real systemd and runs the tests of inpod_test.go in it: as the user that the bot runs as,
// and some as root, who can read what that user cannot.
func TestReal(t *testing.T) {
	if pod.Inside() {
		inPod(t)
		return
	}
	p := pod.Start(t, pod.Options{})
	p.User(t, "vigie", "systemd-journal")
	p.User(t, "dora")

	port := loopback.Port(t)
	allow := map[string][]systemd.Verb{}
	for name, content := range realUnits {
		if strings.Contains(content, "%d") {
			content = fmt.Sprintf(content, port)
		}
		p.WriteFile(t, "/etc/systemd/system/"+name, content, 0o644)
		if name != "foreign.service" {
			allow[name] = []systemd.Verb{systemd.Start, systemd.Stop, systemd.Restart, systemd.Reload}
		}
	}
	p.WriteFile(t, "/etc/lazy.port", fmt.Sprint(port), 0o644)
	p.WriteFile(t, "/etc/polkit-1/rules.d/50-vigie.rules", systemd.PolkitRule("vigie", allow), 0o644)
	p.WriteFile(t, "/etc/cron.d/pod", "MAILTO=\"\"\n* * * * * root /bin/echo \x1b[31mtick\n20 4 * * sun root /bin/true\n", 0o644)
	p.WriteFile(t, "/var/spool/cron/crontabs/dora", "@daily /bin/true\n", 0o600)
	p.Run(t, "root", "chown", "dora:crontab", "/var/spool/cron/crontabs/dora")
	p.Run(t, "root", "systemctl", "enable", "web.service")
	p.Run(t, "root", "systemctl", "daemon-reload")
	p.Run(t, "root", "systemctl", "restart", "polkit.service", "cron.service")
	p.Run(t, "root", "systemctl", "start", "web.service", "foreign.service", "hang.service", "talk.service", "nightly.timer", "sour.timer")

	p.Test(t, "vigie", "^TestReal$/^vigie$")
	p.Test(t, "root", "^TestReal$/^root$")
}
