package commands

import (
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// inPod runs what is below in the pod that TestReal has booted.
func inPod(t *testing.T) {
	t.Run("vigie", func(t *testing.T) {
		t.Run("status", inPodStatus)
		t.Run("units", inPodUnits)
		t.Run("names", inPodNames)
		t.Run("changes", inPodChanges)
		t.Run("failures", inPodFailures)
		t.Run("probe", inPodProbe)
		t.Run("logs", inPodLogs)
		t.Run("silent bus", inPodSilentBus)
		t.Run("cron", inPodCron)
	})
	t.Run("root", inPodRoot)
}

func inPodStage(t *testing.T, units ...Unit) *stage {
	h := newHost(t, "/proc")
	h.Root, h.Units = "/", units
	return play(t, h)
}

// told asks, and logs the answer for somebody to look at.
func told(t *testing.T, s *stage, line string) (text, block string) {
	t.Helper()
	text, block = s.ask(t, line)
	t.Logf("> %s\n%s\n%s", line, text, block)
	return text, block
}

func shown(names ...string) (units []Unit) {
	for _, name := range names {
		units = append(units, Unit{Name: name, Shown: true, Timeout: time.Minute})
	}
	return units
}

func inPodStatus(t *testing.T) {
	s := inPodStage(t, shown("web.service", "boom.service", "talk.service", "nothing.service", "broken.service")...)
	told(t, s, "start boom")
	text, _ := told(t, s, "status")
	like(t, text, `
diaspote · up .+ · load [\d.]+ [\d.]+ [\d.]+ on \d+ cores?
memory [\d.]+ of [\d.]+ .iB · (no swap|swap .+) · disk / \d+ %.*
● web      running \d+ .+ · [\d.]+ .iB
✗ boom     failed \d+ s ago: exit status 3   \(try: logs boom\)
● talk     done \d+ .+
✗ nothing  no such unit on this host
✗ broken   its unit file is not valid   \(try: logs broken\)
✗ sour     failed \d+ .+ ago: exit status 1   \(try: logs sour\)`)

	text, _ = told(t, inPodStage(t), "status")
	like(t, text, `
diaspote · up .+
memory .+
\d+ services: 2 failed, .+
✗ boom  failed .+
✗ sour  failed .+`)
}

func inPodUnits(t *testing.T) {
	s := inPodStage(t)
	text, block := told(t, s, "units")
	like(t, text, `\d+ services: \d failed, .*\d+ running, .*\d+ stopped`)
	has(t, block, "● web", "A web server", "● talk", "Talks 💬 \\x1b[2J and much")
	if !strings.HasPrefix(block, "✗ ") {
		t.Errorf("what has failed is not first:\n%s", block)
	}
	if strings.Contains(block, "stopped") {
		t.Errorf("what is stopped was not asked for:\n%s", block)
	}
	_, block = told(t, s, "units stopped")
	has(t, block, "○ nightly ")
	text, block = told(t, s, "units WEB")
	like(t, text+"\n"+block, `1 service: 1 running\n● web  running  A web server`)
	text, _ = told(t, s, "units nosuch")
	like(t, text, `✗ units: none has "nosuch" in its name`)
}

func inPodNames(t *testing.T) {
	s := inPodStage(t, shown("web.service", "lazy.service")...)
	for line, want := range map[string]string{
		"logs nothing":         `✗ logs nothing: no such unit; try: units`,
		"restart wbe":          `✗ restart wbe: no such unit; did you mean "web"\?`,
		"restart tlak":         `✗ restart tlak: no such unit; did you mean "talk"\?`,
		"restart systemd-":     `✗ restart systemd-: that may be systemd-\S+, systemd-\S+, systemd-\S+, systemd-\S+, systemd-\S+ or \d+ others`,
		"reload we":            `web\.service reloaded in \d+ ms`,
		"reload web.serv":      `web\.service reloaded in \d+ ms`,
		"reload www":           `web\.service reloaded in \d+ ms`, // an alias
		"reload foreign":       `✗ reload foreign\.service: .+`,
		"restart foreign":      `✗ restart foreign\.service: not allowed by polkit; allow "restart" .+`,
		"restart x@":           `✗ restart x@: a template: name an instance of it, as in x@NAME\.service`,
		"restart nightly.time": `✗ restart nightly\.time: no such unit; .+`,
	} {
		if text, _ := told(t, s, line); !regexp.MustCompile("^" + want + "$").MatchString(text) {
			t.Errorf("%s: %q, want it like %s", line, text, want)
		}
	}
}

func inPodChanges(t *testing.T) {
	s := inPodStage(t)
	text, _ := told(t, s, "restart web")
	like(t, text, `web\.service restarted in \d.+s(; memory [\d.]+ .iB → [\d.]+ .iB)?`)
	if s.shown[0] != "restarting web.service …" || len(s.posts) != 1 {
		t.Errorf("it is not one post that is edited: %q", s.shown)
	}
	text, _ = told(t, s, "stop web")
	like(t, text, `web\.service stopped in \d+ ms`)
	text, _ = told(t, s, "start web")
	like(t, text, `web\.service started in \d+ ms`)
	_, block := told(t, s, "audit")
	like(t, block, `(?s).+dada: restart web  \(room, ops\)\n  ● web\.service restarted in .+dada: stop web .+dada: start web .+`)
}

func inPodFailures(t *testing.T) {
	s := inPodStage(t, Unit{Name: "hang.service", Timeout: 4 * time.Second})
	text, block := told(t, s, "restart boom")
	like(t, text, `✗ restart boom\.service: (up after \d+ ms, but then: )?failed: exit status 3`)
	like(t, block, `(?s).*\d\d:\d\d:\d\d cannot reach \[31mredis\[m @channel\n.+Failed with result 'exit-code'.*`)
	if n := strings.Count(block, "\n"); n > lastWords {
		t.Errorf("%d lines of log", n)
	}
	text, _ = told(t, s, "restart broken")
	like(t, text, `✗ restart broken.*: .+`)
	text, _ = told(t, s, "restart hang")
	like(t, text, `✗ restart hang\.service: still under way after 4s: stopping \(its ExecStop command runs\); systemd goes on with it`)
	_, block = told(t, s, "audit 1")
	like(t, block, `.+dada: restart hang .+\n  ✗ failed after 4\.\d s: .+`)
	text, _ = told(t, s, "status")
	has(t, text, "✗ boom")
}

func inPodProbe(t *testing.T) {
	port, err := os.ReadFile("/etc/lazy.port")
	if err != nil {
		t.Fatal(err)
	}
	probe := "http://127.0.0.1:" + string(port) + "/"
	s := inPodStage(t,
		Unit{Name: "lazy.service", Probe: strings.Replace(probe, "//", "//dada:secret@", 1), Timeout: time.Minute},
		Unit{Name: "mute.service", Probe: strings.Replace(probe, "//", "//dada:secret@", 1), Timeout: 4 * time.Second})
	text, block := told(t, s, "restart mute")
	like(t, text, `✗ restart mute\.service: up after \d+ ms, but then: no good answer within 4 s: `+probe+`: connection refused`)
	has(t, block, "I listen to nothing")

	text, _ = told(t, s, "restart lazy")
	like(t, text, `lazy\.service restarted in \d+ ms; answering again after \d+\.\d s`)
	s.mu.Lock()
	defer s.mu.Unlock()
	has(t, strings.Join(s.shown, "\n"), "restarting lazy.service … up, and not answering yet, 3 s")
	if strings.Contains(strings.Join(s.shown, "\n"), "secret") {
		t.Error("a password is shown")
	}
}

func inPodLogs(t *testing.T) {
	s := inPodStage(t)
	text, block := told(t, s, "logs boom 4")
	like(t, text, `boom, 4 lines:`)
	has(t, block, "cannot reach [31mredis[m @channel", "boom.service: Failed with result 'exit-code'.")
	text, _ = told(t, s, "logs boom since 1h grep REDIS")
	like(t, text, `boom, \d+ lines? since (yesterday )?\d\d:\d\d with "REDIS":`)
	text, _ = told(t, s, "logs boom grep .*")
	like(t, text, `boom logged nothing with "\.\*"\.`)
	text, _ = told(t, s, "logs boom since 0s")
	like(t, text, `boom logged nothing since \d\d:\d\d\.`)
	text, block = s.ask(t, "logs talk 200")
	like(t, text, `talk, 200 lines:`)
	like(t, block, `(?s)… 1\d\d lines before these\n.+ 299 x+…(\n.*)?`)
}

// A bus that takes connections and says nothing holds up neither the host's figures nor the pod's.
func inPodSilentBus(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bus")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	var accepting sync.WaitGroup
	accepting.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			defer c.Close()
		}
	})
	t.Cleanup(func() { l.Close(); accepting.Wait() })
	t.Setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path="+path)
	s := inPodStage(t, shown("web.service", "boom.service")...)
	s.host.PodURL = nodeInfo(t, 200, `{"software":{"name":"diaspora"}}`)
	slow := s.start("dada", "status")
	text, _ := s.askAs(t, "lulu", "whoami")
	has(t, text, "You are lulu")
	<-slow
	text = s.shown[len(s.shown)-1]
	t.Log(text)
	like(t, text, `
diaspote · up .+
memory .+
not read: units: no answer within 3 s
pod: http://127\.0\.0\.1:\d+ answers 200 in \d+ ms · diaspora`)
	for line, want := range map[string]string{
		"units":       `✗ units: no answer within 3 s`,
		"restart web": `✗ restart web\.service: systemd did not answer within 2 s; whether it has begun is not known`,
		"restart we":  `✗ restart we: no answer within 3 s`,
	} {
		s.host.Units[0].Timeout = 2 * time.Second
		text, _ := told(t, s, line)
		like(t, text, want)
	}
}

func inPodCron(t *testing.T) {
	s := inPodStage(t)
	for deadline := time.Now().Add(patience); ; { // until cron has run its job once
		text, block := s.ask(t, "cron")
		if regexp.MustCompile(`(?m)^\d\d:\d\d +\d\d:\d\d +– +pod:2 `).MatchString(block) {
			t.Logf("%s\n%s", text, block)
			like(t, text, `(?s).*/var/spool/cron/crontabs: the users' crontabs cannot be read by this user`)
			for _, row := range []string{
				`((tomorrow|Sun|\d+ \w+) )?04:20 +– +– +pod:3 +20 4 \* \* sun root /bin/true`,
				`(tomorrow )?\d\d:\d\d +– +– +nightly.timer +starts nightly.service`,
				`– +(yesterday )?\d\d:\d\d +✗ exit-code +sour.timer +starts sour.service`,
				`\d\d:\d\d +\d\d:\d\d +– +pod:2 +\* \* \* \* \* root /bin/echo \[31mtick`,
			} {
				if !regexp.MustCompile("(?m)^" + row + "$").MatchString(block) {
					t.Errorf("no row like %s", row)
				}
			}
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("cron's job has not run:\n%s\n%s", text, block)
		}
		time.Sleep(time.Second)
	}
}

// root reads the users' crontabs too, and may do everything.
func inPodRoot(t *testing.T) {
	s := inPodStage(t)
	text, block := told(t, s, "cron")
	if strings.Contains(text, "cannot be read") || !regexp.MustCompile(`(?m)^(tomorrow )?00:00 +– +– +dora:1 +@daily dora /bin/true$`).MatchString(block) {
		t.Errorf("%s\n%s", text, block)
	}
	h := s.host
	h.Units = shown("web.service", "sour.service", "nothing.service")
	if got := h.Presence(t.Context()); !strings.HasPrefix(got, "✗ sour failed, nothing missing · memory under ") {
		t.Errorf("%q", got)
	}
	h.Units = shown("web.service", "talk.service")
	if got := h.Presence(t.Context()); !strings.HasPrefix(got, "all 2 units run · ") {
		t.Errorf("%q", got)
	}
}
