package mail

import (
	"fmt"

	"github.com/diaspote/vigie/ops/incident"
)

// question asks whether an address is to be subscribed. It holds nothing that whoever asked could have written.
func (m *Mail) question(s incident.Subscriber) *letter {
	w := wordsIn(s.Language)
	return &letter{
		id:      fmt.Sprintf("confirm-%d.%d@%s", s.ID, s.Created.Unix(), hostIn(m.From)),
		subject: fmt.Sprintf(w.confirm, m.Title),
		text:    fmt.Sprintf(w.question, m.Title, m.Links.Confirm(s.ID)),
	}
}
