package cachet

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

const (
	perPage   = 100
	mostPages = 500 // of one kind of thing
)

// A page is some of the things of a kind.
type page[T any] struct {
	all          []T
	total, pages int
}

func getPage[T any](ctx context.Context, c *Client, path string, n int) (p page[T], err error) {
	join := "?"
	if strings.Contains(path, "?") {
		join = "&"
	}
	var answer struct {
		Meta struct {
			Pagination struct {
				Total      number `json:"total"`
				TotalPages number `json:"total_pages"`
			} `json:"pagination"`
		} `json:"meta"`
		Data json.RawMessage `json:"data"`
	}
	if err := c.raw(ctx, http.MethodGet, fmt.Sprintf("%s%sper_page=%d&page=%d", path, join, perPage, n), nil, &answer); err != nil {
		return p, err
	}
	p.total, p.pages = int(answer.Meta.Pagination.Total), int(answer.Meta.Pagination.TotalPages)
	return p, c.decode(path, answer.Data, &p.all)
}

// list hands out all of a kind, page by page, until each returns false; it tells how many there are in all.
func list[T any](ctx context.Context, c *Client, path string, each func(one T, total int) (more bool, err error)) error {
	for n := 1; n <= mostPages; n++ {
		p, err := getPage[T](ctx, c, path, n)
		if err != nil {
			return err
		}
		for _, one := range p.all {
			if more, err := each(one, p.total); err != nil || !more {
				return err
			}
		}
		if len(p.all) == 0 || n >= p.pages {
			return nil
		}
	}
	return fmt.Errorf("%s: it has more than %d pages of %s", c, mostPages, path)
}
