package kernel

import (
	"errors"

	"github.com/prometheus/procfs"
)

// Memory is the memory of a host, in bytes (proc_meminfo(5)).
type Memory struct {
	Total     uint64
	Available uint64 // what programs can still get without swapping: MemAvailable
	SwapTotal uint64 // 0 where there is no swap
	SwapFree  uint64

	Estimated bool // Available is ours, because the kernel (before 3.14) does not tell it
}

// Used is what programs and the kernel hold and cannot be made to give back, in bytes.
func (m Memory) Used() uint64 { return m.Total - min(m.Available, m.Total) }

// SwapUsed is the swap in use, in bytes.
func (m Memory) SwapUsed() uint64 { return m.SwapTotal - min(m.SwapFree, m.SwapTotal) }

// Memory reads /proc/meminfo alone.
func (h *Host) Memory() (*Memory, error) {
	info, err := h.proc.Meminfo()
	if err != nil {
		return nil, err
	}
	return h.memory(info)
}

func (h *Host) memory(info procfs.Meminfo) (*Memory, error) {
	if info.MemTotalBytes == nil || info.MemFreeBytes == nil {
		return nil, errors.New("no MemTotal and MemFree in /proc/meminfo")
	}
	m := &Memory{
		Total:     *info.MemTotalBytes,
		SwapTotal: value(info.SwapTotalBytes),
		SwapFree:  value(info.SwapFreeBytes),
	}
	if info.MemAvailableBytes != nil {
		m.Available = *info.MemAvailableBytes
		return m, nil
	}
	m.Estimated = true
	m.Available = estimateAvailable(info, h.lowWatermark())
	return m, nil
}

// estimateAvailable says what MemAvailable would, after the kernel's own reckoning (si_mem_available,
// commit 34e431b0ae39): free memory, and of the page cache and the reclaimable slabs what is over half
// or over the low watermark, at which the kernel begins to reclaim.
func estimateAvailable(info procfs.Meminfo, low uint64) uint64 {
	cache := value(info.ActiveFileBytes) + value(info.InactiveFileBytes)
	slab := value(info.SReclaimableBytes)
	available := value(info.MemFreeBytes) + cache - min(cache/2, low) + slab - min(slab/2, low)
	return available - min(low, available)
}

// lowWatermark is the sum of the zones' low watermarks in bytes: 5/4 of vm.min_free_kbytes
// (the kernel's Documentation/admin-guide/sysctl/vm.rst), 0 where that cannot be read.
func (h *Host) lowWatermark() uint64 {
	v, err := h.proc.SysctlInts("vm.min_free_kbytes")
	if err != nil || len(v) == 0 || v[0] < 0 {
		return 0
	}
	return uint64(v[0]) * 1024 / 4 * 5
}

func value(p *uint64) uint64 {
	if p == nil {
		return 0
	}
	return *p
}
