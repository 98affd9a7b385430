package systemd

import _ "embed"

//go:embed vigie.service
var serviceFile string

// ServiceFile is the unit file of the bot itself, for /etc/systemd/system/vigie.service.
func ServiceFile() string { return serviceFile }
