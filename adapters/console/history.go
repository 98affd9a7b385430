package console

import (
	"io"
	"os"
	"slices"
	"strings"

	"github.com/diaspote/vigie/bot"
)

const (
	keptLines      = 500
	maxHistoryFile = 1 << 20 // bytes that are read of a file; what is older is forgotten
)

// A history is the lines that were typed, the newest last. It implements [term.History]. A file that cannot be
// read or written is no failure: the lines are then remembered for this run alone.
type history struct {
	file    string // "" for none
	lines   []string
	written int // lines in the file, as far as we know
}

func loadHistory(file string) *history {
	h := &history{file: file}
	for line := range strings.SplitSeq(readTail(file, maxHistoryFile), "\n") {
		h.written++
		if line = bot.Clean(line); line != "" {
			h.lines = append(h.lines, line)
		}
	}
	h.forget()
	return h
}

// Add remembers line, unless it is blank or was the last one, too.
func (h *history) Add(line string) {
	last := len(h.lines) - 1
	if strings.TrimSpace(line) == "" || last >= 0 && h.lines[last] == line {
		return
	}
	h.lines = append(h.lines, line)
	h.forget()
	h.save(line)
}

// Len is how many lines are remembered.
func (h *history) Len() int { return len(h.lines) }

// At returns the line typed i lines ago; 0 is the newest.
func (h *history) At(i int) string { return h.lines[len(h.lines)-1-i] }

func (h *history) forget() {
	if over := len(h.lines) - keptLines; over > 0 {
		h.lines = slices.Delete(h.lines, 0, over)
	}
}

// save adds line to the file, so that two consoles can share it, and now and then writes it anew, so that it does not grow.
func (h *history) save(line string) {
	if h.file == "" {
		return
	}
	flags, text := os.O_APPEND, line+"\n"
	if h.written >= 2*keptLines {
		flags, text = os.O_TRUNC, strings.Join(h.lines, "\n")+"\n"
		h.written = len(h.lines) - 1
	}
	f, err := os.OpenFile(h.file, os.O_WRONLY|os.O_CREATE|flags, 0o600)
	if err != nil {
		return
	}
	defer f.Close()
	h.written++
	_, _ = io.WriteString(f, text)
}

// readTail returns the whole lines in the last max bytes of a file, "" if it cannot be read.
func readTail(file string, max int64) string {
	f, err := os.Open(file)
	if err != nil {
		return ""
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return ""
	}
	cut := info.Size() > max
	if cut {
		if _, err := f.Seek(-max, io.SeekEnd); err != nil {
			return ""
		}
	}
	text, err := io.ReadAll(io.LimitReader(f, max))
	if err != nil {
		return ""
	}
	if cut {
		_, after, _ := strings.Cut(string(text), "\n")
		return after
	}
	return string(text)
}
