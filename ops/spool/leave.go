package spool

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// The most that a file may hold, in bytes: that of any user, and that of root, who tells of whole upgrades.
const (
	maxFile = 64 << 10
	maxRoot = 1 << 20
)

// Leave leaves a run in the folder. Once it returns nil the run is on disk.
//
// The last run that went well takes the place of the one before, so that a job that runs every minute does not
// fill the disk while the daemon is down. Its name can be foreseen, but there is nothing to read in it; a run that
// failed has a name of its own that cannot.
func Leave(dir string, r Run) error {
	data, err := json.Marshal(r)
	if err == nil && len(data) > maxFile {
		err = fmt.Errorf("it is larger than %d KiB", maxFile>>10)
	}
	if err == nil {
		err = leave(dir, data, r)
	}
	if errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("there is no folder %s; the daemon makes it when it starts", dir)
	}
	if err != nil {
		return fmt.Errorf("leave word for vigie: %w", err)
	}
	return nil
}

func leave(dir string, data []byte, r Run) error {
	f, err := os.OpenFile(filepath.Join(dir, ".new-"+rand.Text()), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	defer f.Close() // a second time, after an error
	name, err := publish(f, data, r)
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	// Who may not list the folder may not sync it either. With ext4, XFS and btrfs a sync of the file keeps
	// its new name as well.
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return err
	}
	folder, err := os.Open(filepath.Dir(name))
	if err != nil {
		return nil
	}
	defer folder.Close()
	return folder.Sync()
}

// publish writes the file and gives it its name.
func publish(f *os.File, data []byte, r Run) (name string, err error) {
	if err := f.Chmod(0o644); err != nil { // for the daemon to read, whatever the umask
		return "", err
	}
	if _, err := f.Write(data); err != nil {
		return "", err
	}
	if err := f.Sync(); err != nil {
		return "", err
	}
	dir := filepath.Dir(f.Name())
	own := filepath.Join(dir, Kind+"-"+rand.Text()+suffix)
	if !r.well() {
		return own, os.Rename(f.Name(), own)
	}
	sum := sha256.Sum256([]byte(r.Name))
	shared := filepath.Join(dir, fmt.Sprintf("%s-%d-%x%s", Kind, os.Geteuid(), sum[:8], suffix))
	if os.Rename(f.Name(), shared) == nil {
		return shared, nil
	}
	return own, os.Rename(f.Name(), own) // somebody else has taken that name
}
