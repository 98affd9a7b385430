package history

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"

	"github.com/klauspost/compress/zstd"
)

// A chunk is a byte that says whether it is compressed, four bytes of a checksum (CRC-32C, little endian) of the
// rest, and the rest: times (times.go) and some columns of one value for each time (column.go), compressed
// (RFC 8878) if that makes it smaller.

const (
	plain      = 0
	compressed = 1
	headBytes  = 5

	// maxTimes bounds what a chunk has and so what a damaged one can take: ten scrapes a second.
	maxTimes = 36_000
	maxBody  = 4 << 20
)

var errChunk = errors.New("it is damaged")

func checksum(b []byte) uint32 { return crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)) }

// A packer makes chunks. It takes 1.3 MB, so it lives no longer than a packing.
type packer struct {
	zstd *zstd.Encoder
	body []byte
	words

	times   []stamp // room to make chunks of
	columns [5][]float64
}

func newPacker() (*packer, error) {
	// What is in a chunk is smaller than any window, and has a checksum already.
	e, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithLowerEncoderMem(true), zstd.WithWindowSize(1<<16),
		zstd.WithSingleSegment(true), zstd.WithEncoderCRC(false))
	return &packer{zstd: e}, err
}

// pack makes a chunk of times, at most maxTimes, and columns as long as they are.
func (p *packer) pack(times []stamp, columns ...[]float64) []byte {
	p.body = appendTimes(p.body[:0], times)
	for _, c := range columns {
		p.body = p.appendColumn(p.body, c)
	}
	chunk := p.zstd.EncodeAll(p.body, append(make([]byte, 0, headBytes+len(p.body)), compressed, 0, 0, 0, 0))
	if len(chunk) >= headBytes+len(p.body) {
		chunk = append(append(chunk[:0], plain, 0, 0, 0, 0), p.body...)
	}
	binary.LittleEndian.PutUint32(chunk[1:], checksum(chunk[headBytes:]))
	return chunk
}

func newDecoder() (*zstd.Decoder, error) {
	return zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxMemory(maxBody))
}

// An unpacker reads chunks, one at a time; it is for one goroutine.
type unpacker struct {
	zstd    *zstd.Decoder // others may use it too
	body    []byte
	times   []stamp // what the last chunk had
	columns [5][]float64
}

// unpack reads the times and that many columns of a chunk. All times are less than limit. With an error there are none.
func (u *unpacker) unpack(chunk []byte, limit int64, columns int) error {
	u.times = u.times[:0]
	if len(chunk) < headBytes || checksum(chunk[headBytes:]) != binary.LittleEndian.Uint32(chunk[1:]) {
		return errChunk
	}
	body := chunk[headBytes:]
	if chunk[0] == compressed {
		var err error
		if u.body, err = u.zstd.DecodeAll(body, u.body[:0]); err != nil {
			return fmt.Errorf("%w: %w", errChunk, err)
		}
		body = u.body
	}
	times, rest, ok := readTimes(u.times, body, limit)
	for k := range columns {
		if ok {
			u.columns[k], rest, ok = readColumn(u.columns[k][:0], rest, len(times))
		}
	}
	if !ok || len(rest) > 0 {
		return errChunk
	}
	u.times = times
	return nil
}
