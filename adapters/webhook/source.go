package webhook

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// A Source is somebody who may post.
type Source struct {
	Path string // where it posts, as "/alertmanager"
	Kind string // one of [Kinds]

	// Secret is a bearer token, the password of any user or "user:password" for basic authentication, or the key of an
	// HMAC over the body: whatever of these the sender can do. Where it writes as to Slack, the secret may also be the last element
	// of the path ("/slack/SECRET") or the parameter token.
	Secret string

	Room string // the room that its events are for; "" for the usual ones
}

// sources are they by path, without a slash at its end.
type sources map[string]Source

func newSources(list []Source) (sources, error) {
	all := make(sources, len(list))
	for _, s := range list {
		op := fmt.Sprintf("webhook %q", s.Path)
		path := strings.TrimSuffix(s.Path, "/")
		_, twice := all[path]
		switch {
		case !strings.HasPrefix(s.Path, "/") || strings.ContainsAny(s.Path, "?# "):
			return nil, fmt.Errorf("%s: %w", op, errors.New("a path begins with / and has no blank, ? or #"))
		case twice:
			return nil, fmt.Errorf("%s: %w", op, errors.New("there are two of that path"))
		case !slices.Contains(Kinds(), s.Kind):
			return nil, fmt.Errorf("%s: no such kind as %q; there are %s", op, s.Kind, strings.Join(Kinds(), ", "))
		case s.Secret == "":
			return nil, fmt.Errorf("%s: %w", op, errors.New("it has no secret, so that anybody could post there"))
		}
		all[path] = s
	}
	return all, nil
}

// find returns the source that a request is for, and the last element of the path if that may be its secret.
func (all sources) find(r *http.Request) (s Source, last string, ok bool) {
	path := r.URL.Path
	if s, ok = all[strings.TrimSuffix(path, "/")]; ok {
		return s, "", true
	}
	cut := strings.LastIndexByte(path, '/')
	if cut < 0 {
		return s, "", false
	}
	if s, ok = all[path[:cut]]; !ok || s.Kind != slack {
		return s, "", false
	}
	return s, path[cut+1:], true
}
