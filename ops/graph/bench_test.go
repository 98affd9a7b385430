package graph

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// BenchmarkPNG draws what is drawn most, four stacked series of a day at 15 s with three marks, beside rrdtool as a
// process on the same data.
func BenchmarkPNG(b *testing.B) {
	g := memoryDay(b)
	b.Run("here", func(b *testing.B) {
		b.ReportAllocs()
		size, before := 0, cpu(b, syscall.RUSAGE_SELF)
		for b.Loop() {
			data, err := g.PNG(1000, 420)
			if err != nil {
				b.Fatal(err)
			}
			size = len(data)
		}
		b.ReportMetric(float64(size), "B/picture")
		b.ReportMetric((cpu(b, syscall.RUSAGE_SELF)-before)/float64(b.N), "cpu-ms/op")
	})
	b.Run("rrdtool", func(b *testing.B) {
		rrdtool, err := exec.LookPath("rrdtool")
		if err != nil {
			b.Skip("rrdtool is not installed: nothing to compare with")
		}
		dir := b.TempDir()
		file, picture := filepath.Join(dir, "day.rrd"), filepath.Join(dir, "day.png")
		fill(b, rrdtool, file, g)
		args := []string{"graph", picture, "--imgformat", "PNG", "--full-size-mode", "--width", "1000", "--height", "420", "--base", "1024",
			"--start", fmt.Sprint(g.From.Unix()), "--end", fmt.Sprint(g.To.Unix())}
		for i, s := range g.Series {
			args = append(args, fmt.Sprintf("DEF:s%d=%s:s%d:AVERAGE", i, file, i),
				fmt.Sprintf("AREA:s%d#%06x:%s:STACK", i, 0x4080c0+i*0x201000, s.Name), fmt.Sprintf("GPRINT:s%d:LAST:%%.1lf %%s", i))
		}
		for _, m := range g.Marks {
			args = append(args, fmt.Sprintf("VRULE:%d#ff4040:%s:dashes", m.At.Unix(), strings.ReplaceAll(m.Label, ":", `\:`)))
		}
		before := cpu(b, syscall.RUSAGE_CHILDREN)
		b.ResetTimer()
		for b.Loop() {
			if out, err := exec.Command(rrdtool, args...).CombinedOutput(); err != nil {
				b.Fatalf("rrdtool graph: %v: %s", err, out)
			}
		}
		info, err := os.Stat(picture)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(info.Size()), "B/picture")
		b.ReportMetric((cpu(b, syscall.RUSAGE_CHILDREN)-before)/float64(b.N), "cpu-ms/op")
	})
}

// cpu is what this process or the ones it waited for took of a processor, in milliseconds: on a machine that others use
// too it says more than the clock.
func cpu(b *testing.B, who int) float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(who, &u); err != nil {
		b.Fatal(err)
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e6
}

// fill makes a file of rrdtool that holds the series of g, at 15 s.
func fill(b *testing.B, rrdtool, file string, g Graph) {
	args := []string{"create", file, "--start", fmt.Sprint(g.From.Unix() - 15), "--step", "15"}
	for i := range g.Series {
		args = append(args, fmt.Sprintf("DS:s%d:GAUGE:60:U:U", i))
	}
	args = append(args, "RRA:AVERAGE:0.5:1:5800")
	if out, err := exec.Command(rrdtool, args...).CombinedOutput(); err != nil {
		b.Fatalf("rrdtool create: %v: %s", err, out)
	}
	args = []string{"update", file}
	for i, p := range g.Series[0].Points {
		update := fmt.Sprint(p.At.Unix())
		for _, s := range g.Series {
			update += fmt.Sprintf(":%.0f", s.Points[i].Avg)
		}
		args = append(args, update)
	}
	if out, err := exec.Command(rrdtool, args...).CombinedOutput(); err != nil {
		b.Fatalf("rrdtool update: %v: %s", err, out)
	}
}

func BenchmarkText(b *testing.B) {
	g := memoryDay(b)
	b.ReportAllocs()
	for b.Loop() {
		g.Text(80)
	}
}
