package oom

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

const largest = 5 // rows that are kept

// A table is that of the processes. Its columns differ between kernels, and have the names that its header gives.
type table struct {
	known bool // there was a header
	rss   int  // the column of it, counted from 0 behind that of the pid
	name  int  // how many columns stand before the name
	rows  []row
}

type row struct {
	pid   int
	name  string
	pages int64
}

// row reads the header of the table, and each line below it: "[ pid ]   uid  tgid total_vm      rss … name".
func (p *Parser) row(text string) bool {
	in, rest, ok := brackets(text)
	if !ok {
		return false
	}
	if in == "pid" {
		p.open().table.header(strings.Fields(rest))
		return true
	}
	t := &p.report.table
	pid, err := strconv.Atoi(in)
	if err != nil || pid <= 0 || !t.known || p.report.done {
		return false
	}
	t.add(pid, rest)
	return true
}

func (t *table) header(columns []string) {
	*t = table{rss: slices.Index(columns, "rss"), name: slices.Index(columns, "name")}
	t.known = t.rss >= 0
	if t.name < 0 {
		t.name = 1 << 10 // the header was cut: the name is what is no number
	}
}

// add keeps the row if it is one of the largest. The name is the rest of the line and may hold anything.
func (t *table) add(pid int, text string) {
	r := row{pid: pid, pages: -1}
	for i := 0; i < t.name; i++ {
		text = strings.TrimLeft(text, " \t")
		field, rest, _ := strings.Cut(text, " ")
		n, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			break
		}
		if i == t.rss {
			r.pages = n
		}
		text = rest
	}
	if r.pages < 0 || r.pages > 1<<40 {
		return
	}
	r.name = strings.TrimSpace(text)
	if len(r.name) > 64 {
		r.name = r.name[:64]
	}
	t.rows = append(t.rows, r)
	slices.SortStableFunc(t.rows, func(a, b row) int { return cmp.Compare(b.pages, a.pages) })
	t.rows = t.rows[:min(len(t.rows), largest)]
}

// pageSize finds by what was killed how many bytes a page has: 4 KiB, but on some arm64 16 or 64.
func (t *table) pageSize(k *Kill) int64 {
	const usual = 4 << 10
	for _, r := range t.rows {
		if r.pid != k.PID || r.pages == 0 {
			continue
		}
		switch per := k.held() / r.pages; {
		case per > 40<<10 && per < 80<<10:
			return 64 << 10
		case per > 10<<10 && per < 20<<10:
			return 16 << 10
		}
	}
	return usual
}

func (t *table) processes(page int64) []Process {
	var all []Process
	for _, r := range t.rows {
		all = append(all, Process{PID: r.pid, Name: printable(r.name), RSS: r.pages * page})
	}
	return all
}
