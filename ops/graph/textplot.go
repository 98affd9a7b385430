package graph

import "math"

func (d *drawing) draw() {
	switch {
	case d.dotted:
		d.dots()
	case d.thick > 1:
		d.shades()
		d.dashes()
	default:
		d.blocks()
		d.dashes()
	}
	d.thresholds()
	d.bands()
	d.marks()
	if d.empty {
		text := []rune("no data")
		copy(d.cells[d.height/2][max((d.width-len(text))/2, 0):d.width], text)
	}
}

// blocks fills what is below the line, to an eighth of a character, and shades what lies between it and the highest.
func (d *drawing) blocks() {
	for _, l := range d.layers {
		if l.series.Thin {
			continue
		}
		for x, c := range l.columns {
			if c.empty() {
				continue
			}
			eighths := max(int(math.Round(d.values.at(c.avg)*float64(d.height)*8)), 1) // one at least: something was measured
			highest := int(math.Round(d.values.at(c.max) * float64(d.height)))
			for r := range d.height {
				switch {
				case eighths > 0:
					d.cells[d.height-1-r][x] = []rune(" ▁▂▃▄▅▆▇█")[min(eighths, 8)]
				case r < highest:
					d.cells[d.height-1-r][x] = '░'
				}
				eighths -= 8
			}
		}
	}
}

// shades fills each layer of a stack with a shade of its own.
func (d *drawing) shades() {
	for i, l := range d.layers {
		if l.base == nil {
			continue
		}
		for x, c := range l.columns {
			if c.empty() {
				continue
			}
			bottom := math.Round(d.values.at(l.base[x]) * float64(d.height))
			top := math.Round(d.values.at(c.avg) * float64(d.height))
			for r := bottom; r < top; r++ {
				d.cells[d.height-1-int(min(max(r, 0), float64(d.height-1)))][x] = layerShade(i)
			}
		}
	}
}

// dashes draws thin lines over what is filled.
func (d *drawing) dashes() {
	for _, l := range d.layers {
		for x, c := range l.columns {
			if l.series.Thin && !c.empty() {
				d.cells[d.row(d.values.at(c.avg))][x] = '─'
			}
		}
	}
}

// layerShade is that of the n-th layer: neighbours differ much.
func layerShade(n int) rune {
	shades := []rune("█▒░▓")
	if n < len(shades) {
		return shades[n]
	}
	return rune('A' + (n-len(shades))%26)
}

// dots draws lines with braille, and their letters to the right of their ends.
func (d *drawing) dots() {
	high := d.height * 4
	for i, l := range d.layers {
		last, end := -1, -1
		for x, c := range l.columns {
			if c.empty() {
				last = -1
				continue
			}
			y := min(max(int(d.values.at(c.avg)*float64(high)), 0), high-1)
			from := y
			if last >= 0 && !l.series.Thin {
				from = last + sign(y-last) // up or down to it, in its own column
			} else if l.series.Thin && x%2 == 1 {
				last = y
				continue
			}
			for at := from; ; at += sign(y - from) {
				d.dot(x, high-1-at)
				if at == y {
					break
				}
			}
			last, end = y, y
		}
		if end >= 0 && d.letters() {
			d.end(d.height-1-end/4, seriesLetter(i))
		}
	}
}

func sign(n int) int { return min(max(n, -1), 1) }

// dot sets one, counted from the upper left. Braille has eight a character
// (https://www.unicode.org/charts/PDF/U2800.pdf).
func (d *drawing) dot(x, y int) {
	cell := &d.cells[y/4][x/2]
	if *cell < 0x2800 || *cell > 0x28ff {
		*cell = 0x2800
	}
	bits := [4][2]rune{{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}}
	*cell |= bits[y%4][x%2]
}

// end puts a letter beside the end of a line, or as near as there is room.
func (d *drawing) end(row int, letter rune) {
	for away := range d.height {
		for _, y := range []int{row - away, row + away} {
			if y >= 0 && y < d.height && d.cells[y][d.width] == ' ' {
				d.cells[y][d.width] = letter
				return
			}
		}
	}
}

func (d *drawing) letters() bool { return d.dotted && len(d.g.Series) > 1 }

func seriesLetter(n int) rune { return rune('A' + n%26) }
