package pod

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode"
)

// A Link is an entry of /.well-known/nodeinfo: where the document of one schema is.
type Link struct {
	Schema string // version of the schema: "2.0"
	Href   string // as written, relative maybe
}

// schemaNames is what the rel of a NodeInfo link begins with.
const schemaNames = "://nodeinfo.diaspora.software/ns/schema/"

// ParseWellKnown reads a /.well-known/nodeinfo document (a JRD, RFC 6415): its links to NodeInfo of
// schema versions 1 and 2, in their order. There is at least one if there is no error.
func ParseWellKnown(data []byte) ([]Link, error) {
	doc, err := parseObject(data)
	if err != nil {
		return nil, err
	}
	list, ok := doc["links"].([]any)
	if !ok {
		return nil, errors.New("its links are not a list")
	}
	var links []Link
	for _, l := range list {
		link := object(l)
		rel, _ := link["rel"].(string)
		href, _ := link["href"].(string)
		scheme, schema, named := strings.Cut(strings.TrimSuffix(rel, "/"), schemaNames)
		if named && (scheme == "http" || scheme == "https") && href != "" && rank(schema) > 0 {
			links = append(links, Link{schema, href})
		}
	}
	if len(links) == 0 {
		return nil, errors.New("it has no link to a NodeInfo of version 1 or 2")
	}
	return links, nil
}

// best is the link of the highest version.
func best(links []Link) Link {
	var top Link
	for _, l := range links {
		if rank(l.Schema) > rank(top.Schema) {
			top = l
		}
	}
	return top
}

// rank orders versions of the schema: 1.0, 1.1, 2.0 and whatever minor version of 2 comes yet, which
// only adds to it. It is 0 for what is none of these.
func rank(schema string) int {
	major, minor, ok := strings.Cut(schema, ".")
	n, err := strconv.ParseUint(minor, 10, 8)
	if !ok || err != nil {
		return 0
	}
	switch major {
	case "1":
		return 1 + int(n)
	case "2":
		return 1000 + int(n)
	}
	return 0
}

// ParseNodeInfo reads a NodeInfo document of schema versions 1 and 2. It is lenient, as pods are with
// the schema: numbers may be strings, empty objects may be lists (PHP writes them so), and whole parts
// may be missing. A count that is negative, broken or no number counts as not told.
func ParseNodeInfo(data []byte) (NodeInfo, error) {
	doc, err := parseObject(data)
	if err != nil {
		return NodeInfo{}, err
	}
	software := object(doc["software"])
	usage := object(doc["usage"])
	users := object(usage["users"])
	info := NodeInfo{
		Schema:            text(doc["version"]),
		Software:          text(software["name"]),
		Version:           text(software["version"]),
		Name:              text(object(doc["metadata"])["nodeName"]),
		Users:             count(users["total"]),
		ActiveMonth:       count(users["activeMonth"]),
		ActiveHalfyear:    count(users["activeHalfyear"]),
		LocalPosts:        count(usage["localPosts"]),
		LocalComments:     count(usage["localComments"]),
		OpenRegistrations: truth(doc["openRegistrations"]),
	}
	if info.Software == "" {
		return NodeInfo{}, errors.New("not a NodeInfo document: it names no software")
	}
	return info, nil
}

func parseObject(data []byte) (map[string]any, error) {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if trimmed := bytes.TrimSpace(data); len(trimmed) == 0 {
		return nil, errors.New("the answer is empty")
	} else if trimmed[0] == '<' {
		return nil, errors.New("the answer is a web page, not JSON")
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, fmt.Errorf("the answer is not JSON (at byte %d)", d.InputOffset())
	}
	doc, ok := v.(map[string]any)
	if !ok {
		return nil, errors.New("the JSON is not an object")
	}
	return doc, nil
}

func object(v any) map[string]any {
	o, _ := v.(map[string]any)
	return o
}

func text(v any) string {
	switch v := v.(type) {
	case string:
		return clean(v)
	case json.Number: // "version": 2.0
		return clean(v.String())
	}
	return ""
}

// count reads a number of something: whole or not, in quotes or not.
func count(v any) *int64 {
	var digits string
	switch v := v.(type) {
	case json.Number:
		digits = v.String()
	case string:
		digits = strings.TrimSpace(v)
	}
	f, err := strconv.ParseFloat(digits, 64)
	if err != nil || math.IsNaN(f) || f < 0 || f >= 1<<53 { // past that, a float has no exact numbers
		return nil
	}
	n := int64(f)
	return &n
}

func truth(v any) *bool {
	var b bool
	switch v := v.(type) {
	case bool:
		b = v
	case string:
		parsed, err := strconv.ParseBool(strings.ToLower(v))
		if err != nil {
			return nil
		}
		b = parsed
	case json.Number:
		b = v.String() != "0"
	default:
		return nil
	}
	return &b
}

// clean makes text of a stranger fit to show: one line of at most 100 characters, without control
// characters and marks that turn the direction of writing.
func clean(s string) string {
	s = strings.Map(func(r rune) rune {
		const joiner = '\u200d' // holds emoji together
		switch {
		case unicode.IsSpace(r):
			return ' '
		case !unicode.IsPrint(r) && r != joiner || r == unicode.ReplacementChar:
			return -1
		}
		return r
	}, s)
	s = strings.Join(strings.Fields(s), " ")
	if runes := []rune(s); len(runes) > 100 {
		s = string(runes[:99]) + "…"
	}
	return s
}
