package systemd

import (
	"strings"
	"testing"

	"github.com/diaspote/vigie/fixtures/pod"
)

// realUnits are what the tests in inpod_test.go find in the pod.
var realUnits = map[string]string{
	"web.service":     "[Unit]\nDescription=A web server\n[Service]\nExecStart=/bin/sleep infinity\nExecReload=/bin/true\n",
	"badload.service": "[Service]\nExecStart=/bin/sleep infinity\nExecReload=/bin/false\n",
	"foreign.service": "[Service]\nExecStart=/bin/sleep infinity\n",
	"apart.service":   "[Service]\nSlice=apart.slice\nExecStart=/bin/sleep infinity\n",
	"boom.service":    "[Service]\nType=exec\nExecStart=/bin/sh -c 'echo about to fail; exit 3'\n",
	"noexec.service":  "[Service]\nType=exec\nExecStart=/no/such/program\n",
	"killed.service":  "[Service]\nType=oneshot\nExecStart=/bin/sh -c 'kill -9 $$$$'\n",
	"late.service":    "[Service]\nType=notify\nTimeoutStartSec=1\nExecStart=/bin/sleep infinity\n",
	"dies.service":    "[Service]\nExecStart=/bin/sh -c 'sleep 1; exit 4'\n",
	"leaves.service":  "[Service]\nExecStart=/bin/sleep 1\n",
	"flaps.service": "[Unit]\nStartLimitIntervalSec=0\n" +
		"[Service]\nRestart=always\nRestartSec=100ms\nExecStart=/bin/sh -c 'sleep 0.3; exit 5'\n",
	"once.service":   "[Service]\nType=oneshot\nExecStart=/bin/true\n",
	"cond.service":   "[Unit]\nConditionPathExists=/nowhere\n[Service]\nExecStart=/bin/sleep infinity\n",
	"needs.service":  "[Unit]\nRequires=noexec.service\nAfter=noexec.service\n[Service]\nExecStart=/bin/sleep infinity\n",
	"hang.service":   "[Service]\nExecStart=/bin/sleep infinity\nExecStop=/bin/sleep 600\nTimeoutStopSec=900\n",
	"slow.service":   "[Service]\nExecStart=/bin/sleep infinity\nExecStop=/bin/sleep 4\n",
	"bounce.service": "[Service]\nType=oneshot\nExecStart=/bin/systemctl restart dbus.service\n",
	"talk.service": "[Service]\nType=oneshot\nSyslogIdentifier=talker\n" +
		"ExecStart=/usr/bin/python3 /usr/local/lib/talk.py\n",
	"wrong.service":   "[Service]\nExecStart=no/path\n",
	"soon.service":    "[Service]\nType=oneshot\nExecStart=/bin/false\n",
	"soon.timer":      "[Timer]\nOnActiveSec=0\nAccuracySec=1us\n",
	"nightly.service": "[Service]\nType=oneshot\nExecStart=/bin/true\n",
	"nightly.timer":   "[Timer]\nOnCalendar=*-*-* 04:20:00 UTC\n",
	"tmpl@.service":   "[Service]\nExecStart=/bin/sleep infinity\n",
}

// TestReal boots a real systemd and runs the tests of inpod_test.go in it, as the user that the bot runs as,
// under a rule written by PolkitRule.
func TestReal(t *testing.T) {
	if pod.Inside() {
		inPod(t)
		return
	}
	p := pod.Start(t, pod.Options{})
	p.User(t, "vigie", "systemd-journal")
	p.User(t, "stranger")

	allow := map[string][]Verb{"dbus.service": nil}
	for name, content := range realUnits {
		p.WriteFile(t, "/etc/systemd/system/"+name, content, 0o644)
		if strings.HasSuffix(name, ".service") && name != "foreign.service" {
			allow[name] = []Verb{Start, Stop, Restart, Reload}
		}
	}
	allow["web.service"] = []Verb{Start, Stop, Restart, Reload}
	allow["slow.service"] = []Verb{Restart}
	p.WriteFile(t, "/usr/local/lib/talk.py", talk, 0o644)
	p.WriteFile(t, "/etc/polkit-1/rules.d/50-vigie.rules", PolkitRule("vigie", allow), 0o644)
	p.Run(t, "root", "systemctl", "daemon-reload")
	p.Run(t, "root", "systemctl", "restart", "polkit.service")
	p.Run(t, "root", "systemctl", "start", "foreign.service", "apart.service", "web.service", "badload.service", "hang.service",
		"slow.service", "soon.timer", "nightly.timer")

	p.Test(t, "vigie", "^TestReal$/^vigie$")
	p.Test(t, "stranger", "^TestReal$/^stranger$")
}

// TestServiceFile runs a stand-in for the bot under its real unit file.
func TestServiceFile(t *testing.T) {
	p := pod.Start(t, pod.Options{Args: []string{"--bind=/dev/kmsg", "--capability=CAP_SYSLOG"}})
	p.User(t, "vigie")
	p.User(t, "stranger")
	p.Run(t, "root", "install", "--mode=0640", "--group=adm", "/dev/null", "/var/log/apt/term.log")
	p.WriteFile(t, "/usr/local/bin/vigie", standIn, 0o755)
	p.WriteFile(t, "/etc/vigie/vigie.toml", "", 0o644)
	p.Unit(t, "vigie.service", ServiceFile())
	if out := p.Run(t, "root", "systemd-analyze", "verify", "vigie.service"); out != "" {
		t.Errorf("systemd-analyze verify: %s", out)
	}
	if out, err := p.Try("root", "systemctl", "start", "vigie.service"); err != nil {
		t.Fatalf("%s\n%s", out, p.Run(t, "root", "journalctl", "--unit=vigie.service", "--no-pager"))
	}
	got := p.Run(t, "root", "cat", "/var/lib/vigie/seen")
	for _, want := range []string{"user vigie", "config /etc/vigie/vigie.toml", "journal yes", "bus yes",
		"runtime /run/vigie", "etc read-only", "NoNewPrivs:\t1", "kernel log yes",
		"apt log yes", "init's status yes", "CapEff:\t0000000400000000", "CapBnd:\t0000000400000000"} {
		if !strings.Contains(got, want+"\n") {
			t.Errorf("under its unit the bot misses %q; it saw:\n%s", want, got)
		}
	}
	p.Run(t, "stranger", "touch", "/var/lib/vigie/spool/word") // as a cron job's
	for _, secret := range [][]string{{"ls", "/var/lib/vigie"}, {"ls", "/var/lib/vigie/spool"}, {"cat", "/var/lib/vigie/seen"}} {
		if out, err := p.Try("stranger", secret...); err == nil {
			t.Errorf("a stranger may %v:\n%s", secret, out)
		}
	}
	security := strings.TrimSpace(p.Run(t, "root", "systemd-analyze", "security", "--no-pager", "vigie.service"))
	t.Log(security[strings.LastIndexByte(security, '\n')+1:])
}

const standIn = `#!/usr/bin/python3
import os, pwd, signal, socket, subprocess, sys
seen = open(os.environ["STATE_DIRECTORY"] + "/seen", "w")
print("user", pwd.getpwuid(os.getuid()).pw_name, file=seen)
print("config", sys.argv[sys.argv.index("--config") + 1], file=seen)
journal = subprocess.run(["journalctl", "--lines=1", "--unit=init.scope", "--quiet"], capture_output=True)
print("journal", "yes" if journal.stdout else journal.stderr, file=seen)
bus = socket.socket(socket.AF_UNIX)
bus.connect("/run/dbus/system_bus_socket")
print("bus yes", file=seen)
print("runtime", os.environ["RUNTIME_DIRECTORY"], file=seen)
try:
    open("/etc/vigie/x", "w")
except OSError:
    print("etc read-only", file=seen)
try:
    kernel = os.open("/dev/kmsg", os.O_RDONLY | os.O_NONBLOCK)
    os.read(kernel, 8192)
    print("kernel log yes", file=seen)
except BlockingIOError:
    print("kernel log yes", file=seen) # and empty
except OSError as e:
    print("kernel log", e, file=seen)
print("apt log yes", open("/var/log/apt/term.log").read(), sep="", file=seen)
print("init's status yes", file=seen) if "Name:" in open("/proc/1/status").read() else None
os.mkdir(os.environ["STATE_DIRECTORY"] + "/spool")
os.chmod(os.environ["STATE_DIRECTORY"] + "/spool", 0o1733)
print(open("/proc/self/status").read(), file=seen)
seen.close()
notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
notify.connect(os.environ["NOTIFY_SOCKET"])
notify.send(b"READY=1")
signal.pause()
`

const talk = `import sys
out = sys.stdout.buffer
out.write(b"one\n<3>Two is an ERROR\nthree\ncaf\xc3\xa9 \xff \x1b[31m\nfour\nlong " + b"x" * 30000 + b"\n")
`
