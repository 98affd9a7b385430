package schedule

import (
	"testing"
	"testing/synctest"
	"time"
)

// What a job asks for is a report: its answer is what it is for.
func TestTheAnswerOfAJobIsAReport(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := play(t, "", "UTC", "2026-06-01 04:00:00", nightly, Job{Name: "weekly", At: "0 9 * * 1", Do: "report week"})
		defer s.end()
		s.watch()
		s.pass(6 * time.Hour)
		told := s.heard("info: nightly ran", "info: weekly")
		if len(told) != 2 || told[0].Kind != "job" || told[1].Kind != "report" || told[1].Key != Key("weekly") || told[1].Text != "ok" {
			t.Errorf("told %+v", told)
		}
	})
}
