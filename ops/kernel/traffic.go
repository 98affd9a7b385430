package kernel

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/prometheus/procfs/blockdevice"

	"github.com/diaspote/vigie/ops"
)

// mostDevices bounds the disks, interfaces and sensors of one host: each has series of its own.
const mostDevices = 32

const sector = 512 // bytes; the kernel counts in these whatever the disk has (Documentation/block/stat.rst)

// diskTraffic reads /proc/diskstats of whole disks; what is virtual, and empty or a part of another, does not count.
func (s *Sampler) diskTraffic(to series) error {
	devices, err := blockdevice.NewFS(s.Host.root, s.Sys)
	if err != nil {
		return err
	}
	all, err := devices.ProcDiskstats()
	if err != nil {
		return err
	}
	n := 0
	for _, d := range all {
		if n == mostDevices || !s.wholeDisk(d.DeviceName) {
			continue
		}
		n++
		on := []string{"device", d.DeviceName}
		to.counter("node_disk_read_bytes_total", float64(d.ReadSectors)*sector, on...)
		to.counter("node_disk_written_bytes_total", float64(d.WriteSectors)*sector, on...)
		to.counter("node_disk_reads_completed_total", float64(d.ReadIOs), on...)
		to.counter("node_disk_writes_completed_total", float64(d.WriteIOs), on...)
		to.counter("node_disk_io_time_seconds_total", float64(d.IOsTotalTicks)/1000, on...)
	}
	return nil
}

// wholeDisk tells disks from partitions, which have no entry of their own in /sys/block, and from loop, RAM and
// compressed memory devices.
func (s *Sampler) wholeDisk(name string) bool {
	for _, virtual := range []string{"loop", "ram", "zram", "fd", "sr"} {
		if rest, ok := strings.CutPrefix(name, virtual); ok && rest != "" && rest[0] >= '0' && rest[0] <= '9' {
			return false
		}
	}
	_, err := os.Stat(filepath.Join(s.Sys, "block", strings.ReplaceAll(name, "/", "!")))
	return err == nil
}

// network reads /proc/net/dev. The ends of containers' cables are left out: they come and go under ever new names.
func (s *Sampler) network(to series) error {
	all, err := s.Host.proc.NetDev()
	if err != nil {
		return err
	}
	var names []string
	for name := range all {
		if !strings.HasPrefix(name, "veth") {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names[:min(len(names), mostDevices)] {
		line, on := all[name], []string{"device", name}
		to.counter("node_network_receive_bytes_total", float64(line.RxBytes), on...)
		to.counter("node_network_transmit_bytes_total", float64(line.TxBytes), on...)
		to.counter("node_network_receive_packets_total", float64(line.RxPackets), on...)
		to.counter("node_network_transmit_packets_total", float64(line.TxPackets), on...)
		to.counter("node_network_receive_errs_total", float64(line.RxErrors), on...)
		to.counter("node_network_transmit_errs_total", float64(line.TxErrors), on...)
		to.counter("node_network_receive_drop_total", float64(line.RxDropped), on...)
		to.counter("node_network_transmit_drop_total", float64(line.TxDropped), on...)
	}
	return nil
}

// temperature reads the thermal zones (Documentation/driver-api/thermal/sysfs-api.rst); a host without any has none.
func (s *Sampler) temperature(to series) error {
	zones, err := filepath.Glob(filepath.Join(s.Sys, "class/thermal/thermal_zone[0-9]*"))
	if err != nil {
		return err
	}
	var errs []error
	for _, zone := range zones[:min(len(zones), mostDevices)] {
		kind, err := os.ReadFile(filepath.Join(zone, "type"))
		if err != nil {
			errs = append(errs, err)
			continue
		}
		text, err := os.ReadFile(filepath.Join(zone, "temp"))
		if err != nil {
			continue // a sensor that sleeps answers EINVAL, EAGAIN or ENODATA
		}
		milli, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 32)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		to.gauge("node_thermal_zone_temp", float64(milli)/1000,
			"zone", strings.TrimPrefix(filepath.Base(zone), "thermal_zone"), "type", ops.OneLine(string(kind), 40))
	}
	return errors.Join(errs...)
}
