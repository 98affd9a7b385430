package ops

import (
	"math"
	"testing"
	"time"
)

func TestSize(t *testing.T) {
	const kibi, mebi, gibi = 1 << 10, 1 << 20, 1 << 30
	for bytes, want := range map[uint64]string{
		0:                     "0 B",
		999:                   "999 B",
		1000:                  "0.98 KiB",
		1536:                  "1.5 KiB",
		12 * kibi:             "12 KiB",
		782 * mebi:            "782 MiB",
		999*mebi + mebi/2 - 1: "999 MiB",
		999*mebi + mebi/2:     "0.98 GiB",
		1524713390:            "1.42 GiB",
		10*gibi - 1:           "10 GiB",
		math.MaxUint64:        "16 EiB",
	} {
		if got := Size(bytes); got != want {
			t.Errorf("%d: %q, want %q", bytes, got, want)
		}
	}
}

func TestSizeOf(t *testing.T) {
	for _, tt := range []struct {
		part, whole uint64
		want        string
	}{
		{1268784 << 10, 2061236 << 10, "1.21 of 1.97 GiB"},
		{0, 524284 << 10, "0 of 512 MiB"},
		{20 << 20, 512 << 20, "20 of 512 MiB"},
		{512 << 20, 4 << 30, "0.5 of 4 GiB"},
		{0, 0, "0 of 0 B"},
		{3 << 30, 2 << 30, "3 of 2 GiB"},
	} {
		if got := SizeOf(tt.part, tt.whole); got != tt.want {
			t.Errorf("%d of %d: %q, want %q", tt.part, tt.whole, got, tt.want)
		}
	}
}

func TestFigures(t *testing.T) {
	for v, want := range map[float64]string{
		0: "0", 0.004: "0", 0.056: "0.06", 0.5: "0.5", 1: "1", 1.006: "1.01", 9.994: "9.99", 9.996: "10",
		12.34: "12.3", 12.04: "12", 99.94: "99.9", 99.96: "100", 100.4: "100", 512: "512",
	} {
		if got := Figures(v); got != want {
			t.Errorf("%v: %q, want %q", v, got, want)
		}
	}
}

func TestSpan(t *testing.T) {
	for in, want := range map[time.Duration]string{
		-time.Second: "0 s", 37 * time.Second: "37 s", 4*time.Minute + 10*time.Second: "4 min 10 s", 12*time.Minute + time.Second: "12 min",
		time.Hour: "1 h", 59*time.Minute + 59600*time.Millisecond: "1 h", 123 * time.Minute: "2 h 3 min", 25 * time.Hour: "1 day 1 h", 12 * 24 * time.Hour: "12 days",
	} {
		if got := Span(in); got != want {
			t.Errorf("%v: %q, want %q", in, got, want)
		}
	}
}

func TestMoment(t *testing.T) {
	now := time.Date(2026, 11, 4, 12, 0, 0, 0, time.FixedZone("", 3600))
	for at, want := range map[time.Time]string{
		time.Date(2026, 11, 4, 2, 12, 0, 0, time.UTC):   "03:12",
		time.Date(2026, 11, 3, 23, 30, 0, 0, time.UTC):  "00:30",
		time.Date(2026, 11, 3, 2, 12, 0, 0, time.UTC):   "03:12 on 3 Nov",
		time.Date(2025, 11, 4, 2, 12, 0, 0, time.UTC):   "03:12 on 4 Nov 2025",
		time.Date(2025, 12, 31, 23, 12, 0, 0, time.UTC): "00:12 on 1 Jan",
	} {
		if got := Moment(at, now); got != want {
			t.Errorf("%v: %q, want %q", at, got, want)
		}
	}
}

func TestOneLine(t *testing.T) {
	for in, want := range map[string]string{
		"": "", " ruby\tworker\n": "ruby worker", "vigie\xff": "vigie\ufffd", "\x1b[31mred\u202e": "[31mred",
		"queue) [1] é": "queue) [1] é", "0123456789abc": "0123456789abc", "0123456789abcd": "0123456789ab…",
	} {
		if got := OneLine(in, 13); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
