package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/diaspote/vigie/ops"
	"github.com/diaspote/vigie/ops/pod"
)

// explainNodeInfo explains a NodeInfo document, or the list of them at /.well-known/nodeinfo.
func explainNodeInfo(data []byte, now time.Time) ([]ops.Event, error) {
	var shape struct {
		Links json.RawMessage `json:"links"`
	}
	event := ops.Event{Kind: "nodeinfo", Key: "nodeinfo", At: now}
	if json.Unmarshal(data, &shape) == nil && shape.Links != nil {
		links, err := pod.ParseWellKnown(data)
		if err != nil {
			return []ops.Event{notUnderstood("nodeinfo", string(data), err, now)}, nil
		}
		pairs := make([][2]string, len(links))
		lines := make([]string, len(links))
		for i, l := range links {
			pairs[i] = [2]string{l.Schema, l.Href}
			lines[i] = l.Schema + " " + l.Href
		}
		event.Title, event.Text = "where the pod's NodeInfo is", strings.Join(lines, "\n")
		event.Details = ops.Details{{Name: "links", Value: pairs}}
		return []ops.Event{event}, nil
	}
	info, err := pod.ParseNodeInfo(data)
	if err != nil {
		return []ops.Event{notUnderstood("nodeinfo", string(data), err, now)}, nil
	}
	event.Title = strings.TrimSpace(info.Software + " " + info.Version)
	event.Text = nodeText(info)
	event.Details = ops.Details{
		{Name: "schema", Value: orNull(info.Schema)}, {Name: "software", Value: info.Software}, {Name: "version", Value: orNull(info.Version)},
		{Name: "users_total", Value: info.Users}, {Name: "active_month", Value: info.ActiveMonth}, {Name: "active_halfyear", Value: info.ActiveHalfyear},
		{Name: "local_posts", Value: info.LocalPosts}, {Name: "local_comments", Value: info.LocalComments},
		{Name: "open_registrations", Value: info.OpenRegistrations}, {Name: "node_name", Value: orNull(info.Name)},
	}
	return []ops.Event{event}, nil
}

// nodeText are the lines below the title.
func nodeText(info pod.NodeInfo) string {
	var facts []string
	for _, f := range []struct {
		count *int64
		what  string
	}{{info.Users, "users"}, {info.ActiveMonth, "active this month"}, {info.ActiveHalfyear, "active this half-year"}, {info.LocalPosts, "posts"}, {info.LocalComments, "comments"}} {
		if f.count != nil {
			facts = append(facts, fmt.Sprintf("%d %s", *f.count, f.what))
		}
	}
	if info.OpenRegistrations != nil {
		facts = append(facts, map[bool]string{true: "registrations open", false: "registrations closed"}[*info.OpenRegistrations])
	}
	return strings.TrimLeft(info.Name+"\n"+strings.Join(facts, ", "), "\n")
}

func orNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}
