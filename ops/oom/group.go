package oom

import (
	"regexp"
	"strconv"
	"strings"
)

var (
	// The end of an "oom-kill:" line is the kernel's; before it stand names that anybody may choose.
	chosen = regexp.MustCompile(`,task=(.{0,24}?),pid=(\d{1,10}),uid=\d+\s*$`)
	cause  = regexp.MustCompile(`,mems_allowed=[\d,-]*,(global_oom|oom_memcg=)`)
	usage  = regexp.MustCompile(`^memory: usage \d+kB, limit (\d{1,15})kB`)
	// broken is a run of blanks, put into a long name by what wrapped it.
	broken = regexp.MustCompile(`[ \t]{2,}`)
)

// summary reads "oom-kill:constraint=…", the line before a kill since 4.19.
func (p *Parser) summary(text string) {
	m := chosen.FindStringSubmatchIndex(text)
	if m == nil {
		p.unclear(p.cur, 0, "", "the line is damaged", text)
		return
	}
	r := p.open()
	v := victim{summary: true, global: !strings.HasPrefix(text, "oom-kill:constraint=CONSTRAINT_MEMCG")}
	v.pid, _ = strconv.Atoi(text[m[4]:m[5]])
	v.name = text[m[2]:m[3]]
	head := text[:m[0]]
	if at := cause.FindStringSubmatchIndex(head); at != nil {
		groups := head[at[2]:]
		limit, task, _ := strings.Cut(groups, ",task_memcg=")
		v.taskMemcg = task
		if limit, ok := strings.CutPrefix(limit, "oom_memcg="); ok {
			v.cgroup = limit
		}
	}
	r.cgroup, r.taskMemcg = v.cgroup, v.taskMemcg
	p.wait(v)
}

// group reads how kernels before 4.19 name the groups, in one line or in two, and that a whole group is to go.
func (p *Parser) group(text string) {
	if strings.HasPrefix(text, "Tasks in ") && strings.Contains(text, " are going to be killed due to memory.oom.group") {
		p.report.group = p.report.done
		return
	}
	r := p.open()
	text = strings.TrimPrefix(text, "Task in ")
	task, limit, ok := strings.Cut(text, "killed as a result of limit of ")
	if task = p.path(task); task != "" {
		r.taskMemcg = task
	}
	if ok {
		r.cgroup = p.path(limit)
	}
}

// path is the name of a group. In a record it is as the kernel wrote it.
func (p *Parser) path(s string) string {
	if s = strings.TrimSpace(s); !p.cur.exact {
		s = broken.ReplaceAllString(s, "")
	}
	return s
}

// limit reads how much the group may have.
func (p *Parser) limit(text string) {
	if m := usage.FindStringSubmatch(text); m != nil {
		kb, _ := strconv.ParseInt(m[1], 10, 64)
		if kb < 1<<43 { // above it stands for none
			p.open().limit = kb << 10
		}
	}
}

// pages reads how much memory the host has: "524288 pages RAM", "9350 pages reserved".
func (p *Parser) pages(text string) bool {
	n, what, _ := strings.Cut(text, " ")
	if !strings.HasPrefix(what, "pages ") || !digits(n) {
		return false
	}
	count, err := strconv.ParseInt(n, 10, 64)
	if err != nil || count > 1<<40 {
		return false
	}
	switch strings.TrimSpace(what) {
	case "pages RAM":
		p.open().pages = count
	case "pages reserved":
		p.open().reserved = count
	default:
		return false
	}
	return true
}
