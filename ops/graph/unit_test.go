package graph

import (
	"math"
	"testing"
)

func TestFormat(t *testing.T) {
	for _, test := range []struct {
		unit  Unit
		value float64
		want  string
	}{
		{Count, 0, "0"},
		{Count, 0.42, "0.42"},
		{Count, 1.234, "1.23"},
		{Count, 61.34, "61.3"},
		{Count, 1432, "1,432"},
		{Count, 9999, "9,999"},
		{Count, 123456, "123 k"},
		{Count, 1.2e9, "1.2 G"},
		{Count, -3, "-3"},
		{Count, 1e300, "1e+282 E"},
		{Count, math.NaN(), "–"},
		{Count, math.Inf(-1), "–"},
		{Bytes, 1023, "1 KiB"},
		{Bytes, 512, "512 B"},
		{Bytes, 1.42 * gib, "1.42 GiB"},
		{Bytes, 999.4 * mib, "999 MiB"},
		{Bytes, 999.6 * mib, "0.976 GiB"},
		{Bytes, math.Pow(2, 70), "1,024 EiB"},
		{Bytes, -38 * mib, "-38 MiB"},
		{BytesSI, 1.5e9, "1.5 GB"},
		{BytesPerSecond, 4 * mib, "4 MiB/s"},
		{BytesPerSecondSI, 4e6, "4 MB/s"},
		{BitsPerSecond, 12e6, "12 Mbit/s"},
		{BitsPerSecond, 0.5, "0.5 bit/s"},
		{Seconds, 0, "0 s"},
		{Seconds, 0.1824, "182 ms"},
		{Seconds, 2.5e-6, "2.5 µs"},
		{Seconds, 3e-10, "0.3 ns"},
		{Seconds, 3.24, "3.24 s"},
		{Seconds, 59.96, "1 min"},
		{Seconds, 250, "4 min 10 s"},
		{Seconds, 3599.7, "1 h"},
		{Seconds, 11520, "3 h 12 min"},
		{Seconds, 86400 * 2.5, "2 d 12 h"},
		{Seconds, 86400 * 300, "300 d"},
		{Seconds, -90, "-1 min 30 s"},
		{Seconds, 1e300, "1.16e+295 d"},
		{Percent, 61.34, "61.3 %"},
		{Percent, 100, "100 %"},
		{Percent, 0.012, "0.012 %"},
		{PerSecond, 12.5, "12.5 /s"},
		{PerSecond, 12500, "12.5 k/s"},
		{Celsius, -2.97, "-2.97 °C"},
		{Unit(99), 3, "3"},
	} {
		if got := test.unit.Format(test.value); got != test.want {
			t.Errorf("%v %g is %q, want %q", test.unit, test.value, got, test.want)
		}
	}
}

func TestParseUnit(t *testing.T) {
	for u := range unitsEnd {
		if got, err := ParseUnit(u.String()); err != nil || got != u {
			t.Errorf("%v is read as %v, %v", u, got, err)
		}
	}
	if _, err := ParseUnit("furlongs"); err == nil || err.Error() != `"furlongs" is no unit; there are count, bytes, bytes-si, bytes/s, bytes-si/s, bits/s, seconds, percent, per-second, celsius` {
		t.Error(err)
	}
}
