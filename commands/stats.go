package commands

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/diaspote/vigie/bot"
	"github.com/diaspote/vigie/ops/graph"
)

// statsColumns is how finely the history is read for figures.
const statsColumns = 5000

func (h *Host) stats() *bot.Command {
	return &bot.Command{
		Name: "stats", Usage: "WHAT [RANGE]", MinArgs: 1, MaxArgs: 16, Needs: bot.Reader, Timeout: time.Minute,
		Help:     "lowest, average, highest and last of what was measured",
		About:    "WHAT and RANGE are those of graph. 95 % of the time a value is not above the one in that column.",
		Examples: []string{"stats memory 7d", "stats net since 03:00"},
		Run: func(ctx context.Context, c *bot.Call) error {
			if h.Graphs == nil {
				return errNoHistory
			}
			ask, err := h.parseGraph(ctx, c.Args, c.Now())
			if err != nil {
				return fmt.Errorf("stats: %w", err)
			}
			if ask.csv || ask.back != nil {
				return errors.New("stats: it takes neither vs nor as csv; those go with graph")
			}
			rows := [][]string{{"", "MIN", "AVERAGE", "MAX", "95 %", "LAST"}}
			for _, p := range ask.panels {
				g, err := h.Graphs.Graph(ctx, p, ask.from, ask.to, statsColumns)
				if err != nil {
					return err
				}
				for _, s := range g.Series {
					rows = append(rows, statsRow(g, s, len(g.Series) > 1))
				}
			}
			c.Show(fmt.Sprintf("From %s to %s:", clock(ask.from, c.Now()), clock(ask.to, c.Now())), table(rows))
			return nil
		},
	}
}

// statsRow is a line of the table; where a graph has several lines, each is named.
func statsRow(g graph.Graph, s graph.Series, several bool) []string {
	name := g.Title
	if several {
		name += " " + s.Name
	}
	f := s.Figures()
	row := []string{name}
	for _, v := range []float64{f.Min, f.Avg, f.Max, f.P95, f.Last} {
		row = append(row, g.Unit.Format(v))
	}
	return row
}

// csvLines is how many lines of the values are shown to who cannot be sent a file.
const csvLines = 30

// sendCSV sends the values as a file: the time, and a column for each line, in base units.
func (h *Host) sendCSV(ctx context.Context, c *bot.Call, ask graphAsk) error {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	for _, p := range ask.panels {
		g, err := h.Graphs.Graph(ctx, p, ask.from, ask.to, graphColumns)
		if err != nil {
			return err
		}
		if len(g.Series) == 0 {
			continue
		}
		head := []string{"time"}
		for _, s := range g.Series {
			head = append(head, cell(fmt.Sprintf("%s %s (%s)", g.Title, s.Name, g.Unit)))
		}
		w.Write(head)
		for i, at := range g.Series[0].Points {
			row, any := []string{at.At.In(ask.from.Location()).Format(time.RFC3339)}, false
			for _, s := range g.Series {
				row, any = append(row, value(s.Points[i].Avg)), any || !math.IsNaN(s.Points[i].Avg)
			}
			if any { // a gap has no lines
				w.Write(row)
			}
		}
	}
	w.Flush()
	text := b.String()
	c.Illustrate("the values as CSV", &bot.Picture{
		Name: fileName(ask.panels) + ".csv", Type: "text/csv", Data: b.Bytes(),
		Draw: func(int) string {
			lines := strings.SplitAfter(text, "\n")
			if len(lines) > csvLines {
				lines = append(lines[:csvLines], fmt.Sprintf("… and %d more", len(lines)-csvLines))
			}
			return strings.Join(lines, "")
		},
	})
	return w.Error()
}

// value is a number, nothing for a gap.
func value(v float64) string {
	if math.IsNaN(v) {
		return ""
	}
	if m := math.Abs(v); m >= 1e-6 && m < 1e15 {
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return strconv.FormatFloat(v, 'g', -1, 64)
}

// cell keeps a name from being taken for a formula by a spreadsheet.
func cell(name string) string {
	if name != "" && strings.ContainsRune("=+-@\t\r", rune(name[0])) {
		return "'" + name
	}
	return name
}
