package local

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// maxPath is the longest name that a socket can have, in bytes: sun_path of unix(7) without its NUL.
const maxPath = 107

// listen makes the socket and opens it to all users: what each may do is told by the uid. A socket left over by
// a daemon that died is replaced; one that somebody answers on is not.
func listen(path string) (*net.UnixListener, error) {
	if len(path) > maxPath {
		return nil, fmt.Errorf("listen on %s: the name of a socket can have %d bytes at most", path, maxPath)
	}
	addr := &net.UnixAddr{Name: path, Net: "unix"}
	ln, err := net.ListenUnix("unix", addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		if err := removeStale(path); err != nil {
			return nil, err
		}
		ln, err = net.ListenUnix("unix", addr)
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("listen on %s: there is no folder %s; systemd makes it for the service "+
			"(RuntimeDirectory=vigie), by hand: mkdir", path, filepath.Dir(path))
	case errors.Is(err, fs.ErrPermission):
		return nil, fmt.Errorf("listen on %s: this user may not write to %s", path, filepath.Dir(path))
	case err != nil:
		return nil, fmt.Errorf("listen on %s: %w", path, err)
	}
	if err := os.Chmod(path, 0o666); err != nil {
		ln.Close()
		return nil, fmt.Errorf("open the socket to all users: %w", err)
	}
	return ln, nil
}

// removeStale removes a socket that nobody listens on.
func removeStale(path string) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist): // gone in the meantime
		return nil
	case err != nil:
		return fmt.Errorf("listen on %s: %w", path, err)
	case info.Mode().Type() != fs.ModeSocket:
		return fmt.Errorf("listen on %s: there is a file in the way that is no socket; move it elsewhere", path)
	}
	conn, err := net.Dial("unix", path)
	switch {
	case err == nil:
		conn.Close()
		return fmt.Errorf("listen on %s: another vigie is running and answers there; stop it first (systemctl stop vigie)", path)
	case !errors.Is(err, syscall.ECONNREFUSED):
		return fmt.Errorf("listen on %s: cannot tell whether another vigie is running there: %w", path, err)
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove the socket left over by a daemon that died: %w", err)
	}
	return nil
}

// peerAccount is who connected, as the kernel noted it at that moment.
func peerAccount(conn *net.UnixConn) (string, error) {
	raw, err := conn.SyscallConn()
	if err != nil {
		return "", fmt.Errorf("ask the kernel who connected: %w", err)
	}
	var cred *unix.Ucred
	var credErr error
	if err := raw.Control(func(fd uintptr) {
		cred, credErr = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED)
	}); err != nil {
		return "", fmt.Errorf("ask the kernel who connected: %w", err)
	}
	if credErr != nil {
		return "", fmt.Errorf("ask the kernel who connected: %w", credErr)
	}
	return Account(int(cred.Uid)), nil
}

// Account is what a user of this host is called in [bot.Message].From: "unix:alice", or "unix:#1234" for a uid
// without a name in /etc/passwd (without cgo other sources of names are not asked).
func Account(uid int) string {
	u, err := user.LookupId(strconv.Itoa(uid))
	if err != nil || u.Username == "" {
		return "unix:#" + strconv.Itoa(uid)
	}
	return "unix:" + u.Username
}
