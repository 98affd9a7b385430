package history

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"github.com/klauspost/compress/zstd"
)

func packers(t testing.TB) (*packer, *unpacker) {
	t.Helper()
	p, err := newPacker()
	if err != nil {
		t.Fatal(err)
	}
	d, err := newDecoder()
	if err != nil {
		t.Fatal(err)
	}
	return p, &unpacker{zstd: d}
}

func TestWhatIsPackedIsUnpackedToTheBit(t *testing.T) {
	p, u := packers(t)
	rng := rand.New(rand.NewPCG(1, 2))
	columns := map[string]func(i int) float64{
		"nothing":    func(int) float64 { return 0 },
		"constant":   func(int) float64 { return -273.15 },
		"counter":    func(i int) float64 { return float64(i * 1500) },
		"hundredths": func(i int) float64 { return math.Round(rng.Float64()*1e7) / 100 },
		"pages":      func(int) float64 { return 4096 * float64(rng.IntN(1<<20)) },
		"noise":      func(int) float64 { return rng.NormFloat64() },
		"extremes": func(i int) float64 {
			return []float64{math.MaxFloat64, -math.MaxFloat64, 5e-324, math.Copysign(0, -1), 1<<53 - 1, 1 << 53, -1 << 53, 0.1 + 0.2, 1e-9}[i%9]
		},
		"whole extremes": func(i int) float64 { return []float64{1<<53 - 1, -(1<<53 - 1)}[i%2] },
	}
	for name, value := range columns {
		for _, n := range []int{0, 1, 2, 240, 3600} {
			var times []stamp
			var values []float64
			at := int64(rng.IntN(1000))
			for i := range n {
				times, values = append(times, stamp{at, rng.IntN(50) == 0}), append(values, value(i))
				if at += 900; rng.IntN(20) == 0 {
					at += int64(rng.IntN(100))
				}
			}
			chunk := p.pack(times, values, values)
			err := u.unpack(chunk, 2*hour, 2)
			same := func(a, b float64) bool { return math.Float64bits(a) == math.Float64bits(b) }
			if err != nil || !slices.Equal(u.times, times) || !slices.EqualFunc(u.columns[0], values, same) || !slices.EqualFunc(u.columns[1], values, same) {
				t.Errorf("%s, %d of them: came back otherwise, %v", name, n, err)
			}
		}
	}
}

func TestADamagedChunkIsNoticed(t *testing.T) {
	p, u := packers(t)
	var times []stamp
	var values []float64
	for i := range 240 {
		times, values = append(times, stamp{t: int64(i) * 15_000}), append(values, float64(i*i))
	}
	chunk := p.pack(times, values)
	for i := range chunk {
		damaged := slices.Clone(chunk)
		damaged[i] ^= 1 << (i % 8)
		// The first byte is not under the checksum; that it is wrong is noticed all the same.
		if err := u.unpack(damaged, hour, 1); err == nil || len(u.times) > 0 {
			t.Errorf("byte %d: %d times, %v", i, len(u.times), err)
		}
	}
	if err := u.unpack(chunk[:len(chunk)/2], hour, 1); err == nil {
		t.Error("half a chunk was read")
	}
}

// sealed puts a body under a right checksum.
func sealed(kind byte, body []byte) []byte {
	chunk := append([]byte{kind, 0, 0, 0, 0}, body...)
	binary.LittleEndian.PutUint32(chunk[1:], checksum(body))
	return chunk
}

func TestAChunkThatSwellsIsRefused(t *testing.T) {
	_, u := packers(t)
	e, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	bomb := sealed(compressed, e.EncodeAll(make([]byte, 64<<20), nil))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if err := u.unpack(bomb, hour, 1); err == nil {
		t.Error("64 MiB were unpacked")
	}
	runtime.ReadMemStats(&after)
	if took := after.TotalAlloc - before.TotalAlloc; took > 16<<20 {
		t.Errorf("it took %d MiB", took>>20)
	}
}

func FuzzUnpack(f *testing.F) {
	p, u := packers(f)
	for _, values := range [][]float64{{1, 2, 3}, {0.25, 1e300, -7}, {}, {5}} {
		var times []stamp
		for i := range values {
			times = append(times, stamp{int64(i) * 15_000, i == 1})
		}
		chunk := p.pack(times, values, values)
		f.Add(chunk[0], chunk[headBytes:])
		body := p.body
		f.Add(byte(plain), slices.Clone(body))
	}
	f.Fuzz(func(t *testing.T, kind byte, body []byte) {
		if len(body) > 1<<16 {
			return
		}
		err := u.unpack(sealed(kind, body), hour, 2)
		times, one, two := u.times, u.columns[0], u.columns[1]
		if err != nil {
			if len(times) > 0 {
				t.Errorf("%d times and an error", len(times))
			}
			return
		}
		if len(one) != len(times) || len(two) != len(times) || len(times) > maxTimes {
			t.Fatalf("%d times, %d and %d values", len(times), len(one), len(two))
		}
		for i, s := range times {
			if s.t < 0 || s.t >= hour || i > 0 && s.t <= times[i-1].t {
				t.Fatalf("time %d is %d", i, s.t)
			}
		}
		b := blob{hours.id(night.UnixMilli(), 1), sealed(kind, body)}
		u.unpackRollups(nil, b, true)
		u.unpackRollups(nil, b, false)
	})
}

func FuzzRow(f *testing.F) {
	f.Add(appendValue(appendValue(appendValue(nil, 1, false, 5), 7, true, -2.25), -4, false, 0.1+0.2))
	f.Fuzz(func(t *testing.T, data []byte) {
		n := 0
		for row := (rowReader{rest: data}); row.next(); n++ {
			row.value()
		}
		if n > len(data)/2 {
			t.Errorf("%d values in %d bytes", n, len(data))
		}
	})
}
