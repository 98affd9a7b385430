package config

import (
	"path/filepath"

	"github.com/pelletier/go-toml/v2"
)

// SocketOf is the socket that the config at path names, for one who only wants to ask the daemon and may
// not read its secrets; "" if it names none or cannot be read.
func SocketOf(path string) string {
	data, _, err := readSmall(path, maxConfig)
	if err != nil {
		return ""
	}
	var wanted struct {
		Socket string `toml:"socket"`
	}
	if toml.Unmarshal(data, &wanted) != nil || !filepath.IsAbs(wanted.Socket) {
		return ""
	}
	return wanted.Socket
}
