package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
	"golang.org/x/term"

	"github.com/diaspote/vigie/ops/spool"
)

// A cronCommand runs a job of the host's cron, and leaves word of it for the daemon.
type cronCommand struct {
	Name    string        `help:"What to call the job, instead of its command." placeholder:"NAME"`
	Timeout time.Duration `help:"End it when it takes longer: first SIGTERM, after 10 s SIGKILL." default:"1h"`
	Period  time.Duration `help:"How often it is to run, such as 24h; the daemon then alerts when it does not." placeholder:"TIME"`
	Grace   time.Duration `help:"How much later than its period it may be." default:"1h"`
	Spool   string        `help:"The folder where the daemon finds the word." default:"/var/lib/vigie/spool" env:"VIGIE_SPOOL" placeholder:"DIR"`
	Forget  bool          `help:"Run nothing: the job is not to be waited for any longer."`
	Command []string      `arg:"" optional:"" passthrough:"" help:"The command and its arguments, after --."`
}

// An exitStatus ends the program with that status after everything was said.
type exitStatus int

func (s exitStatus) Error() string { return fmt.Sprintf("exit status %d", int(s)) }

func (c cronCommand) Run(t terminal) error {
	if len(c.Command) > 0 && c.Command[0] == "--" {
		c.Command = c.Command[1:]
	}
	if err := c.check(); err != nil {
		return err
	}
	record := spool.Run{Name: c.name(), Start: time.Now(), Period: c.Period, Grace: c.Grace, Forget: c.Forget}
	if c.Forget {
		return spool.Leave(c.Spool, record)
	}
	output := &tail{max: maxTail}
	status := c.job(&record, output, t.in)
	if status != 0 {
		record.Output = output.lines(20, 8<<10)
		fmt.Fprintf(t.out, "%s %s\n%s", record.Name, record.How(), output)
	}
	// Without --period nobody misses the word of a run that went well, where no daemon was ever there.
	if err := spool.Leave(c.Spool, record); err != nil && (status != 0 || c.Period > 0) {
		fmt.Fprintln(t.err, "vigie:", err)
	}
	if status != 0 {
		return exitStatus(status)
	}
	return nil
}

func (c cronCommand) check() error {
	switch {
	case c.Forget && c.Name == "" && len(c.Command) == 0:
		return errors.New("cron: which job is to be forgotten? try: vigie cron --forget --name backup")
	case !c.Forget && len(c.Command) == 0:
		return errors.New("cron: there is no command to run; try: vigie cron --name backup -- /usr/local/bin/backup --all")
	case c.Timeout <= 0 || c.Period < 0 || c.Grace < 0:
		return errors.New("cron: --timeout must be more than 0, --period and --grace not less")
	}
	return nil
}

func (c cronCommand) name() string {
	if c.Name == "" {
		return spool.CleanName(filepath.Base(c.Command[0]))
	}
	return spool.CleanName(c.Name)
}

const (
	maxTail  = 64 << 10         // bytes of what the job says that are kept
	killTime = 10 * time.Second // between SIGTERM and SIGKILL
	pipeTime = time.Second      // for the output of what the job has left behind
)

// job runs the command to its end, notes what became of it, and returns the status to exit with, as a shell
// has it: 128 and the signal, 127 not found, 126 not executable.
func (c cronCommand) job(record *spool.Run, output *tail, in *os.File) int {
	cmd := exec.Command(c.Command[0], c.Command[1:]...)
	cmd.Stdout, cmd.Stderr = output, output
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.WaitDelay = pipeTime
	if !term.IsTerminal(int(in.Fd())) { // of which a group of its own may not read
		cmd.Stdin = in
	}
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, unix.SIGTERM, unix.SIGINT, unix.SIGHUP)
	defer signal.Stop(signals)
	err := cmd.Start()
	if err != nil {
		return notRun(record, err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	c.await(record, -cmd.Process.Pid, signals, ended)
	record.Took = time.Since(record.Start)
	ws := cmd.ProcessState.Sys().(syscall.WaitStatus)
	if ws.Signaled() {
		record.Signal = unix.SignalName(ws.Signal())
		record.Status = 128 + int(ws.Signal())
	} else {
		record.Status = ws.ExitStatus()
	}
	if record.Timeout > 0 && record.Status == 0 { // it took the SIGTERM well
		return 128 + int(unix.SIGTERM)
	}
	return record.Status
}

func notRun(record *spool.Run, err error) int {
	record.Status = 126
	if errors.Is(err, exec.ErrNotFound) || errors.Is(err, fs.ErrNotExist) {
		record.Status = 127
	}
	record.Fault = err.Error()
	if cause := errors.Unwrap(err); cause != nil { // the name of the command stands before it
		record.Fault = cause.Error()
	}
	return record.Status
}

// await waits for the end of a process group, which it brings about when it takes too long, and passes on the
// signals that come meanwhile.
func (c cronCommand) await(record *spool.Run, group int, signals <-chan os.Signal, ended <-chan error) {
	late := time.NewTimer(c.Timeout)
	defer late.Stop()
	var kill <-chan time.Time
	for {
		select {
		case <-ended:
			if record.Timeout > 0 { // and whatever of it is left
				unix.Kill(group, unix.SIGKILL)
			}
			return
		case s := <-signals:
			unix.Kill(group, s.(syscall.Signal))
		case <-late.C:
			record.Timeout = c.Timeout
			unix.Kill(group, unix.SIGTERM)
			timer := time.NewTimer(killTime)
			defer timer.Stop()
			kill = timer.C
		case <-kill:
			unix.Kill(group, unix.SIGKILL)
		}
	}
}

// A tail keeps the last bytes of what is written to it.
type tail struct {
	max  int
	kept []byte
	lost bool
}

func (w *tail) Write(p []byte) (int, error) {
	last := p[max(0, len(p)-w.max):]
	w.lost = w.lost || len(last) < len(p)
	w.kept = append(w.kept, last...)
	if len(w.kept) > 2*w.max { // so that what is small is not moved for each write
		w.cut()
	}
	return len(p), nil
}

func (w *tail) cut() {
	if over := len(w.kept) - w.max; over > 0 {
		w.lost = true
		w.kept = w.kept[:copy(w.kept, w.kept[over:])]
	}
}

// String is what was kept, from the beginning of a line on if there is one, with a newline at its end.
func (w *tail) String() string {
	w.cut()
	text := strings.ToValidUTF8(string(w.kept), "\ufffd")
	if w.lost {
		if _, whole, _ := strings.Cut(text, "\n"); whole != "" {
			text = "…\n" + whole
		} else { // one line that is longer than what is kept
			text = "…" + text
		}
	}
	if text != "" && !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	return text
}

// lines are the last n lines of it, at most so many bytes.
func (w *tail) lines(n, bytes int) string {
	lines := strings.Split(strings.TrimRight(w.String(), "\n"), "\n")
	text := strings.Join(lines[max(0, len(lines)-n):], "\n")
	if len(text) > bytes {
		text = "…" + strings.ToValidUTF8(text[len(text)-bytes:], "")
	}
	return text
}
