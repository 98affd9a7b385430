package history

import (
	"encoding/binary"
	"math"
	"math/bits"
)

// A column is kept as its first value, and for each value after it how it differs from the one before, so that what is
// counted in steady steps comes to small numbers. Most of what a kernel counts are whole numbers of hundredths, of microseconds or of
// pages; so values are multiplied by a power of ten that makes all of them whole, and the differences divided by what all of
// them are multiples of. Where there is no such power, the bits of the values are compared instead.
//
// The differences are written as bytes of equal weight, all lowest ones first: those of one weight are alike, which suits
// zstd. Integers pack best so, and a figure with all the digits of a float64 takes seven bytes.
const (
	// 0 to maxPower: differences of whole numbers, by which power of ten they were multiplied
	levels   = 0x10 // plus the power: differences from the lowest of them, for what does not go far
	floats   = 0x20
	maxPower = 9
	whole    = 1 << 53 // up to here a float64 is exact
)

// words are what columns are made into. Both are used again for the next one.
type words struct {
	ints  []int64
	words []uint64
}

func (w *words) appendColumn(b []byte, values []float64) []byte {
	power, ok := w.toInts(values)
	if !ok {
		return w.appendFloats(b, values)
	}
	lowest, sumLevels, sumSteps := int64(math.MaxInt64), 0, 0
	for _, v := range w.ints {
		lowest = min(lowest, v)
	}
	for i, v := range w.ints {
		sumLevels += bits.Len64(uint64(v - lowest))
		if i > 0 {
			sumSteps += bits.Len64(zigzag(v - w.ints[i-1]))
		}
	}
	w.words = w.words[:0]
	kind, base := byte(power), int64(0)
	if len(w.ints) > 0 {
		base = w.ints[0]
	}
	if sumLevels < sumSteps {
		kind, base = levels+byte(power), lowest
		for _, v := range w.ints {
			w.words = append(w.words, uint64(v-lowest))
		}
	} else {
		for i, v := range w.ints {
			if i > 0 {
				w.words = append(w.words, uint64(v-w.ints[i-1]))
			}
		}
	}
	unit := w.divide(kind < levels)
	b = binary.AppendUvarint(binary.AppendVarint(append(b, kind), base), unit)
	return appendPlanes(b, w.words)
}

// toInts makes w.ints of the values times a power of ten, if there is one that brings all of them back exactly.
func (w *words) toInts(values []float64) (power int, ok bool) {
	for ; power <= maxPower; power++ {
		w.ints = w.ints[:0]
		for _, v := range values {
			x := math.Round(v * powers[power])
			if !(math.Abs(x) < whole) {
				return 0, false
			}
			if math.Float64bits(x/powers[power]) != math.Float64bits(v) {
				break
			}
			w.ints = append(w.ints, int64(x))
		}
		if len(w.ints) == len(values) {
			return power, true
		}
	}
	return 0, false
}

var powers = [maxPower + 1]float64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9}

// divide divides the words by what all of them are multiples of, and returns it. Words that have signs are made into those
// that have none.
func (w *words) divide(signed bool) uint64 {
	unit := uint64(0)
	for _, x := range w.words {
		if signed && int64(x) < 0 {
			x = -x
		}
		for x != 0 {
			unit, x = x, unit%x
		}
	}
	unit = max(unit, 1)
	for i, x := range w.words {
		if signed {
			w.words[i] = zigzag(int64(x) / int64(unit))
		} else {
			w.words[i] = x / unit
		}
	}
	return unit
}

func (w *words) appendFloats(b []byte, values []float64) []byte {
	b = append(b, floats)
	w.words = w.words[:0]
	before := uint64(0)
	for _, v := range values {
		w.words = append(w.words, math.Float64bits(v)^before)
		before = math.Float64bits(v)
	}
	return appendPlanes(b, w.words)
}

func zigzag(v int64) uint64   { return uint64(v)<<1 ^ uint64(v>>63) }
func unzigzag(u uint64) int64 { return int64(u>>1) ^ -int64(u&1) }

// appendPlanes writes how many bytes the largest word has, and then those of all words, the lowest of all first.
func appendPlanes(b []byte, words []uint64) []byte {
	all := uint64(0)
	for _, x := range words {
		all |= x
	}
	width := (bits.Len64(all) + 7) / 8
	b = append(b, byte(width))
	for shift := 0; shift < 8*width; shift += 8 {
		for _, x := range words {
			b = append(b, byte(x>>shift))
		}
	}
	return b
}

// readColumn adds n values to column from the beginning of b, and returns the rest of b.
func readColumn(column []float64, b []byte, n int) (_ []float64, rest []byte, ok bool) {
	if len(b) == 0 {
		return column, b, false
	}
	kind := b[0]
	b = b[1:]
	if kind == floats {
		width, b, ok := readWidth(b, n)
		if !ok {
			return column, b, false
		}
		before := uint64(0)
		for i := range n {
			before ^= word(b, i, n, width)
			column = append(column, math.Float64frombits(before))
		}
		return column, b[n*width:], true
	}
	power := kind &^ levels
	if power > maxPower {
		return column, b, false
	}
	v, size := binary.Varint(b)
	if size <= 0 {
		return column, b, false
	}
	b = b[size:]
	unit, size := binary.Uvarint(b)
	if size <= 0 {
		return column, b, false
	}
	b = b[size:]
	m := n
	if kind < levels {
		m = max(n-1, 0)
	}
	width, b, ok := readWidth(b, m)
	if !ok {
		return column, b, false
	}
	for i := range n {
		x := v
		switch {
		case kind >= levels:
			x += int64(word(b, i, m, width) * unit)
		case i > 0:
			x += unzigzag(word(b, i-1, m, width)) * int64(unit)
			v = x
		}
		column = append(column, float64(x)/powers[power])
	}
	return column, b[m*width:], true
}

// readWidth reads the width of the words, and looks that b has m of them.
func readWidth(b []byte, m int) (width int, rest []byte, ok bool) {
	if len(b) == 0 || b[0] > 8 || len(b)-1 < m*int(b[0]) {
		return 0, b, false
	}
	return int(b[0]), b[1:], true
}

// word is the one of that index of m.
func word(planes []byte, i, m, width int) (x uint64) {
	for k := range width {
		x |= uint64(planes[k*m+i]) << (8 * k)
	}
	return x
}
