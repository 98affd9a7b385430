package config

import (
	"sort"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"
)

// A lineIndex tells on which line of a TOML document a key or an element of a list stands. Elements
// go by their number: join(join("pod", "units"), "0").
type lineIndex map[string]int

// maxDepth is deeper than any key of ours. Below it a place is that of the table above, so that a file
// of nothing but brackets or dots does not make an index of gigabytes.
const maxDepth = 8

// join is the place of a key within a table. NUL parts them, as it is rare in a key.
func join(place, key string) string {
	if strings.Count(place, "\x00") == maxDepth {
		return place
	}
	return place + "\x00" + key
}

// An indexer fills a lineIndex.
type indexer struct {
	index    lineIndex
	newlines []int          // their offsets in the document
	elements map[string]int // how many [[tables]] there were, by place
}

// indexLines reads a document that is known to be valid.
func indexLines(doc []byte) lineIndex {
	x := indexer{index: lineIndex{}, elements: map[string]int{}}
	for i, b := range doc {
		if b == '\n' {
			x.newlines = append(x.newlines, i)
		}
	}
	var p unstable.Parser
	p.Reset(doc)
	table := ""
	for p.NextExpression() {
		switch e := p.Expression(); e.Kind {
		case unstable.Table, unstable.ArrayTable:
			table = x.header(e)
		case unstable.KeyValue:
			x.keyValue(table, e)
		}
	}
	return x.index
}

// header notes a [table] or a [[table]] and returns its place.
func (x *indexer) header(e *unstable.Node) string {
	place := ""
	for key := e.Key(); key.Next(); {
		place = join(place, string(key.Node().Data))
		line := x.line(key.Node().Raw)
		x.note(place, line)
		if e.Kind == unstable.ArrayTable && key.IsLast() {
			x.elements[place]++
		}
		if n := x.elements[place]; n > 0 { // [unit.x] is about the last [[unit]]
			place = join(place, strconv.Itoa(n-1))
			x.note(place, line)
		}
	}
	return place
}

func (x *indexer) keyValue(table string, e *unstable.Node) {
	place, line := table, 0
	for key := e.Key(); key.Next(); {
		place = join(place, string(key.Node().Data))
		line = x.line(key.Node().Raw)
		x.note(place, line)
	}
	x.value(place, line, e.Value())
}

func (x *indexer) value(place string, line int, v *unstable.Node) {
	switch v.Kind {
	case unstable.InlineTable:
		for child := v.Children(); child.Next(); {
			x.keyValue(place, child.Node())
		}
	case unstable.Array:
		i := 0
		for child := v.Children(); child.Next(); i++ {
			if raw := rangeOf(child.Node()); raw.Length > 0 {
				line = x.line(raw)
			}
			element := join(place, strconv.Itoa(i))
			x.note(element, line)
			x.value(element, line, child.Node())
		}
	}
}

// note keeps the first line: a table may be gone on with further down.
func (x *indexer) note(place string, line int) {
	if _, seen := x.index[place]; !seen {
		x.index[place] = line
	}
}

// rangeOf is where a value is, or for a list or a table, which do not know, the first thing in it.
func rangeOf(v *unstable.Node) unstable.Range {
	for v.Raw.Length == 0 && v.Child() != nil {
		v = v.Child()
	}
	return v.Raw
}

func (x *indexer) line(r unstable.Range) int {
	return 1 + sort.SearchInts(x.newlines, int(r.Offset))
}
