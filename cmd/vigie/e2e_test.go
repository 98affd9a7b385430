package main

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/diaspote/vigie/fixtures/loopback"
	"github.com/diaspote/vigie/fixtures/pod"
	"github.com/diaspote/vigie/fixtures/prosody"
)

const opsRoom = "ops@" + prosody.Conference

// A house is the whole product as its users have it: a host run by a real systemd with the daemon as an
// unprivileged unit, a real Prosody, and an admin in the room.
type house struct {
	*pod.Pod
	server *prosody.Server
	dada   *prosody.Client
}

// The pod that is served: a web server that leaks nothing, one that needs a while, one that fails.
var podUnits = map[string]string{
	"diaspora.service": `[Unit]
Description=the pod
[Service]
ExecStart=/usr/bin/python3 -m http.server --bind 127.0.0.1 --directory /srv %d
`,
	"sidekiq.service": `[Service]
ExecStart=/bin/sh -c 'echo "cannot reach redis @channel <!here> dada"; exit 1'
`,
	"slow.service": `[Service]
ExecStart=/bin/sleep infinity
ExecStop=/bin/sleep 30
`,
	"foreign.service": `[Service]
ExecStart=/bin/sleep infinity
`,
}

const wellKnown = `{"links":[{"rel":"http://nodeinfo.diaspora.software/ns/schema/1.0","href":"http://127.0.0.1:%d/nodeinfo/1.0"}]}`

const nodeInfo = `{"version":"1.0","software":{"name":"diaspora","version":"0.9.0.0"},
"usage":{"users":{"total":1432,"activeMonth":87}},"openRegistrations":true}`

func houseConfig(s *prosody.Server, port int) string {
	return fmt.Sprintf(`
host = "diaspote"
time_zone = "Europe/Paris"

[pod]
url = "http://127.0.0.1:%[1]d"
units = ["diaspora", "sidekiq"]

[[unit]]
name = "diaspora"
allow = ["restart", "start", "stop"]
probe = "http://127.0.0.1:%[1]d/"

[[unit]]
name = "slow"
allow = ["restart"]

[xmpp]
jid = "vigie@localhost"
password_file = "xmpp.password"
server = %[2]q
ca_file = "ca.pem"
rooms = [%[3]q]

[people.dada]
role = "admin"
xmpp = "dada@localhost"

[people.lulu]
role = "reader"
xmpp = "lulu@localhost"
unix = "lulu"
`, port, s.Addr, opsRoom)
}

// apart skips a test of the daemon as a process of its own, which the race detector does not look into.
func apart(t testing.TB) {
	t.Helper()
	if testing.Short() {
		t.Skip("the daemon is a process of its own here: not with -short")
	}
}

// openHouse opens one in a container with those further arguments of systemd-nspawn: with those of hearing the bot
// watches for OOM kills.
func openHouse(t testing.TB, args ...string) *house {
	t.Helper()
	return openHouseUnder(t, "", args...)
}

// openHouseUnder is openHouse with a Prosody of that further configuration.
func openHouseUnder(t testing.TB, lua string, args ...string) *house {
	t.Helper()
	apart(t)
	watch := "\n[watch]\noff = [\"oom\"]\n"
	if len(args) > 0 {
		watch = "\n[watch]\n"
	}
	h := &house{server: prosody.Start(t, lua, "vigie", "dada", "lulu", "eve")}
	h.Pod = pod.Start(t, pod.Options{Args: args})
	h.dada = h.server.Client(t, "dada", "phone")
	h.dada.Send("<presence/>")
	h.dada.Join(opsRoom, "dada")
	h.dada.Configure(opsRoom, "muc#roomconfig_whois", "anyone")
	h.dada.Configure(opsRoom, "muc#roomconfig_persistentroom", "1")

	port := loopback.Port(t)
	h.Copy(t, build(t), "/usr/local/bin/vigie")
	h.WriteFile(t, "/etc/hosts", "127.0.0.1 localhost\n", 0o644) // where pictures go to
	h.User(t, "vigie")
	h.User(t, "lulu")
	h.WriteFile(t, "/srv/.well-known/nodeinfo", fmt.Sprintf(wellKnown, port), 0o644)
	h.WriteFile(t, "/srv/nodeinfo/1.0", nodeInfo, 0o644)
	for name, text := range podUnits {
		if strings.Contains(text, "%d") {
			text = fmt.Sprintf(text, port)
		}
		h.Unit(t, name, text)
	}
	ca, err := os.ReadFile(h.server.CAFile())
	if err != nil {
		t.Fatal(err)
	}
	h.WriteFile(t, "/etc/vigie/ca.pem", string(ca), 0o644)
	h.WriteFile(t, "/etc/vigie/vigie.toml", houseConfig(h.server, port)+watch, 0o644)
	h.WriteFile(t, "/etc/vigie/xmpp.password", prosody.Password+"\n", 0o600)
	credential := strings.ReplaceAll(h.Run(t, "root", "/usr/local/bin/vigie", "systemd-unit"),
		"#LoadCredential=xmpp.password", "LoadCredential=xmpp.password")
	h.WriteFile(t, "/etc/polkit-1/rules.d/50-vigie.rules", h.Run(t, "root", "/usr/local/bin/vigie", "polkit-rule"), 0o644)
	h.Run(t, "root", "systemctl", "start", "diaspora", "slow", "foreign")
	h.Try("root", "systemctl", "start", "sidekiq")
	h.Unit(t, "vigie.service", credential)
	h.startBot(t)
	return h
}

// startBot starts the daemon and waits until it is in the room.
func (h *house) startBot(t testing.TB) {
	t.Helper()
	if out, err := h.Try("root", "systemctl", "start", "vigie"); err != nil {
		t.Fatalf("start the daemon: %s\n%s", out, h.journal())
	}
	h.joined()
}

// joined waits until the bot enters the room, left until it leaves. One that was in the room has to leave before it can be
// seen to enter: while it is there it says again and again how it fares, by the same stanza.
func (h *house) joined() {
	h.dada.Expect("the bot in the room", func(n prosody.Node) bool { return n.Is("presence", "", opsRoom+"/vigie") })
}

func (h *house) left() {
	h.dada.Expect("the bot out of the room", func(n prosody.Node) bool { return n.Is("presence", "unavailable", opsRoom+"/vigie") })
}

func (h *house) journal() string {
	out, _ := h.Try("root", "journalctl", "--no-pager", "-u", "vigie", "-n", "50")
	return out
}

// say says something to the bot in the room.
func (h *house) say(text string) {
	h.dada.Send("<message type='groupchat' to='%s' id='%d'><body>%s</body></message>", opsRoom, time.Now().UnixNano(), text)
}

// hears waits for a text of the bot in the room that has all the words in it, be it new or an edit.
func (h *house) hears(words ...string) string {
	n := h.dada.Expect(fmt.Sprintf("%q", words), says(words...))
	return n.Child("body").Text
}

// says is true of a text of the bot in the room with all the words in it.
func says(words ...string) func(prosody.Node) bool {
	return func(n prosody.Node) bool {
		body := n.Child("body").Text
		if !n.Is("message", "groupchat", opsRoom+"/vigie") || n.Child("delay").XMLName.Local != "" {
			return false
		}
		for _, w := range words {
			if !strings.Contains(body, w) {
				return false
			}
		}
		return true
	}
}

// TestTheWholeHouse is one evening of an admin with the bot.
func TestTheWholeHouse(t *testing.T) {
	t.Parallel()
	h := openHouse(t)
	defer func() {
		if t.Failed() {
			t.Log(h.journal())
		}
	}()

	h.say("vigie: status")
	status := h.hears("diaspote", "memory")
	t.Log("\n" + status)
	for _, line := range []string{
		`(?m)^diaspote · up .+ · load [\d.]+ [\d.]+ [\d.]+ on \d+ cores?$`,
		`(?m)^memory [\d.]+ of [\d.]+ [GM]iB`,
		`(?m)^● diaspora +running \d+ s`,
		`(?m)^✗ sidekiq +failed \d+ s ago: exit status 1   \(try: logs sidekiq\)$`,
		`(?m)^pod: http://127.0.0.1:\d+ answers 200 in \d+ ms · diaspora 0\.9\.0\.0 · 1,432 users, 87 active this month$`,
	} {
		if !regexp.MustCompile(line).MatchString(status) {
			t.Errorf("status has no line like %s", line)
		}
	}

	before := h.Run(t, "root", "systemctl", "show", "-P", "MainPID", "diaspora")
	h.say("!restart dias")
	t.Log(h.hears("diaspora.service restarted in", "answering again after"))
	if after := h.Run(t, "root", "systemctl", "show", "-P", "MainPID", "diaspora"); after == before {
		t.Error("systemd did not restart it")
	}

	h.say("vigie: logs sidekiq 5")
	t.Log("\n" + h.hears("sidekiq, ", "cannot reach redis"))
	h.say("vigie: restart sidekiq")
	failure := h.hears("✗ restart sidekiq.service: ", "failed: exit status 1", "cannot reach redis")
	t.Log("\n" + failure)
	if strings.Contains(failure, "dada") {
		t.Error("a log line can name people in the room")
	}

	h.say("vigie: restart foreign")
	h.hears("✗ restart foreign.service: the config does not give this unit to me")
	h.say("vigie: restart nosuch")
	h.hears("✗ restart nosuch: no such unit")
	h.say("vigie: restart diapsora")
	h.hears(`did you mean "diaspora"?`)
	for _, name := range []string{"-h", "../x", "x;reboot", "$(reboot)", "a b"} {
		h.say("vigie: restart " + name)
		h.hears("✗")
	}

	h.say("vigie: stop diaspora")
	h.hears("stop diaspora.service on diaspote? Answer yes or no, within 60 s.")
	h.say("vigie: yes")
	h.hears("diaspora.service stopped in")
	h.say("vigie: start diaspora")
	h.hears("diaspora.service started in")

	h.say("vigie: cron")
	t.Log("\n" + h.hears("apt-daily.timer"))
	h.say("vigie: audit 20")
	t.Log("\n" + h.hears("restart sidekiq", "refused"))

	t.Run("an incident", func(t *testing.T) { h.incident(t) })
	t.Run("check", func(t *testing.T) { h.check(t) })
	t.Run("another person", func(t *testing.T) { h.lulu(t) })
	t.Run("the local socket", func(t *testing.T) { h.socket(t) })
	t.Run("reload", func(t *testing.T) { h.reload(t) })
	t.Run("killed", func(t *testing.T) { h.killed(t) })
}

// check tries the connections beside the daemon, which notices nothing.
func (h *house) check(t *testing.T) {
	out := h.Run(t, "root", "vigie", "check", "--connect")
	t.Log("\n" + out)
	for _, line := range []string{"● XMPP as vigie@localhost\n", "● diaspora.service\n", "● sidekiq.service\n", "● http://127.0.0.1:"} {
		if !strings.Contains(out, line) {
			t.Errorf("check does not say %q", line)
		}
	}
	h.say("vigie: whoami")
	h.hears("(admin)")
}

// lulu may look and not touch; eve may nothing, and gets one line.
func (h *house) lulu(t *testing.T) {
	for _, tt := range []struct{ who, line, want string }{
		{"lulu", "restart diaspora", "restart is for operators; you are a reader"},
		{"lulu", "whoami", "You are lulu (reader), known by xmpp:lulu@localhost."},
		{"eve", "restart diaspora", "ask dada"},
	} {
		c := h.server.Client(t, tt.who, "laptop")
		c.Send("<presence/><message type='chat' to='vigie@localhost' id='x'><body>%s</body></message>", tt.line)
		c.Expect(tt.want, func(n prosody.Node) bool { return strings.Contains(n.Child("body").Text, tt.want) })
		c.Close()
	}
}

func (h *house) socket(t *testing.T) {
	ask := func(user string, args ...string) (string, error) {
		return h.Try(user, append([]string{"vigie"}, args...)...)
	}
	if out, err := ask("root", "ask", "whoami"); err == nil {
		t.Errorf("root is not listed, and is answered: %s", out)
	}
	if out, err := ask("lulu", "ask", "status"); err != nil || !strings.Contains(out, "● diaspora") {
		t.Errorf("ask status: %v\n%s", err, out)
	}
	if out, err := ask("lulu", "ask", "restart diaspora"); err == nil || !strings.Contains(out, "for operators") {
		t.Errorf("a reader restarts: %v\n%s", err, out)
	}
}

// reload takes a good config into force, and refuses a bad one in the room.
func (h *house) reload(t *testing.T) {
	good := h.Run(t, "root", "cat", "/etc/vigie/vigie.toml")
	h.WriteFile(t, "/etc/vigie/vigie.toml", strings.Replace(good, "units =", "untis =", 1), 0o644)
	h.Run(t, "root", "systemctl", "reload", "vigie")
	t.Log("\n" + h.hears("the new config was refused", "untis"))
	h.say("vigie: whoami")
	h.hears("(admin), known by xmpp:")

	better := strings.Replace(good, `role = "reader"`, `role = "operator"`, 1) + "\n[people.root]\nrole = \"admin\"\nunix = \"root\"\n"
	h.WriteFile(t, "/etc/vigie/vigie.toml", better, 0o644)
	h.Run(t, "root", "systemctl", "reload", "vigie")
	out := h.until(t, "root", "vigie", "ask", "whoami")
	if !strings.Contains(out, "You are root (admin), known by unix:root.") {
		t.Errorf("after the reload: %s", out)
	}
	h.Run(t, "root", "sh", "-c", "echo 'backup is done @channel' | vigie say ops")
	h.hears("root: backup is done")
	if out, err := h.Try("root", "vigie", "ask", "stop", "diaspora"); err == nil || !strings.Contains(out, "--yes") {
		t.Errorf("stop without a yes: %v\n%s", err, out)
	}
	if out := h.Run(t, "root", "vigie", "ask", "--yes", "stop", "diaspora"); !strings.Contains(out, "stopped in") {
		t.Errorf("stop --yes: %s", out)
	}
	h.Run(t, "root", "vigie", "ask", "start diaspora")
}

// until tries a command in the pod until it succeeds.
func (h *house) until(t testing.TB, user string, args ...string) string {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(100 * time.Millisecond) {
		out, err := h.Try(user, args...)
		if err == nil {
			return out
		}
		if time.Now().After(deadline) {
			t.Fatalf("%v: %v\n%s", args, err, out)
		}
	}
}

// killed restarts the bot in the middle of a restart.
func (h *house) killed(t *testing.T) {
	h.say("vigie: restart slow")
	h.hears("restarting slow.service …")
	h.Run(t, "root", "systemctl", "kill", "-s", "KILL", "vigie")
	h.hears("✗ restart slow, asked for by ", "was interrupted")
}
