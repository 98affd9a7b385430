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

// An unpacker reads chunks. It may be used from several goroutines.
type unpacker struct{ zstd *zstd.Decoder }

func newUnpacker() (unpacker, error) {
	d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxMemory(maxBody))
	return unpacker{d}, err
}

// unpack adds the times and that many columns of a chunk to what it is given. All times are less than limit.
func (u unpacker) unpack(chunk []byte, limit int64, times []stamp, columns ...*[]float64) ([]stamp, error) {
	if len(chunk) < headBytes || checksum(chunk[headBytes:]) != binary.LittleEndian.Uint32(chunk[1:]) {
		return times, errChunk
	}
	body := chunk[headBytes:]
	if chunk[0] == compressed {
		var err error
		if body, err = u.zstd.DecodeAll(body, nil); err != nil {
			return times, fmt.Errorf("%w: %w", errChunk, err)
		}
	}
	return unpackBody(body, limit, times, columns...)
}

// unpackBody reads what the checksum is of. It trusts nothing all the same.
func unpackBody(body []byte, limit int64, times []stamp, columns ...*[]float64) ([]stamp, error) {
	before := len(times)
	times, body, ok := readTimes(times, body, limit)
	for _, c := range columns {
		if ok {
			*c, body, ok = readColumn(*c, body, len(times)-before)
		}
	}
	if !ok || len(body) > 0 {
		return times[:before], errChunk
	}
	return times, nil
}
