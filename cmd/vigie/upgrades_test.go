package main

import (
	"fmt"
	"testing"
	"time"

	"github.com/diaspote/vigie/fixtures/aptrepo"
	"github.com/diaspote/vigie/fixtures/prosody"
)

// postrun runs unattended-upgrades with its plugins. Those before 2.11 (Debian 12 has 2.9) hand the result to a mail
// alone: what would send that mail hands it to the plugins, as later ones do at the same place.
const postrun = `#!/usr/bin/python3
import os, socket, sys
sys.argv[0] = "/usr/bin/unattended-upgrade" # apt's history has who called it
sys.path.insert(0, "/etc/unattended-upgrades/plugins")
import vigie
def hand_over(pkgs, success, text, kept, removed, kept_installed, log, log_dpkg):
    vigie.UnattendedUpgradesPluginVigie().postrun({
        "plugin_api": "1.0", "hostname": socket.gethostname(), "success": success, "result": text,
        "packages_upgraded": list(pkgs), "packages_kept_back": [p for some in kept.values() for p in some],
        "packages_removed": list(removed), "packages_kept_installed": list(kept_installed),
        "reboot_required": os.path.exists("/var/run/reboot-required"),
        "log_dpkg": log_dpkg, "log_unattended_upgrades": ""})
script = open("/usr/bin/unattended-upgrade").read()
main = "    # run the main code\n"
assert main in script
exec(compile(script.replace(main, "    send_summary_mail = hand_over\n"), sys.argv[0], "exec"),
     {"__name__": "__main__", "hand_over": hand_over})
`

// upgrades has packages upgraded in each way there is, and counts what the room gets of each.
func (h *house) upgrades(t *testing.T) {
	repo := aptrepo.Build(t, h.Pod)
	for _, name := range []string{"calm", "pinned", "byhand", "plugged", "broken"} {
		repo.Install(t, aptrepo.Package{Name: name, Version: "1.0-1"})
	}
	h.WriteFile(t, "/etc/unattended-upgrades/plugins/vigie.py", h.Run(t, "root", "vigie", "upgrade-plugin"), 0o644)
	h.WriteFile(t, "/usr/local/bin/with-plugins", postrun, 0o755)
	var all []prosody.Node
	pause := func() { time.Sleep(2 * time.Second) } // apt's logs have whole seconds, and people are no faster
	told := func(words ...string) {
		t.Helper()
		n, before := h.dada.Until(fmt.Sprintf("%q", words), says(words...))
		t.Log("\n" + n.Child("body").Text)
		all = append(append(all, before...), n)
		pause()
	}

	h.Run(t, "root", "apt-mark", "hold", "pinned")
	repo.Offer(t, aptrepo.Package{Name: "calm", Version: "1.0-2"})
	repo.Offer(t, aptrepo.Package{Name: "pinned", Version: "1.0-2"})
	h.Run(t, "root", "unattended-upgrade")
	told("● 1 package upgraded", "calm 1.0-1 → 1.0-2 (security)", "held back: pinned (on hold)")
	h.Run(t, "root", "unattended-upgrade") // finds the same held back, and that is not told again
	pause()

	repo.Offer(t, aptrepo.Package{Name: "plugged", Version: "1.1"})
	h.Run(t, "root", "with-plugins")
	told("● 1 package upgraded", "plugged 1.0-1 → 1.1 (security)")

	repo.Offer(t, aptrepo.Package{Name: "byhand", Version: "2"})
	h.Run(t, "root", "apt-get", "--yes", "install", "byhand")
	told("● 1 package upgraded", "byhand 1.0-1 → 2", "by hand: apt-get --yes install byhand")

	repo.Offer(t, aptrepo.Package{Name: "broken", Version: "1.1", Postinst: "echo no room for it >&2; exit 3"})
	h.Try("root", "unattended-upgrade")
	told("▲ upgrade failed: dpkg gave up on broken", "returned error exit status 3", "to put right: dpkg --configure -a", "meant to upgrade: broken")

	all = append(all, h.settle(t)...)
	h.quiet(t, all, "package held back")
	for _, name := range []string{"calm", "byhand", "plugged", "broken"} {
		var posts []string
		for _, n := range all {
			if says(name)(n) && n.Child("replace").Attr("id") == "" {
				posts = append(posts, n.Child("body").Text)
			}
		}
		if len(posts) != 1 {
			t.Errorf("of %s the room got %d posts, not one: %q", name, len(posts), posts)
		}
	}
}
