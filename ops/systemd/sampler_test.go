package systemd

import (
	"testing"

	"github.com/diaspote/vigie/ops"
)

// inPodSamples reads real cgroups: one below system.slice, one elsewhere, and units without any.
func inPodSamples(t *testing.T) {
	ctx, m := asked(t)
	s := &Sampler{Manager: m, Names: []string{"web.service", "apart.service", "boom.service", "none.service", "systemd-journald.service"}}
	got := map[string]float64{}
	if err := s.Sample(ctx, func(one ops.Sample) { got[one.Series.String()] = one.Value }); err != nil {
		t.Fatal(err)
	}
	for series, least := range map[string]float64{
		`systemd_unit_active{name="web.service"}`:                         1,
		`systemd_unit_memory_bytes{name="web.service"}`:                   100 << 10,
		`systemd_unit_tasks_current{name="web.service"}`:                  1,
		`systemd_service_restart_total{name="web.service"}`:               0,
		`systemd_unit_memory_bytes{name="apart.service"}`:                 100 << 10,
		`systemd_unit_tasks_current{name="apart.service"}`:                1,
		`systemd_unit_cpu_seconds_total{name="systemd-journald.service"}`: 1e-6,
		`systemd_unit_active{name="boom.service"}`:                        0,
	} {
		if value, ok := got[series]; !ok || value < least {
			t.Errorf("%s is %v (%v), want %v at least", series, value, ok, least)
		}
	}
	for series := range got {
		if series == `systemd_unit_memory_bytes{name="boom.service"}` || series == `systemd_unit_active{name="none.service"}` {
			t.Errorf("there is %s", series)
		}
	}
	if got[`systemd_unit_active{name="boom.service"}`] != 0 {
		t.Error("a unit that does not run is active")
	}
}

func TestSamplesOfNothing(t *testing.T) {
	s := &Sampler{}
	if err := s.Sample(t.Context(), func(ops.Sample) { t.Error("a sample") }); err != nil {
		t.Error(err)
	}
}
