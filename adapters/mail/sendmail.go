package mail

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/diaspote/vigie/bot"
)

// What the mail program may take.
const (
	sendTime = 25 * time.Second // one that talks to a server itself may wait for it
	killTime = 2 * time.Second
	mostSaid = 500 // bytes of what it says
)

// errAddress says that the mail program knows for sure that an address takes no mail.
var errAddress = errors.New("there is no such address")

// Exit codes of mail programs (sysexits.h). Others are a refusal of whatever there was to send.
var (
	exitAddress = []int{65, 67, 68}                         // EX_DATAERR, EX_NOUSER, EX_NOHOST
	exitLater   = []int{64, 70, 71, 72, 73, 74, 75, 77, 78} // EX_TEMPFAIL, and what is wrong with the program or its config
)

// A sendmail is a mail program and its arguments.
type sendmail []string

// send hands a letter over. The error is errAddress, or [bot.ErrOffline] where trying again may help.
func (s sendmail) send(ctx context.Context, letter []byte) error {
	ctx, cancel := context.WithTimeout(ctx, sendTime)
	defer cancel()
	cmd := exec.CommandContext(ctx, s[0], s[1:]...)
	cmd.Stdin = bytes.NewReader(letter)
	// What systemd tells the bot is not for others: sockets, credentials, the watchdog.
	cmd.Env = []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8", "HOME=" + os.Getenv("HOME")}
	cmd.Dir = "/"
	cmd.WaitDelay = killTime
	said := &clipped{}
	cmd.Stdout, cmd.Stderr = said, said
	err := cmd.Run()
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return fmt.Errorf("%s: %w: it was not done within %v", s[0], bot.ErrOffline, sendTime)
	}
	exit := (*exec.ExitError)(nil)
	if !errors.As(err, &exit) || exit.ExitCode() < 0 {
		return fmt.Errorf("%w: %w", bot.ErrOffline, err) // it could not be started, or was killed
	}
	switch code := exit.ExitCode(); {
	case slices.Contains(exitAddress, code):
		err = errAddress
	case slices.Contains(exitLater, code):
		err = fmt.Errorf("%w: exit status %d", bot.ErrOffline, code)
	}
	if words := said.String(); words != "" {
		return fmt.Errorf("%s: %w: %s", s[0], err, words)
	}
	return fmt.Errorf("%s: %w", s[0], err)
}

// clipped keeps the beginning of what is written.
type clipped struct{ kept []byte }

func (c *clipped) Write(b []byte) (int, error) {
	c.kept = append(c.kept, b[:min(len(b), mostSaid-len(c.kept))]...)
	return len(b), nil
}

// String is it on one line.
func (c *clipped) String() string {
	return strings.Join(strings.Fields(strings.ToValidUTF8(string(c.kept), "")), " ")
}
