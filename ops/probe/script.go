package probe

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/diaspote/vigie/ops"
)

const (
	scriptTime = 10 * time.Second // as long may a script run at most
	killedTime = time.Second      // and its pipes stay open after it was killed
	maxWhy     = 200              // bytes of what it says as it fails
)

// A Script is a program that prints its values and ends.
type Script struct {
	Name    string   // what it measures; the series of a single number is vigie_probe{name="NAME"}
	Command []string // the program, by its absolute path, and its arguments
}

// Sample runs the program once. It is that of [ops.Sampler].
func (s *Script) Sample(ctx context.Context, add func(ops.Sample)) error {
	if err := s.sample(ctx, add); err != nil {
		return fmt.Errorf("probe %s: %w", s.Name, err)
	}
	return nil
}

func (s *Script) sample(ctx context.Context, add func(ops.Sample)) error {
	ctx, cancel := context.WithTimeout(ctx, scriptTime)
	defer cancel()
	began := time.Now()
	cmd := exec.CommandContext(ctx, s.Command[0], s.Command[1:]...)
	// What it starts ends with it.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = killedTime
	out, why := bounded{most: maxBytes, stop: cancel}, bounded{most: maxWhy}
	cmd.Stdout, cmd.Stderr = &out, &why
	err := cmd.Run()
	switch {
	case out.over:
		return errLarge
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return fmt.Errorf("it did not end within %v and was killed", waited(began))
	case err != nil:
		if said := strings.TrimSpace(why.text.String()); said != "" {
			return fmt.Errorf("%w: %q", err, said)
		}
		return err
	}
	text := bytes.TrimSpace(out.text.Bytes())
	if value, err := strconv.ParseFloat(string(text), 64); err == nil {
		if math.IsNaN(value) || math.IsInf(value, 0) {
			return fmt.Errorf("%s is no value", text)
		}
		add(ops.Sample{Series: ops.Series{Name: "vigie_probe", Labels: ops.Labels("name", s.Name)}, Value: value})
		return nil
	}
	return parse(append(text, '\n'), s.Name, add)
}

// waited is how long somebody was patient: who asks may be less so than this package.
func waited(began time.Time) time.Duration { return time.Since(began).Round(100 * time.Millisecond) }

// bounded keeps the first so many bytes that are written to it, and calls stop, if there is one, at more.
type bounded struct {
	most int
	stop func()

	text bytes.Buffer
	over bool
}

func (b *bounded) Write(p []byte) (int, error) {
	n := min(len(p), b.most-b.text.Len())
	b.text.Write(p[:n])
	if n < len(p) && !b.over {
		b.over = true
		if b.stop != nil {
			b.stop()
		}
	}
	return len(p), nil
}
