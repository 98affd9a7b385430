package cachet

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// What one page of a list has.
const (
	perPage      = 20
	mostPerPage  = 10_000
	mostStranger = 200 // what a stranger makes the bot read and hold
)

// A page says which part of a list is wanted.
type page struct{ number, size int }

// page is what was asked for. What makes no sense is the default, as in Laravel.
func (c *call) page() page {
	most := mostPerPage
	if !c.trusted {
		most = mostStranger
	}
	p := page{1, perPage}
	if n, ok := whole(c.in.all["per_page"].text); ok && n > 0 {
		p.size = min(n, most)
	}
	if n, ok := whole(c.in.all["page"].text); ok && n > 0 {
		p.number = min(n, 1_000_000)
	}
	return p
}

func (p page) offset() int64 { return int64(p.number-1) * int64(p.size) }

// A pagination is the meta of a list.
type pagination struct {
	Total       int   `json:"total"`
	Count       int   `json:"count"`
	PerPage     int   `json:"per_page"`
	CurrentPage int   `json:"current_page"`
	TotalPages  int   `json:"total_pages"`
	Links       links `json:"links"`
}

type links struct {
	Next     *string `json:"next_page"`
	Previous *string `json:"previous_page"`
}

// listed is the answer with one page of a list.
func listed[T any](a *API, c *call, p page, all []T, total int) answer {
	meta := pagination{Total: total, Count: len(all), PerPage: p.size, CurrentPage: p.number, TotalPages: max(1, (total+p.size-1)/p.size)}
	if p.number < meta.TotalPages {
		meta.Links.Next = a.pageLink(c, p.number+1)
	}
	if p.number > 1 {
		meta.Links.Previous = a.pageLink(c, p.number-1)
	}
	if all == nil {
		all = []T{}
	}
	return answer{Meta: map[string]pagination{"pagination": meta}, Data: all}
}

func (a *API) pageLink(c *call, number int) *string {
	query := c.URL.Query()
	query.Set("page", strconv.Itoa(number))
	s := a.Base + (&url.URL{Path: c.URL.Path, RawQuery: query.Encode()}).String()
	return &s
}

// A column is something that a list can be filtered or sorted by.
type column[T any] struct {
	name   string
	of     func(*T) any // an int64, a string or a bool
	sorted bool
}

// part is the answer with the part of a list that is wanted.
func part[T any](a *API, c *call, all []T, columns []column[T]) answer {
	all = slices.DeleteFunc(slices.Clone(all), func(one T) bool {
		return slices.ContainsFunc(columns, func(col column[T]) bool {
			wanted, ok := c.filter(col.name)
			return ok && !matches(col.of(&one), wanted)
		})
	})
	if by, down := c.order(); by != "" {
		for _, col := range columns {
			if col.name != by || !col.sorted {
				continue
			}
			slices.SortStableFunc(all, func(a, b T) int {
				if down {
					a, b = b, a
				}
				return compare(col.of(&a), col.of(&b))
			})
		}
	}
	p := c.page()
	first := int(min(p.offset(), int64(len(all))))
	return listed(a, c, p, all[first:min(first+p.size, len(all))], len(all))
}

// filter is what a column has to be; ok is false if that does not matter. The name order means which way is up.
func (c *call) filter(name string) (wanted string, ok bool) {
	one, ok := c.in.given(name)
	return one.text, ok && !one.list && one.text != "" && name != "order"
}

// order is what to sort by, "" for nothing.
func (c *call) order() (by string, down bool) {
	return c.in.all["sort"].text, strings.EqualFold(c.in.all["order"].text, "desc")
}

// matches tells whether a value is exactly the one that is wanted.
func matches(value any, wanted string) bool {
	switch v := value.(type) {
	case int64:
		n, err := strconv.ParseInt(wanted, 10, 64)
		if yes, ok := truth(wanted); err != nil && ok { // visible=true
			return v == 1 == yes
		}
		return err == nil && n == v
	case bool:
		yes, ok := truth(wanted)
		return ok && yes == v
	}
	return value == wanted
}

func compare(a, b any) int {
	switch a := a.(type) {
	case int64:
		return cmp.Compare(a, b.(int64))
	case bool:
		n := map[bool]int{true: 1}
		return n[a] - n[b.(bool)]
	case string:
		return strings.Compare(a, b.(string))
	}
	return 0
}

// number is one that is part of the address, of a thing that there may be.
func (c *call) number(name string) (int64, error) {
	s := c.PathValue(name)
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n <= 0 || s[0] == '+' {
		return 0, missing
	}
	return n, nil
}
