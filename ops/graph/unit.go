package graph

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// A Unit is what values are measured in. It is written with a prefix: 1.5 GiB, 12 Mbit/s, 180 ms.
type Unit int

// The units. Values are in base units.
const (
	Count            Unit = iota // plain numbers: load, processes
	Bytes                        // with prefixes of IEC 80000-13: 1 KiB is 1024
	BytesSI                      // with prefixes of the SI: 1 kB is 1000
	BytesPerSecond               // IEC
	BytesPerSecondSI             // SI
	BitsPerSecond                // SI
	Seconds                      // a length of time
	Percent                      // 0 to 100
	PerSecond                    // how often
	Celsius                      // a temperature
	unitsEnd
)

// String is the unit's name in the config.
func (u Unit) String() string {
	switch u {
	case Count:
		return "count"
	case Bytes:
		return "bytes"
	case BytesSI:
		return "bytes-si"
	case BytesPerSecond:
		return "bytes/s"
	case BytesPerSecondSI:
		return "bytes-si/s"
	case BitsPerSecond:
		return "bits/s"
	case Seconds:
		return "seconds"
	case Percent:
		return "percent"
	case PerSecond:
		return "per-second"
	case Celsius:
		return "celsius"
	}
	return fmt.Sprintf("Unit(%d)", int(u))
}

// ParseUnit reads what String wrote.
func ParseUnit(name string) (Unit, error) {
	names := make([]string, unitsEnd)
	for u := range unitsEnd {
		if names[u] = u.String(); names[u] == name {
			return u, nil
		}
	}
	return 0, fmt.Errorf("%q is no unit; there are %s", name, strings.Join(names, ", "))
}

// Format writes a value with three figures: "1.42 GiB", "182 ms", "61.3 %", "3 h 12 min", "–" for none.
func (u Unit) Format(v float64) string {
	if !finite(v) {
		return "–"
	}
	if u == Seconds && math.Abs(v) >= 59.95 && math.Abs(v) < 1e10 {
		return long(v)
	}
	s := u.scale(v)
	return figures(v/s.by) + s.name
}

// A scale is how the values of an axis are written: by what they are divided, and what follows.
type scale struct {
	by   float64
	name string // with the space before it: " GiB"
}

// scale is the one in which v has at most three figures before the point.
func (u Unit) scale(v float64) scale {
	v = math.Abs(v)
	switch u {
	case Bytes:
		return binary(v, "B")
	case BytesPerSecond:
		return binary(v, "B/s")
	case BytesSI:
		return decimal(v, "B")
	case BytesPerSecondSI:
		return decimal(v, "B/s")
	case BitsPerSecond:
		return decimal(v, "bit/s")
	case Percent:
		return scale{1, " %"}
	case Celsius:
		return scale{1, " °C"}
	case Seconds:
		return lengths(v)
	case PerSecond:
		if v < 9999.5 {
			return scale{1, " /s"}
		}
		return decimal(v, "/s")
	}
	if v < 9999.5 {
		return scale{1, ""}
	}
	return decimal(v, "")
}

func binary(v float64, unit string) scale {
	by := 1.0
	for _, prefix := range []string{"", "Ki", "Mi", "Gi", "Ti", "Pi"} {
		if v < 999.5*by {
			return scale{by, " " + prefix + unit}
		}
		by *= 1024
	}
	return scale{by, " Ei" + unit}
}

func decimal(v float64, unit string) scale {
	by := 1.0
	for _, prefix := range []string{"", "k", "M", "G", "T", "P"} {
		if v < 999.5*by {
			return scale{by, " " + prefix + unit}
		}
		by *= 1000
	}
	return scale{by, " E" + unit}
}

// lengths is the scale of lengths of time. Below a second prefixes are fine, above it people count in sixties.
func lengths(v float64) scale {
	switch {
	case v == 0:
		return scale{1, " s"}
	case v < 999.5e-9:
		return scale{1e-9, " ns"}
	case v < 999.5e-6:
		return scale{1e-6, " µs"}
	case v < 0.9995:
		return scale{1e-3, " ms"}
	case v < 120:
		return scale{1, " s"}
	case v < 2*3600:
		return scale{60, " min"}
	case v < 2*86400:
		return scale{3600, " h"}
	}
	return scale{86400, " d"}
}

// long is a length of a minute or more in its two largest units. It must be below what [time.Duration] holds, 292 years.
func long(v float64) string {
	if v < 0 {
		return "-" + long(-v)
	}
	if v >= 100*86400 {
		return figures(v/86400) + " d"
	}
	two := func(d, large, small time.Duration, l, s string) string {
		d = d.Round(small)
		if rest := d % large / small; rest > 0 {
			return fmt.Sprintf("%d %s %d %s", d/large, l, rest, s)
		}
		return fmt.Sprintf("%d %s", d/large, l)
	}
	switch d := time.Duration(v * float64(time.Second)); {
	case d.Round(time.Second) < time.Hour:
		return two(d, time.Minute, time.Second, "min", "s")
	case d.Round(time.Minute) < 24*time.Hour:
		return two(d, time.Hour, time.Minute, "h", "min")
	default:
		return two(d, 24*time.Hour, time.Hour, "d", "h")
	}
}

// figures writes three significant figures, and no decimals that say nothing: "1.5", "61.3", "1,432", "2e+300".
func figures(v float64) string {
	decimals := 2
	switch a := math.Abs(v); {
	case a >= 1e6, a > 0 && a < 0.000995:
		return strconv.FormatFloat(v, 'g', 3, 64)
	case a >= 99.95:
		decimals = 0
	case a >= 9.995:
		decimals = 1
	case a < 0.00995:
		decimals = 5
	case a < 0.0995:
		decimals = 4
	case a < 0.995:
		decimals = 3
	}
	return trim(v, decimals)
}

// trim writes a value with at most so many decimals, and its thousands apart.
func trim(v float64, decimals int) string {
	s := strconv.FormatFloat(v, 'f', decimals, 64)
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	if s == "-0" {
		return "0"
	}
	whole, _, _ := strings.Cut(s, ".")
	for i := len(whole) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// huge is where values are taken for gaps: what is measured is far smaller, and sums and differences stay finite.
const huge = 1e301

func finite(v float64) bool { return math.Abs(v) < huge } // false for NaN
