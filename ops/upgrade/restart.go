package upgrade

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

const needrestartTimeout = 2 * time.Minute // it looks into every process; a small board takes a while

// ParseNeedrestart reads what needrestart -b prints (its README.batch.md): the units that still run what was
// replaced, without ".service", and "kernel" if another one than the running is expected.
func ParseNeedrestart(text string) []string {
	var list []string
	fields := map[string]string{}
	for line := range strings.Lines(text) {
		name, value, ok := strings.Cut(strings.TrimSpace(line), ": ")
		if !ok {
			continue
		}
		switch value = strings.TrimSpace(value); name {
		case "NEEDRESTART-SVC":
			list = append(list, strings.TrimSuffix(value, ".service"))
		case "NEEDRESTART-KSTA", "NEEDRESTART-KCUR", "NEEDRESTART-KEXP":
			fields[name] = value
		}
	}
	// 2: another build of the same ABI is pending, 3: another version. Without the right to read /boot it
	// says so of any kernel, and then expects none.
	state := fields["NEEDRESTART-KSTA"]
	if (state == "2" || state == "3") && fields["NEEDRESTART-KEXP"] != "" {
		list = append(list, "kernel")
	}
	return slices.Compact(list)
}

// askNeedrestart runs needrestart where there is one; nil without it. It never restarts anything in batch mode.
func askNeedrestart(ctx context.Context) []string {
	path, err := exec.LookPath("needrestart")
	if err != nil {
		path = "/usr/sbin/needrestart" // not in the PATH of a daemon's user
		if _, err := os.Stat(path); err != nil {
			return nil
		}
	}
	ctx, cancel := context.WithTimeout(ctx, needrestartTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, "-b")
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	cmd.WaitDelay = time.Second
	out := &bounded{most: 1 << 20}
	cmd.Stdout = out
	if err := cmd.Run(); err != nil {
		return nil
	}
	return ParseNeedrestart(out.String())
}

// bounded keeps the beginning of what is written to it.
type bounded struct {
	bytes.Buffer
	most int
}

func (b *bounded) Write(p []byte) (int, error) {
	b.Buffer.Write(p[:min(len(p), max(0, b.most-b.Len()))])
	return len(p), nil
}

// rebootRequired reads /run/reboot-required, which packages leave behind that take effect with the next boot,
// and /run/reboot-required.pkgs, which names them.
func rebootRequired(root string) (wanted bool, packages []string) {
	if _, err := os.Stat(filepath.Join(root, "run/reboot-required")); err != nil {
		return false, nil
	}
	text, err := readBounded(filepath.Join(root, "run/reboot-required.pkgs"), 64<<10)
	if err != nil {
		return true, nil
	}
	packages = strings.Fields(string(text))
	slices.Sort(packages)
	return true, slices.Compact(packages)
}
