package graph

import (
	"time"

	"github.com/diaspote/vigie/ops"
)

// A Graph is what is drawn of a range of time. The location of From is the zone of the admins, in which hours
// are written.
type Graph struct {
	Title    string
	From, To time.Time
	Unit     Unit
	Stacked  bool // the series add up; else each is a line of its own

	// Ceiling is where the axis ends if it is known, in Unit: the memory that there is, 100 %. 0 lets the values say.
	// Values above it raise it.
	Ceiling float64
	// Zoom lets the axis begin near the lowest value instead of at zero: for temperatures, or how full a disk is.
	Zoom bool

	Series     []Series // at most 24 are drawn
	Marks      []Mark
	Bands      []Band
	Thresholds []Threshold
}

// A Series is one line, or one layer of a stack.
type Series struct {
	Name   string
	Points []Point // by time

	// Step is how far apart points are; where they are twice as far, the line has a gap. 0 lets the points say: it is
	// the distance that most have.
	Step time.Duration
	// Thin is for what the others are compared with: the same the day or week before, with its points moved to
	// the range of the graph. It is never stacked. The n-th has the colour of the n-th that is not thin, or is white on
	// a stack.
	Thin bool
}

// A Point is the value at a moment or over a step around it, in the graph's Unit. A single sample is its own Min, Avg
// and Max. A point with NaN or an infinity for Avg is as good as none; one for Min or Max is as good as Avg.
type Point struct {
	At            time.Time
	Min, Avg, Max float64
}

// A Mark is something that happened: a restart, an OOM kill, an upgrade, a job. It is a dashed line across the graph.
type Mark struct {
	At       time.Time
	Label    string // "restart diaspora"
	Severity ops.Severity
}

// A Band is something that lasted: an incident. It is a shade behind the lines.
type Band struct {
	From, To time.Time // a zero To is one that still lasts
	Label    string
	Severity ops.Severity
	Planned  bool // work that was announced: a shade of its own, with a bar above it
}

// A Threshold is a value to stay below, or above. It is a dashed line along the graph, which reaches for it unless it
// is more than four times what there is.
type Threshold struct {
	Value    float64 // in the graph's Unit
	Label    string
	Severity ops.Severity
}
