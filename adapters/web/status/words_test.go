package status

import (
	"fmt"
	"math"
	"reflect"
	"testing"
	"time"

	"github.com/diaspote/vigie/adapters/web/visitor"
)

// TestWords has each language say all there is to say.
func TestWords(t *testing.T) {
	for _, w := range languages() {
		v := reflect.ValueOf(*w)
		for n := range v.NumField() {
			f, name := v.Field(n), v.Type().Field(n).Name
			if f.IsZero() {
				t.Errorf("%s has no %s", w.Lang, name)
			}
			for i := 0; f.Kind() == reflect.Array && i < f.Len(); i++ {
				if f.Index(i).IsZero() && (name != "Statuses" || i > 0) {
					t.Errorf("%s has no %s %d", w.Lang, name, i)
				}
			}
		}
	}
}

func TestFigures(t *testing.T) {
	zone, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	sao, err := time.LoadLocation("America/Sao_Paulo")
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 8, 1, 9, 5, 30, 0, zone)
	en, fr := languages()[0], languages()[1]
	words := func(s span) string { return s.From.Text + " – " + s.To.Text }
	for n, test := range []struct{ got, want string }{
		{en.percent(1), "100" + thin + "%"}, {fr.percent(0.99984), "99,98" + thin + "%"}, {en.percent(0.99999), "99.99" + thin + "%"}, {fr.percent(0.995), "99,5" + thin + "%"},
		{en.percent(0), "0" + thin + "%"}, {fr.percent(0.0005), "0,05" + thin + "%"}, {en.percent(0.9), "90" + thin + "%"}, {en.up(math.NaN()), "no figures yet"},
		{en.long(29 * time.Second), "less than a minute"}, {fr.long(0), "moins d’une minute"}, {en.long(time.Hour + 12*time.Minute), "1" + hard + "h" + hard + "12" + hard + "min"},
		{fr.long(50 * time.Hour), "2" + hard + "j" + hard + "2" + hard + "h"}, {en.long(59*time.Minute + 40*time.Second), "1" + hard + "h"},
		{en.moment(at).Text, "1 August 2026, 09:05" + hard + "CEST"}, {fr.moment(at).Text, "1er" + hard + "août 2026, 9" + hard + "h" + hard + "05" + hard + "CEST"},
		{en.moment(at).ISO, "2026-08-01T09:05+02:00"}, {en.moment(at.In(sao)).Text, "1 August 2026, 04:05" + hard + "UTC−3"}, {fr.Weekday(at), "samedi 1er" + hard + "août"},
		{fr.Short(at.AddDate(0, 0, 1)), "2" + hard + "août"}, {en.Short(at), "1 Aug"},
		{words(en.span(at, at.Add(time.Hour))), "1 August 2026, 09:05 – 10:05" + hard + "CEST"}, {words(en.hours(at, at.Add(time.Hour))), "09:05 – 10:05" + hard + "CEST"},
		{words(en.span(at, at.Add(24*time.Hour))), "1 August 2026, 09:05 – 2 August 2026, 09:05" + hard + "CEST"},
		{words(en.span(time.Date(2026, 10, 25, 0, 30, 0, 0, zone), time.Date(2026, 10, 25, 4, 0, 0, 0, zone))),
			"25 October 2026, 00:30" + hard + "CEST – 25 October 2026, 04:00" + hard + "CET"},
		{fr.Affected(1), "1" + hard + "service est touché"}, {fr.Affected(2), "2" + hard + "services sont touchés"}, {en.DaysBad(1), "trouble on 1 of 90 days"},
		{fmt.Sprint(visitor.Quality("q=0.85"), visitor.Quality("q=1"), visitor.Quality(""), visitor.Quality("q=2"), visitor.Quality("q=0.1234")), "850 1000 1000 0 123"},
	} {
		if test.got != test.want {
			t.Errorf("%d: %q, want %q", n, test.got, test.want)
		}
	}
}
