package upgrade

import (
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"
)

const maxOutput = 256 << 10 // of dpkg's output, the end of it

// dpkgError is how dpkg ends its work on a package (dpkg, src/main/errors.c).
var dpkgError = regexp.MustCompile(`(?m)^dpkg: error processing (?:package|archive) (\S+) \(--[a-z-]+\):\r?\n\s*(.+?)\r?$`)

// ParseDpkgErrors finds in dpkg's English output the packages that it gave up on, as "NAME: what went wrong".
// That others wait for these is left out.
func ParseDpkgErrors(output string) []string {
	var list []string
	for _, m := range dpkgError.FindAllStringSubmatch(output, -1) {
		if strings.HasPrefix(m[2], "dependency problems") {
			continue
		}
		name := m[1][strings.LastIndexByte(m[1], '/')+1:] // an archive comes with its path
		line := clip(name, 80) + ": " + clip(m[2], 200)
		if !slices.Contains(list, line) {
			list = append(list, line)
		}
	}
	return list
}

// logStarted heads the output of each call of dpkg in apt's term.log and in that of unattended-upgrades.
var logStarted = regexp.MustCompile(`(?m)^Log started: (\d{4}-\d\d-\d\d\s+\d\d:\d\d:\d\d)`)

// outputBetween cuts out what was written by the calls that began in that time, given as either log does.
func outputBetween(text, start, end string) string {
	from, to := stamp(start, time.UTC), stamp(end, time.UTC)
	var out strings.Builder
	heads := logStarted.FindAllStringSubmatchIndex(text, -1)
	for i, h := range heads {
		at := stamp(text[h[2]:h[3]], time.UTC)
		if at.Before(from.Add(-time.Second)) || !to.IsZero() && at.After(to.Add(time.Second)) {
			continue
		}
		next := len(text)
		if i+1 < len(heads) {
			next = heads[i+1][0]
		}
		out.WriteString(text[h[0]:next])
	}
	return out.String()
}

func lastOfFile(path string, most int64) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return "", err
	}
	text, err := io.ReadAll(io.NewSectionReader(f, max(0, info.Size()-most), most))
	return string(text), err
}
