package graph

import (
	"math"
	"strconv"
)

// An axis is that of the values.
type axis struct {
	lo, hi float64   // what it spans; hi is above lo
	step   float64   // between ticks
	ticks  []float64 // round values within, rising
	scale  scale
	digits int // after the point, for all ticks to differ
}

// newAxis spans lo to hi with at most so many ticks, but two.
func newAxis(u Unit, lo, hi float64, most int) axis {
	if !(hi > lo) {
		hi = lo + max(1, math.Abs(lo)/8)
	}
	a := axis{lo: lo, hi: hi, step: u.step((hi - lo) / float64(max(most, 1)))}
	first := math.Ceil(lo/a.step - 1e-9)
	for i := range max(most, 1) + 2 {
		v := (first + float64(i)) * a.step
		if v > hi+a.step*1e-9 {
			break
		}
		a.ticks = append(a.ticks, v)
	}
	a.label(u)
	return a
}

// label chooses one unit for all ticks, and as many decimals as their step needs.
func (a *axis) label(u Unit) {
	a.scale = u.scale(max(math.Abs(a.hi), math.Abs(a.lo)))
	for a.digits = 0; a.digits < 4; a.digits++ {
		scaled := a.step / a.scale.by * math.Pow10(a.digits)
		if math.Abs(scaled-math.Round(scaled)) < 1e-6*scaled {
			break
		}
	}
}

// text is how a tick is written: "0", "0.5 GiB", "1,500".
func (a *axis) text(v float64) string {
	v /= a.scale.by
	switch {
	case v == 0:
		return "0"
	case math.Abs(v) >= 1e6, a.step < a.scale.by*0.0001:
		return strconv.FormatFloat(v, 'g', 3, 64) + a.scale.name
	}
	return trim(v, a.digits) + a.scale.name
}

// at is where a value stands between the ends of the axis: 0 to 1, for one within.
func (a *axis) at(v float64) float64 { return (v - a.lo) / (a.hi - a.lo) }

// step is the smallest round distance that is at least so long: of bytes a power of two, of time what clocks
// and calendars have, else 1, 2 or 5 times a power of ten.
func (u Unit) step(least float64) float64 {
	if !(least > 0) {
		return 1
	}
	switch u {
	case Bytes, BytesPerSecond:
		return math.Pow(2, math.Ceil(math.Log2(least)-1e-9))
	case Seconds:
		for _, s := range []float64{1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 2 * 3600, 3 * 3600, 6 * 3600, 12 * 3600, 86400} {
			if least > 0.5 && least <= s {
				return s
			}
		}
		if least > 86400 {
			return 86400 * decimalStep(least/86400, 1, 2, 5)
		}
	case Percent:
		return decimalStep(least, 1, 2, 2.5, 5)
	}
	return decimalStep(least, 1, 2, 5)
}

func decimalStep(least float64, of ...float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(least)))
	for _, f := range of {
		if least <= f*power*(1+1e-9) {
			return f * power
		}
	}
	return 10 * power
}
