package oom

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	mostLine    = 16 << 10         // bytes of a line that are looked at; the kernel's own end at 8 KiB
	mostGlued   = 64               // messages that are looked for in one line
	mostSizes   = 400              // bytes behind a name in which its sizes stand
	mostWaiting = 16               // announced victims whose end was not read yet
	mostRecent  = 32               // kills that are remembered, to know them again
	again       = 10 * time.Second // within which one pid and name is one kill
)

// A Parser reads the lines of a log in order and finds the kills in them. It keeps at most a few KiB, and is
// for one goroutine. The zero Parser is ready.
type Parser struct {
	// Now is for dates without a year and without a zone; time.Now if nil.
	Now func() time.Time

	cur     line
	out     []Finding
	report  report
	waiting []victim
	recent  []Kill
	counted int64
}

// A report is what the kernel says of one shortage, before it names a victim.
type report struct {
	begun     bool   // "invoked oom-killer" was read
	raw       string // its line
	at        line
	done      bool // a kill came of it
	last      Kill // of it
	group     bool // and the rest of its group is killed as well
	taskMemcg string
	cgroup    string
	limit     int64
	pages     int64 // of memory
	reserved  int64 // pages of it that nobody can use
	table     table
}

// A victim was named, but its kill was not read yet.
type victim struct {
	pid       int
	name      string
	global    bool
	summary   bool // it was named by an "oom-kill:" line, which has the groups
	cgroup    string
	taskMemcg string
	at        line
	raw       string
}

var (
	// killed is a process with its sizes. What stands in the parentheses was chosen by whoever ran it, and has up
	// to 15 bytes, which may look like the end of the name: the last end that fits is the true one.
	killed = regexp.MustCompile(`(?s)^Killed process (\d{1,10})(?:, UID:? ?\d+,)? ?\((.{0,24})\)(?:, UID:? ?\d+)?,? *(?:total-vm|vsz): ?\d`)
	// named is a process in a line that says no more of it.
	named = regexp.MustCompile(`^(?:Killed|Kill|kill) process (\d{1,10})(?:, UID:? ?\d+,)? ?\(`)
	// announced is the cause before a process.
	announced = regexp.MustCompile(`^(Memory cgroup out of memory|[Oo]ut of [Mm]emory|No available memory)(?: ?\([^:]{0,60}\)| in cpuset)?: (Killed|Kill|kill) process `)
	reaped    = regexp.MustCompile(`(?s)^oom_reaper: reaped process (\d{1,10}) \((.{0,24})\),? `)
	measure   = regexp.MustCompile(`\b(total-vm|vsz|anon-rss|file-rss|shmem-rss): ?(\d{1,18}) ?kB`)
	// stamped and glued are where a line starts that lost the end of the line before it; the latter behind a
	// line of a kill, which no program writes.
	stamped = regexp.MustCompile(`\[ *\d+\.\d{6}\]`)
	glued   = regexp.MustCompile(`\[ *\d+\.\d{6}\]|(?:Memory cgroup out of memory|Out of [Mm]emory): |Killed process \d`)
)

// Feed takes the next line and returns what it completes: a kill is told by its own line, which is the last one that the
// kernel prints of it.
func (p *Parser) Feed(raw string) []Finding {
	if len(raw) > mostLine {
		raw = raw[:mostLine]
	}
	return p.feed(readLine(raw, p.now()))
}

func (p *Parser) feed(l line) []Finding {
	p.out = nil
	p.cur = l
	if !l.kernel() {
		p.daemon()
		return p.out
	}
	rest, ours := p.take(l.text)
	for n := 0; rest != "" && !l.exact && n < mostGlued; n++ {
		seam := stamped
		if ours {
			seam = glued
		}
		at := seam.FindStringIndex(rest)
		if at == nil {
			break
		}
		rest, ours = p.take(p.cur.kernelClock(rest[at[0]:]))
	}
	p.gluedCause(l)
	return p.out
}

// Flush returns what is unclear by now because nothing more comes, or has come for long.
func (p *Parser) Flush() []Finding {
	p.out = nil
	p.settle()
	p.report = report{}
	return p.out
}

// Counted is how many times the kernel said that it killed, the repetitions too: it counts so in oom_kill of
// /proc/vmstat.
func (p *Parser) Counted() int64 { return p.counted }

func (p *Parser) now() time.Time {
	if p.Now == nil {
		return time.Now()
	}
	return p.Now()
}

// take reads one message from its beginning, and returns what follows it on its line if that may be another, and
// whether the message was one of a kill. Messages with the name of a cgroup are never looked through: anybody may choose one.
func (p *Parser) take(text string) (rest string, ours bool) {
	if m := announced.FindStringSubmatchIndex(text); m != nil {
		global := !strings.HasPrefix(text, "Memory cgroup")
		body := text[m[5]-len(text[m[4]:m[5]]):]
		if strings.HasPrefix(body, "Killed") {
			return p.kill(body, &global), true
		}
		return p.announce(body, global), true
	}
	switch {
	case strings.HasPrefix(text, "Killed process "):
		return p.kill(text, nil), true
	case strings.HasPrefix(text, "oom-kill:"):
		p.summary(text)
	case strings.HasPrefix(text, "oom_reaper: "):
		p.reaper(text)
	case strings.HasPrefix(text, "Task in "), strings.HasPrefix(text, "Tasks in "), strings.HasPrefix(text, "killed as a result of limit of "):
		p.group(text)
	case strings.HasPrefix(text, "memory: usage "):
		p.limit(text)
	case strings.HasPrefix(text, "lowmemorykiller: "):
		p.daemon()
	case strings.HasPrefix(text, "Memory cgroup stats for "):
	case strings.HasPrefix(text, "Out of memory and no killable processes"), strings.HasPrefix(text, "Memory cgroup out of memory and no killable"):
		p.unclear(p.cur, 0, "", "the kernel found nothing to kill", text)
		p.waiting, p.report = nil, report{done: true}
	case strings.Contains(text, " is already exiting. Skip killing the task"):
		p.waiting, p.report = nil, report{done: true}
	case strings.Contains(text, " invoked oom-killer"):
		p.begin(text)
	case strings.HasPrefix(text, "Out of memory: Kill"), strings.HasPrefix(text, "Memory cgroup out of memory: Kill"):
		p.unclear(p.cur, 0, "", "the line is damaged", text)
	case p.row(text), p.pages(text):
	default:
		return text, false
	}
	return "", true
}

// begin starts a report. A victim that was named before it has not been killed: reports are never told
// side by side, the kernel holds a lock meanwhile.
func (p *Parser) begin(text string) {
	p.settle()
	p.report = report{begun: true, raw: text, at: p.cur}
}

// open is the report that lines before a kill belong to.
func (p *Parser) open() *report {
	if p.report.done {
		p.report = report{}
	}
	return &p.report
}

func (p *Parser) announce(text string, global bool) (rest string) {
	pid, name, rest, ok := process(text)
	if !ok {
		p.unclear(p.cur, 0, "", "the line is damaged", text)
		return ""
	}
	r := p.open()
	p.wait(victim{pid: pid, name: name, global: global, cgroup: r.cgroup, taskMemcg: r.taskMemcg})
	return rest
}

func (p *Parser) wait(v victim) {
	v.at, v.raw = p.cur, p.cur.text
	for i, w := range p.waiting {
		if w.pid == v.pid {
			if w.summary && !v.summary {
				v.summary, v.cgroup, v.taskMemcg = true, w.cgroup, w.taskMemcg
			}
			p.waiting[i] = v
			return
		}
	}
	if len(p.waiting) == mostWaiting {
		p.missing(p.waiting[0])
		p.waiting = slices.Delete(p.waiting, 0, 1)
	}
	p.waiting = append(p.waiting, v)
}

// kill reads "Killed process …", the only line that says that one was killed.
func (p *Parser) kill(text string, global *bool) (rest string) {
	k := &Kill{At: p.cur.at, SinceBoot: p.cur.sinceBoot, Global: global}
	if m := killed.FindStringSubmatchIndex(text); m != nil {
		k.PID, _ = strconv.Atoi(text[m[2]:m[3]])
		k.Name = text[m[4]:m[5]]
		rest = k.sizes(text[m[5]:])
	} else {
		var ok bool
		if k.PID, k.Name, rest, ok = process(text); !ok {
			p.unclear(p.cur, 0, "", "the line is damaged", text)
			return ""
		}
	}
	p.counted++
	v, told := p.claim(k.PID, global != nil)
	if told && k.Global == nil {
		k.Global = &v.global
	}
	p.complete(k, v, told)
	if p.seen(k) {
		return rest
	}
	p.out = append(p.out, Finding{Kill: k})
	return rest
}

// claim takes the announcement of a kill. Kernels before 5.1 may kill a child of whom they announced, and do
// so next; later ones name the cause with the kill.
func (p *Parser) claim(pid int, caused bool) (victim, bool) {
	i := slices.IndexFunc(p.waiting, func(v victim) bool { return v.pid == pid })
	if i < 0 && !caused {
		i = len(p.waiting) - 1
	}
	if i < 0 {
		return victim{}, false
	}
	v := p.waiting[i]
	p.waiting = slices.Delete(p.waiting, i, i+1)
	return v, true
}

// complete adds what the report around a kill says.
func (p *Parser) complete(k *Kill, v victim, told bool) {
	r := &p.report
	if r.done && !told && !(r.group && near(&r.last, k)) {
		return // the kernel tells of the shortage at most so often, but of each kill
	}
	k.Cgroup, k.TaskMemcg = r.cgroup, r.taskMemcg
	if told {
		k.Cgroup, k.TaskMemcg = v.cgroup, v.taskMemcg
	}
	if k.Global == nil && k.Cgroup != "" {
		k.Global = new(bool)
	}
	if k.Global != nil && *k.Global {
		k.Cgroup = ""
	}
	page := r.table.pageSize(k)
	k.Largest = r.table.processes(page)
	if k.Global != nil && !*k.Global {
		k.Limit = r.limit
	}
	k.Total = max(r.pages-r.reserved, 0) * page
	r.cgroup, r.taskMemcg = k.Cgroup, k.TaskMemcg // for the rest of its group
	r.done, r.begun = true, false
	r.last = Kill{At: k.At, SinceBoot: k.SinceBoot}
}

// seen tells whether this kill was told already: a kernel that kills a whole group says it twice of the first, and
// old ones say it of each thread.
func (p *Parser) seen(k *Kill) bool {
	for _, old := range p.recent {
		if old.PID == k.PID && old.Name == k.Name && old.By == k.By && near(&old, k) {
			return true
		}
	}
	if len(p.recent) == mostRecent {
		p.recent = slices.Delete(p.recent, 0, 1)
	}
	p.recent = append(p.recent, Kill{PID: k.PID, Name: k.Name, By: k.By, At: k.At, SinceBoot: k.SinceBoot})
	return false
}

func near(a, b *Kill) bool {
	if a.SinceBoot >= 0 && b.SinceBoot >= 0 {
		return (a.SinceBoot - b.SinceBoot).Abs() < again
	}
	return a.At.IsZero() || b.At.IsZero() || a.At.Sub(b.At).Abs() < again
}

func (p *Parser) reaper(text string) {
	m := reaped.FindStringSubmatch(text)
	if m == nil {
		return
	}
	pid, _ := strconv.Atoi(m[1])
	if slices.ContainsFunc(p.recent, func(k Kill) bool { return k.PID == pid }) ||
		slices.ContainsFunc(p.waiting, func(v victim) bool { return v.pid == pid }) {
		return
	}
	p.unclear(p.cur, pid, m[2], "its memory was taken back, but the line of its kill is not there", text)
	if p.report.begun {
		p.report.begun = false // this is what became of it
	}
}

// settle tells what was announced and did not come.
func (p *Parser) settle() {
	for _, v := range p.waiting {
		p.missing(v)
	}
	if r := &p.report; r.begun && len(p.waiting) == 0 {
		p.unclear(r.at, 0, "", "the kernel looked for something to kill, but the line of a kill is not there", r.raw)
	}
	p.waiting = nil
	p.report.begun = false
}

func (p *Parser) missing(v victim) {
	p.unclear(v.at, v.pid, v.name, "it was chosen to be killed, but the line of its kill is not there", v.raw)
}

func (p *Parser) unclear(at line, pid int, name, why, raw string) {
	p.out = append(p.out, Finding{Unclear: &Unclear{At: at.at, SinceBoot: at.sinceBoot, PID: pid, Name: name, Why: why, Raw: strings.ToValidUTF8(raw, "�")}})
}

// gluedCause helps kills that lost their own cause, where a whole report without line ends has one cause alone.
func (p *Parser) gluedCause(l line) {
	if l.exact || len(p.out) < 2 {
		return
	}
	var cause *bool
	for _, f := range p.out {
		if f.Kill == nil || f.Kill.Global == nil {
			continue
		}
		if cause != nil && *cause != *f.Kill.Global {
			return
		}
		cause = f.Kill.Global
	}
	for _, f := range p.out {
		if f.Kill != nil && f.Kill.By == "" && f.Kill.Global == nil {
			f.Kill.Global = cause
		}
	}
}
