package config

import (
	"path/filepath"

	"github.com/pelletier/go-toml/v2"
)

// StateDirOf is the folder of the ledger by the config at path, for one who only wants to read that and may not read
// the secrets; where the config names none or cannot be read, it is the one that the daemon takes by itself.
func StateDirOf(path string) string {
	var wanted struct {
		StateDir string `toml:"state_dir"`
	}
	data, _, err := readSmall(path, maxConfig)
	if err != nil || toml.Unmarshal(data, &wanted) != nil || !filepath.IsAbs(wanted.StateDir) {
		return firstDir("STATE_DIRECTORY", "/var/lib/vigie")
	}
	return wanted.StateDir
}
