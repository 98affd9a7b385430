package web

import (
	"testing"

	"github.com/diaspote/vigie/ops"
	"github.com/diaspote/vigie/ops/kernel"
)

// Every series of this host's kernel has its help.
func TestHelp(t *testing.T) {
	host, err := kernel.New("/proc")
	if err != nil {
		t.Fatal(err)
	}
	help, n := helps(), 0
	sampler := &kernel.Sampler{Host: host, Sys: "/sys"}
	err = sampler.Sample(t.Context(), func(one ops.Sample) {
		n++
		if help.of(one.Series.Name) == "" {
			t.Errorf("%s has no help", one.Series.Name)
		}
	})
	if n == 0 {
		t.Errorf("nothing is measured: %v", err)
	}
}
