package kernel

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// stall is when the kernel is to wake us: some program waited for memory for 300 ms within 2 s. Since 6.5
// anybody may ask for that, if the window is a multiple of 2 s; before, it took CAP_SYS_RESOURCE
// (the kernel's Documentation/accounting/psi.rst, "Monitoring for pressure thresholds").
const stall = "some 300000 2000000\x00"

// A trigger waits for the kernel to tell of memory pressure, at most once in 2 s. It costs nothing meanwhile.
type trigger struct {
	fired chan struct{}

	psi  *os.File
	stop int // an eventfd(2)
	done chan struct{}
}

// armTrigger sets a trigger on a pressure file of the kernel.
func armTrigger(path string) (*trigger, error) {
	psi, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	t := &trigger{fired: make(chan struct{}, 1), psi: psi, done: make(chan struct{})}
	if err := t.arm(); err != nil {
		return nil, errors.Join(fmt.Errorf("set a trigger on %s: %w", path, err), psi.Close())
	}
	go t.run()
	return t, nil
}

func (t *trigger) arm() error {
	var fs unix.Statfs_t
	if err := unix.Fstatfs(int(t.psi.Fd()), &fs); err != nil {
		return err
	}
	if fs.Type != unix.PROC_SUPER_MAGIC { // a copy of /proc, which must stay as it is
		return errors.New("it is not the kernel's own file")
	}
	if _, err := t.psi.WriteString(stall); err != nil {
		return err
	}
	var err error
	t.stop, err = unix.Eventfd(0, unix.EFD_CLOEXEC)
	return err
}

// run blocks in poll(2) rather than in the runtime's poller, which does not ask for POLLPRI.
func (t *trigger) run() {
	defer close(t.done)
	fds := []unix.PollFd{{Fd: int32(t.psi.Fd()), Events: unix.POLLPRI}, {Fd: int32(t.stop), Events: unix.POLLIN}}
	for {
		_, err := unix.Poll(fds, -1)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil || fds[1].Revents != 0 || fds[0].Revents&unix.POLLPRI == 0 || fds[0].Revents&unix.POLLERR != 0 {
			return // closed, or the trigger is gone; whoever listens also samples
		}
		select {
		case t.fired <- struct{}{}:
		default:
		}
	}
}

// close takes the trigger back and waits for its goroutine.
func (t *trigger) close() error {
	_, err := unix.Write(t.stop, []byte{1, 0, 0, 0, 0, 0, 0, 0})
	if err == nil {
		<-t.done
	}
	return errors.Join(err, t.psi.Close(), unix.Close(t.stop))
}
