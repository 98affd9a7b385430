package oom

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// process reads "Kill process 323 (ruby)" and returns what follows. The name has at most 15 bytes and may hold
// parentheses itself.
func process(text string) (pid int, name, rest string, ok bool) {
	m := named.FindStringSubmatchIndex(text)
	if m == nil {
		return 0, "", "", false
	}
	pid, err := strconv.Atoi(text[m[2]:m[3]])
	in := text[m[1]:]
	end := strings.LastIndex(in[:min(len(in), 16)], ")")
	if end < 0 { // longer by how a character of it was written
		end = strings.Index(in[:min(len(in), 64)], ")")
	}
	if err != nil || end < 0 {
		return 0, "", "", false
	}
	return pid, in[:end], in[end+1:], true
}

// sizes reads "total-vm:1kB, anon-rss:2kB" as far as they follow each other, and returns what follows them.
func (k *Kill) sizes(text string) (rest string) {
	end := 0
	for _, m := range measure.FindAllStringSubmatchIndex(text[:min(len(text), mostSizes)], 8) {
		kb, err := strconv.ParseInt(text[m[4]:m[5]], 10, 64)
		field := map[string]**int64{"total-vm": &k.TotalVM, "vsz": &k.TotalVM, "anon-rss": &k.AnonRSS, "file-rss": &k.FileRSS, "shmem-rss": &k.ShmemRSS}[text[m[2]:m[3]]]
		if err != nil || *field != nil {
			break
		}
		*field, end = &kb, m[1]
	}
	return text[end:]
}

// printable is a name as it may stand in a text for people.
func printable(name string) string {
	if !utf8.ValidString(name) {
		name = strings.ToValidUTF8(name, "�")
	}
	return name
}
