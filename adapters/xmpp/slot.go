package xmpp

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Bounds of what a slot may hold, in bytes.
const (
	maxURL    = 2000
	maxHeader = 8 << 10
)

// A slot is where one file is put, and where it can be had then. Both are what the server says, checked.
type slot struct {
	put, get string
	header   http.Header
}

// askSlot asks the service for a slot (XEP-0363, section 5).
func (s *session) askSlot(ctx context.Context, to service, name, kind string, size int) (slot, error) {
	answer, err := s.ask(ctx, to.jid, fmt.Sprintf("<request xmlns='%s' filename='%s' size='%d' content-type='%s'/>",
		nsUpload, escape(name), size, escape(kind)))
	if err != nil {
		if max, known := tooLarge(err); known {
			return slot{}, errTooLarge(max)
		}
		return slot{}, fmt.Errorf("the upload service says %w", err)
	}
	got, err := readSlot(answer)
	if err != nil {
		return slot{}, fmt.Errorf("the upload service gave no proper slot: %w", err)
	}
	return got, nil
}

// tooLarge tells whether the service refused a file for its size, and what it takes at most, 0 if it does not say.
func tooLarge(err error) (max int64, yes bool) {
	var refused *refusal
	if !errors.As(err, &refused) {
		return 0, false
	}
	e := refused.answer.child(nsClient, "error")
	if e == nil || e.child(nsUpload, "file-too-large") == nil {
		return 0, false
	}
	if limit := e.child(nsUpload, "file-too-large").child(nsUpload, "max-file-size"); limit != nil {
		max, _ = strconv.ParseInt(limit.text, 10, 64)
	}
	return max, true
}

// errTooLarge says that a service takes no file of more than max bytes.
func errTooLarge(max int64) error {
	if max <= 0 {
		return errors.New("it is too large for the upload service")
	}
	return fmt.Errorf("the upload service refuses files over %s", size(max))
}

// size is a number of bytes as people read it.
func size(n int64) string {
	switch {
	case n < 1<<10:
		return fmt.Sprintf("%d bytes", n)
	case n < 10<<20:
		return fmt.Sprintf("%d KiB", n>>10)
	}
	return fmt.Sprintf("%d MiB", n>>20)
}

// readSlot takes a slot out of the answer to a request. Of the headers it keeps the three that a service may ask for
// (section 5: all others must be ignored, and no value may hold a line end).
func readSlot(answer *node) (slot, error) {
	n := answer.child(nsUpload, "slot")
	if n == nil {
		return slot{}, errors.New("there is none in its answer")
	}
	put, get := n.child(nsUpload, "put"), n.child(nsUpload, "get")
	if put == nil || get == nil {
		return slot{}, errors.New("an address is missing")
	}
	s := slot{put: put.attr("url"), get: get.attr("url"), header: make(http.Header)}
	for _, address := range []string{s.put, s.get} {
		if err := checkURL(address); err != nil {
			return slot{}, err
		}
	}
	taken := 0
	for _, h := range put.nodes {
		name := http.CanonicalHeaderKey(oneWord(h.attr("name")))
		if !h.is(nsUpload, "header") || !slices.Contains([]string{"Authorization", "Cookie", "Expires"}, name) {
			continue
		}
		value := strings.TrimSpace(oneWord(h.text))
		if taken += len(value); taken > maxHeader {
			return slot{}, errors.New("its headers are too long")
		}
		s.header.Add(name, value)
	}
	return s, nil
}

// oneWord leaves out line ends and other control characters, and what is not ASCII.
func oneWord(s string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x20 || r > 0x7e {
			return -1
		}
		return r
	}, s)
}

// checkURL tells why an address is not one to send a file to, or to send on to a room.
func checkURL(address string) error {
	if len(address) > maxURL {
		return fmt.Errorf("an address has %d bytes; at most %d are taken", len(address), maxURL)
	}
	if strings.ContainsFunc(address, func(r rune) bool { return r <= ' ' || r > 0x7e || strings.ContainsRune("<>\"\\^`{|}", r) }) {
		return errors.New("an address has characters that no address has")
	}
	u, err := url.Parse(address)
	switch {
	case err != nil:
		return errors.New("an address is none")
	case u.Scheme != "https":
		return fmt.Errorf("an address is not https:// but %q", clip(u.Scheme, 20))
	case u.Hostname() == "" || u.User != nil || u.Opaque != "":
		return errors.New("an address names no host, or a user")
	}
	return nil
}
