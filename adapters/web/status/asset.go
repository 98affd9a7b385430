package status

import "embed"

//go:embed page.html style.css
var files embed.FS
