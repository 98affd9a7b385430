package xmpp

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"

	"github.com/diaspote/vigie/bot"
)

const nsUpload = "urn:xmpp:http:upload:0"

// maxServices is how many services of a server are asked what they can do.
const maxServices = 20

// A service takes files and hands them out over HTTP (XEP-0363).
type service struct {
	jid string
	max int64 // bytes of a file, 0: it did not say
}

var errNoService = errors.New("the server offers no file upload (XEP-0363)")

// service finds the upload service of the bot's own server. It is remembered for as long as the connection lasts, or until
// the service does not do what it said.
func (s *session) service(ctx context.Context) (service, error) {
	s.mu.Lock()
	known := s.sharing
	s.mu.Unlock()
	if known.jid != "" {
		return known, nil
	}
	found, err := s.findService(ctx)
	if err == nil {
		s.mu.Lock()
		s.sharing = found
		s.mu.Unlock()
	}
	return found, err
}

func (s *session) forgetService() {
	s.mu.Lock()
	s.sharing = service{}
	s.mu.Unlock()
}

// findService asks the server and its services, all at once, for one of them may not answer at all.
func (s *session) findService(ctx context.Context) (service, error) {
	list, err := s.ask(ctx, s.domain, fmt.Sprintf("<query xmlns='%s'/>", nsItems))
	if err != nil {
		return service{}, fmt.Errorf("the server does not tell its services: %w", err)
	}
	candidates := []string{s.domain}
	if query := list.child(nsItems, "query"); query != nil {
		for _, item := range query.nodes {
			if jid := item.attr("jid"); item.is(nsItems, "item") && jid != "" && item.attr("node") == "" && len(candidates) < maxServices {
				candidates = append(candidates, jid)
			}
		}
	}
	whole := ctx
	ctx, stop := context.WithTimeout(ctx, s.chat.pace.upload/3)
	var asking sync.WaitGroup
	defer asking.Wait()
	defer stop()
	type answer struct {
		service
		err error
	}
	answers := make(chan answer, len(candidates))
	for _, jid := range candidates {
		asking.Go(func() {
			info, err := s.ask(ctx, jid, fmt.Sprintf("<query xmlns='%s'/>", nsInfo))
			if err != nil {
				answers <- answer{err: err}
				return
			}
			max, takes := uploadLimit(info)
			if !takes {
				jid = ""
			}
			answers <- answer{service: service{jid, max}}
		})
	}
	for range candidates {
		got := <-answers
		switch {
		case got.jid != "":
			return got.service, nil
		case errors.Is(got.err, bot.ErrOffline), whole.Err() != nil:
			return service{}, got.err
		}
	}
	return service{}, errNoService
}

// uploadLimit tells whether a service takes files, and up to which size in bytes, 0 if it does not say (XEP-0363, section 4).
func uploadLimit(info *node) (max int64, takes bool) {
	query := info.child(nsInfo, "query")
	if query == nil {
		return 0, false
	}
	for _, c := range query.nodes {
		switch {
		case c.is(nsInfo, "feature") && c.attr("var") == nsUpload:
			takes = true
		case c.is(nsForms, "x") && formValue(c, "FORM_TYPE") == nsUpload:
			if n, err := strconv.ParseInt(formValue(c, "max-file-size"), 10, 64); err == nil && n > 0 {
				max = n
			}
		}
	}
	return max, takes
}
