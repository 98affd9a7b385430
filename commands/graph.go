package commands

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/diaspote/vigie/bot"
	"github.com/diaspote/vigie/commands/panel"
	"github.com/diaspote/vigie/ops/graph"
)

// How large pictures are, in pixels: a graph alone, and each of several.
const (
	graphWidth   = 1000
	graphHeight  = 420
	sheetHeight  = 260
	graphColumns = 900 // about as many pixels as the plot is wide
	mostGraphs   = 8   // in one picture
)

// errNoHistory is the answer where nothing is kept.
var errNoHistory = errors.New("nothing is measured here: my config says so, by [history] off")

func (h *Host) graph() *bot.Command {
	return &bot.Command{
		Name: "graph", Usage: "WHAT [RANGE]", MinArgs: 1, MaxArgs: 16, Needs: bot.Reader, Timeout: time.Minute,
		Help: "draws what was measured, and what happened then",
		About: "WHAT is one or several of those that `graph list` shows, a unit, or a series by its name.\n" +
			"RANGE is 24h (the default), 7d, since 03:00, yesterday, 03:00-04:00, a date; alert N, incident N or maintenance N.\n" +
			"With `vs 7d` at the end the same a week before is drawn too; with `as csv` come the values.\n" +
			"`graph link` leads to all of them on the web. In a console, `> FILE.png` at the end writes the picture into a file.",
		Examples: []string{"graph memory", "graph cpu load 7d", "graph diaspora since 03:00", "graph net eth0 yesterday", "graph load 24h vs 7d", "graph memory 7d as csv"},
		Run: func(ctx context.Context, c *bot.Call) error {
			if h.Graphs == nil {
				return errNoHistory
			}
			if len(c.Args) == 1 && strings.EqualFold(c.Args[0], "list") {
				h.listGraphs(c)
				return nil
			}
			if len(c.Args) == 1 && strings.EqualFold(c.Args[0], "link") {
				return h.linkGraphs(c)
			}
			ask, err := h.parseGraph(ctx, c.Args, c.Now())
			if err != nil {
				return fmt.Errorf("graph: %w", err)
			}
			if ask.csv {
				return h.sendCSV(ctx, c, ask)
			}
			picture, text, err := h.draw(ctx, ask, c.Now())
			if err != nil {
				return err
			}
			c.Illustrate(text, picture)
			return nil
		},
	}
}

// A graphAsk is what one asks of graph and stats.
type graphAsk struct {
	panels   []panel.Panel
	from, to time.Time
	back     func(time.Time) time.Time // to what it is compared with; nil for nothing
	compared string                    // how that is called
	csv      bool
	more     int // panels that were asked for, and are not among them
}

// draw makes the picture, and says what there is to see on it; nil where there is nothing.
func (h *Host) draw(ctx context.Context, ask graphAsk, now time.Time) (*bot.Picture, string, error) {
	var graphs []graph.Graph
	var lines []string
	for _, p := range ask.panels {
		g, err := h.Graphs.Graph(ctx, p, ask.from, ask.to, graphColumns)
		if err != nil {
			return nil, "", err
		}
		words, err := h.Graphs.Words(ctx, p, g, now)
		if err != nil {
			return nil, "", err
		}
		if ask.back != nil {
			if err := h.Graphs.Compare(ctx, &g, p, ask.back, ask.compared); err != nil {
				return nil, "", err
			}
		}
		lines = append(lines, words)
		if !empty(g) {
			graphs = append(graphs, g)
		}
	}
	if ask.more > 0 {
		lines = append(lines, fmt.Sprintf("… and %d more: graph list", ask.more))
	}
	text := strings.Join(lines, "\n")
	if len(graphs) == 0 {
		return nil, text, nil
	}
	picture, err := sheet(graphs)
	if err != nil {
		return nil, "", err
	}
	picture.Name = fileName(ask.panels) + ".png"
	if h.GraphLink != nil {
		picture.Link = h.GraphLink()
	}
	return picture, text, nil
}

// empty tells whether nothing was measured that could be seen on a graph.
func empty(g graph.Graph) bool {
	return !slices.ContainsFunc(g.Series, func(s graph.Series) bool {
		return slices.ContainsFunc(s.Points, func(p graph.Point) bool { return !math.IsNaN(p.Avg) })
	})
}

// sheet is the picture of graphs below each other.
func sheet(graphs []graph.Graph) (*bot.Picture, error) {
	height := graphHeight
	if len(graphs) > 1 {
		height = sheetHeight
	}
	data, err := graph.Sheet(graphs, graphWidth, height)
	if err != nil {
		return nil, err
	}
	return &bot.Picture{
		Type: "image/png", Data: data, Width: graphWidth, Height: height * len(graphs),
		Draw: func(columns int) string {
			var drawn []string
			for _, g := range graphs {
				drawn = append(drawn, g.Text(columns))
			}
			return strings.Join(drawn, "\n\n")
		},
	}, nil
}

// fileName is made of the names of panels.
func fileName(panels []panel.Panel) string {
	var names []string
	for _, p := range panels[:min(len(panels), 3)] {
		names = append(names, strings.Map(func(r rune) rune {
			if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-' || r == '_' {
				return r
			}
			return '-'
		}, strings.ToLower(p.Name)))
	}
	return bot.Clip(strings.Join(names, "-"), 60)
}

// linkGraphs tells where the graphs are on the web.
func (h *Host) linkGraphs(c *bot.Call) error {
	if h.GraphLink == nil {
		return errors.New("graph link: my graphs are not on the web; add [web] to my config")
	}
	c.Say(h.GraphLink() + "\nFor a day, for whoever has it: do not pass it on.")
	return nil
}

// listGraphs says what can be drawn.
func (h *Host) listGraphs(c *bot.Call) {
	var rows [][]string
	var units []string
	for _, p := range h.Graphs.All() {
		switch {
		case p.About != "":
			rows = append(rows, []string{p.Name, p.About})
		case !strings.Contains(p.Name, ":"):
			units = append(units, p.Name)
		}
	}
	if len(rows) == 0 {
		c.Say("Nothing was measured yet; the first samples come within a minute.")
		return
	}
	text := "The history begins " + clock(h.Graphs.Begin(), c.Now()) + "."
	if len(units) > 0 {
		text += "\nUnits: " + strings.Join(units, ", ")
	}
	c.Show(text, table(rows))
}
