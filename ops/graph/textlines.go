package graph

import (
	"fmt"
	"strings"

	"github.com/mattn/go-runewidth"
)

// cellsOf is how many columns a text takes. What is ambiguous is narrow: so it is in fonts of a fixed width for all
// but East Asia.
func cellsOf(s string) int {
	return (&runewidth.Condition{}).StringWidth(s)
}

// cut shortens a text to so many columns.
func cut(s string, columns int) string {
	return (&runewidth.Condition{}).Truncate(s, max(columns, 0), "…")
}

// title is the first line: what it is, and from when to when if there is room.
func (d *drawing) title() string {
	when := period(d.g.From, d.g.To)
	title := d.g.Title
	if room := d.columns - cellsOf(when) - 3; room >= 8 {
		return cut(title, room) + " · " + when
	}
	return cut(title, d.columns)
}

// plot is the plot with its axes.
func (d *drawing) plot() []string {
	var lines []string
	label := map[int]string{}
	for i, text := range d.labels {
		label[d.height-i*d.height/(len(d.labels)-1)] = text
	}
	for y, row := range d.cells {
		side := "│"
		if label[y] != "" {
			side = "┤"
		}
		lines = append(lines, d.left(label[y])+side+string(row))
	}
	lines = append(lines, d.left(label[d.height])+"└"+string(d.under))
	return append(lines, d.hours())
}

func (d *drawing) left(label string) string {
	return strings.Repeat(" ", d.margin-cellsOf(label)) + label
}

// hours sets ticks under the plot, and the line of their labels.
func (d *drawing) hours() string {
	line := []rune(strings.Repeat(" ", d.columns))
	end := 0
	for _, m := range moments(d.g.From, d.g.To, d.width/8) {
		at := d.margin + 1 + d.column(m.at)
		label := []rune(m.label)
		start := at - len(label)/2
		if start < end || start+len(label) > len(line) {
			continue
		}
		copy(line[start:], label)
		end = start + len(label) + 1
	}
	return string(line)
}

// legend has the series with what they are drawn with and their newest value, in at most so many lines.
func (d *drawing) legend(most int) []string {
	var entries []string
	for i, s := range d.g.Series[:min(len(d.g.Series), maxSeries)] {
		sign := ""
		switch {
		case d.letters():
			sign = string(seriesLetter(i)) + " "
		case s.Thin:
			sign = "─ "
		case d.thick > 1:
			sign = string(layerShade(i)) + " "
		}
		entries = append(entries, sign+clean(s.Name, maxName)+" "+d.g.now(s))
	}
	if more := len(d.g.Series) - len(entries); more > 0 {
		entries = append(entries, fmt.Sprintf("%d more", more))
	}
	return wrap(entries, d.columns, most)
}

// wrap sets entries side by side, in at most so many lines; the last says how many found no room.
func wrap(entries []string, columns, most int) []string {
	var lines []string
	for i, e := range entries {
		e = cut(e, columns)
		if n := len(lines) - 1; n >= 0 && cellsOf(lines[n])+3+cellsOf(e) <= columns {
			lines[n] += " · " + e
			continue
		}
		if len(lines) < most {
			lines = append(lines, e)
			continue
		}
		if len(lines) > 0 {
			more := fmt.Sprintf(" · %d more", len(entries)-i)
			last := &lines[len(lines)-1]
			*last = cut(cut(*last, columns-cellsOf(more))+more, columns)
		}
		break
	}
	return lines
}
