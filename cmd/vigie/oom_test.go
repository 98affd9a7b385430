package main

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/diaspote/vigie/fixtures/loopback"
	"github.com/diaspote/vigie/fixtures/prosody"
	"github.com/diaspote/vigie/fixtures/shortage"
)

// hearing are the arguments of a container that sees the kernel's log, and so hears of OOM kills on the whole machine. Its
// test says by shortage.Alone that it kills, or by shortage.Spared that it does not.
func hearing(t testing.TB, among func(testing.TB)) []string {
	t.Helper()
	apart(t)
	among(t)
	return []string{"--bind=/dev/kmsg", "--capability=CAP_SYSLOG"}
}

// leaky is a web server with a worker beside it, which holds on to ten megabytes more at each request for /leak.
const leaky = `
import http.server, os, sys
def name(comm):
    open("/proc/self/comm", "w").write(comm)
kept = []
if os.fork() == 0:
    name("queue) [1] é")
    os.read(os.pipe()[0], 1)
class Handler(http.server.SimpleHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/leak":
            kept.append(bytearray(b"x") * (10 << 20))
        self.send_response(204)
        self.end_headers()
name("ruby")
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
`

const leakyConfig = `
[[unit]]
name = "leaky"
probe = "http://127.0.0.1:%d/"
`

// TestOOMInTheRoom has the kernel kill what runs in the container, and reads what the room gets of it. The memory
// groups are made outside, so systemd sees a process that was killed and not why.
func TestOOMInTheRoom(t *testing.T) {
	t.Parallel()
	h, hook := openNight(t, hearing(t, shortage.Alone)...)
	t.Run("a unit", func(t *testing.T) { h.oomOfUnit(t) })
	t.Run("while the bot is down", func(t *testing.T) { h.oomUnseen(t) })
	t.Run("the bot itself", func(t *testing.T) { h.oomOfBot(t, hook) })
}

func (h *house) oomOfUnit(t *testing.T) {
	port := loopback.Port(t)
	h.WriteFile(t, "/usr/local/bin/leaky", leaky, 0o755)
	h.Unit(t, "leaky.service", fmt.Sprintf("[Service]\nExecStart=/usr/bin/python3 /usr/local/bin/leaky %d\nRestart=always\nRestartSec=1\n", port))
	h.Run(t, "root", "sh", "-c", "cat >>/etc/vigie/vigie.toml <<'END'\n"+fmt.Sprintf(leakyConfig, port)+"END")
	h.Run(t, "root", "systemctl", "start", "leaky")
	h.restartBot(t)
	url := fmt.Sprintf("http://127.0.0.1:%d/", port)
	awaitAnswer(t, url)

	pids := h.processes(t, "leaky.service")
	group := shortage.New(t, h.Name+"/system.slice/leaky.service", 64<<20)
	group.Add(t, pids...)
	for range 10 {
		resp, err := http.Get(url + "leak")
		if err != nil {
			break
		}
		resp.Body.Close()
	}
	first := h.reads(t, "OOM kill", "leaky.service", "ruby ("+strconv.Itoa(pids[0])+")")
	for _, want := range []string{"✗ OOM kill · ", group.Path + " (64 MiB)", "it held ", " MiB.", "Next largest: queue) [1] é "} {
		if !strings.Contains(first, want) {
			t.Errorf("it does not say %q", want)
		}
	}
	last, before := h.dada.Until("what became of it", func(n prosody.Node) bool {
		return strings.Contains(n.Child("body").Text, "; it answers again since")
	})
	text := last.Child("body").Text
	t.Log("\n" + text)
	if last.Child("replace").Attr("id") == "" {
		t.Error("what became of it is no edit of the post")
	}
	if !strings.HasPrefix(text, first+"\nsystemd restarted the unit at ") {
		t.Error("the edit does not go on from what was told")
	}
	h.quiet(t, before, "leaky")
	h.quiet(t, h.settle(t), "leaky")
}

// settle lets all be said that there is to say, and returns what the room got meanwhile.
func (h *house) settle(t testing.TB) []prosody.Node {
	t.Helper()
	time.Sleep(10 * time.Second) // longer than anything is gathered
	h.say("vigie: whoami")
	_, before := h.dada.Until("an answer", func(n prosody.Node) bool { return strings.Contains(n.Child("body").Text, "(admin)") })
	return before
}

// quiet fails if the bot said something about that.
func (h *house) quiet(t testing.TB, got []prosody.Node, about string) {
	t.Helper()
	for _, n := range got {
		if body := n.Child("body").Text; n.Is("message", "groupchat", opsRoom+"/vigie") && strings.Contains(body, about) {
			t.Errorf("the room got besides:\n%s", body)
		}
	}
}

// restartBot restarts the daemon and waits until it is back in the room.
func (h *house) restartBot(t testing.TB) {
	t.Helper()
	h.stopBot(t)
	h.startBot(t)
}

func (h *house) stopBot(t testing.TB) {
	t.Helper()
	h.Run(t, "root", "systemctl", "stop", "vigie")
	h.left()
}

// processes are those of a unit, as the host numbers them, the main one first.
func (h *house) processes(t testing.TB, unit string) []int {
	t.Helper()
	found, _ := filepath.Glob("/sys/fs/cgroup/*/" + h.Name + "/payload/system.slice/" + unit + "/cgroup.procs")
	more, _ := filepath.Glob("/sys/fs/cgroup/" + h.Name + "/payload/system.slice/" + unit + "/cgroup.procs")
	var pids []int
	for _, path := range append(found, more...) {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if len(pids) > 0 {
			break
		}
		for _, line := range strings.Fields(string(text)) {
			pid, err := strconv.Atoi(line)
			if err != nil {
				t.Fatal(err)
			}
			pids = append(pids, pid)
		}
	}
	if len(pids) == 0 {
		t.Fatalf("%s has no processes", unit)
	}
	return pids
}

func awaitAnswer(t testing.TB, url string) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if resp, err := http.Get(url); err == nil {
			resp.Body.Close()
			return
		}
	}
	t.Fatalf("%s does not answer", url)
}

func (h *house) oomUnseen(t *testing.T) {
	h.stopBot(t)
	group := shortage.New(t, h.Name+"/system.slice/foreign.service", 16<<20)
	pid := group.Kill(t, "sidekiq 7.1")
	h.startBot(t)
	h.reads(t, "OOM kill", "foreign.service", fmt.Sprintf("sidekiq 7.1 (%d)", pid))
	h.reads(t, fmt.Sprintf("(%d)", pid), "\nthe unit itself ran on.") // it was a process beside its main one
	h.quiet(t, h.settle(t), fmt.Sprintf("(%d)", pid))
	h.restartBot(t)
	h.quiet(t, h.settle(t), fmt.Sprintf("(%d)", pid))
}

func (h *house) oomOfBot(t *testing.T, hook string) {
	pid := h.processes(t, "vigie.service")[0]
	group := shortage.New(t, h.Name+"/system.slice/vigie.service", 1<<20)
	group.Add(t, pid)
	body := `{"text":"` + strings.Repeat("x", 1000<<10) + `"}`
	var all sync.WaitGroup
	defer all.Wait()
	for range 8 { // that many megabytes at once
		all.Go(func() {
			if resp, err := send(t.Context(), hook+"/json", body); err == nil {
				resp.Body.Close()
			}
		})
	}
	h.reads(t, "OOM kill", "vigie.service", fmt.Sprintf("vigie (%d)", pid))
	h.reads(t, fmt.Sprintf("vigie (%d)", pid), "systemd restarted the unit at")
	h.quiet(t, h.settle(t), "vigie.service")
}
