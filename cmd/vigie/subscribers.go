package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/diaspote/vigie/adapters/mail"
	"github.com/diaspote/vigie/adapters/web/status"
	"github.com/diaspote/vigie/adapters/web/subscribe"
	"github.com/diaspote/vigie/adapters/webhook"
	"github.com/diaspote/vigie/bot"
	"github.com/diaspote/vigie/cmd/vigie/config"
	"github.com/diaspote/vigie/ops"
	"github.com/diaspote/vigie/ops/incident"
	"github.com/diaspote/vigie/ops/ledger"
)

// newsWaits is how long it is at least from one mail of a thing to the next: of ten updates within it the first is told at once, and
// the others in one mail. Programs do not mind ten posts, and are not kept waiting.
const newsWaits = time.Minute

// newsSettles is how long the first mail of an incident that opens by itself waits: it may touch more within moments.
const newsSettles = 10 * time.Second

const newsRoom = "news" // of a webhook

// newsOwing is what each change of the book owes those who subscribe to the page of a config.
func newsOwing(cfg *config.Config) incident.Owing {
	return func(c incident.Change) (debts []ledger.Debt) {
		if s := c.Subscriber; s != nil && cfg.StatusPage.Mail != nil {
			text := strconv.FormatInt(s.ID, 10)
			debts = append(debts, ledger.Debt{Chat: mail.Chat, Room: mail.Question, Text: text, Subject: text})
		}
		if c.News == nil || !cfg.StatusPage.On {
			return debts
		}
		for _, h := range cfg.StatusPage.Hooks {
			debts = append(debts, ledger.Debt{Chat: webhook.NewsChat + h.Name, Room: newsRoom, Text: c.News.Thing, Subject: c.News.Thing})
		}
		if cfg.StatusPage.Mail == nil {
			return debts
		}
		due := c.At
		if c.Incident != nil && c.Incident.Auto && c.News.Last.IsZero() {
			due = c.At.Add(newsSettles)
		}
		if next := c.News.Last.Add(newsWaits); next.After(c.At) && next.Sub(c.At) <= newsWaits { // else the clock was set back
			due = next
		}
		for _, id := range c.News.Subscribers {
			text := mail.NewsText(id, c.News.Thing)
			debts = append(debts, ledger.Debt{Chat: mail.Chat, Room: mail.News, Text: text, Subject: text, Due: due})
		}
		return debts
	}
}

// newsPrograms are the programs that the subscribers to the page of a config are.
func newsPrograms(cfg *config.Config) []bot.Program {
	var all []bot.Program
	if m := cfg.StatusPage.Mail; m != nil {
		all = append(all, bot.Program{Chat: mail.Chat, Called: "the mail program " + m.Command[0]})
	}
	for _, h := range cfg.StatusPage.Hooks {
		all = append(all, bot.Program{Chat: webhook.NewsChat + h.Name, Called: "the status page's webhook " + h.Name})
	}
	return all
}

// newsChats are how those programs are reached, each with what of the config it is made of.
func (h *host) newsChats(cfg *config.Config, raise func(context.Context, ...ops.Event) error) (chats []bot.Chat, from []any, err error) {
	page := cfg.StatusPage
	if page.Mail != nil {
		c := mail.Config{
			Title: page.Title, From: page.Mail.From, Command: page.Mail.Command, PerHour: page.Mail.PerHour, Links: h.pageLinks(cfg), Book: h.book, Now: h.now,
			Refuses: func(ctx context.Context, s incident.Subscriber, why error) {
				err := raise(ctx, ops.Event{
					Kind: "delivery", Key: "delivery/mail/refused", At: h.now(), Title: fmt.Sprintf("mail to subscriber %d is refused: %s", s.ID, incident.Mask(s.Address)),
					Text: why.Error() + "\nTo take the address off: subscribers remove " + strconv.FormatInt(s.ID, 10),
				})
				if err != nil {
					h.log.Error("that a subscriber's mail is refused could not be told", "subscriber", s.ID, "error", err)
				}
			},
		}
		chats, from = append(chats, mail.New(c, h.log)), append(from, []any{*page.Mail, page.Title, publicAddress(cfg)})
	}
	for _, hook := range page.Hooks {
		site := h.statuspageFiles(cfg)
		n, err := webhook.NewNews(hook.Name, hook.URL.Reveal(), reveal(hook.Secret), h.now, func(ctx context.Context, thing string) ([]byte, bool, error) {
			body, ok, err := site.Call(thing)
			if err == nil && !ok { // the page may not show it yet
				if err = h.book.Refresh(ctx); err == nil {
					body, ok, err = site.Call(thing)
				}
			}
			return body, ok, err
		})
		if err != nil {
			return nil, nil, err
		}
		chats, from = append(chats, n), append(from, []any{hook, page.Title, publicAddress(cfg)})
	}
	return chats, from, nil
}

// pageLinks are the links in mails to subscribers.
func (h *host) pageLinks(cfg *config.Config) *incident.Links {
	return &incident.Links{Base: publicAddress(cfg), Key: h.key}
}

// desk is where visitors subscribe.
func (h *host) desk(cfg *config.Config, page *status.Site) *subscribe.Desk {
	return &subscribe.Desk{
		Title: cfg.StatusPage.Title, Style: page.Style(), Mail: cfg.StatusPage.Mail != nil, Book: h.book, Links: h.pageLinks(cfg), Log: h.log, Now: h.now,
	}
}

// forgetUnconfirmed is done by the clock.
func (d *daemon) forgetUnconfirmed(ctx context.Context) {
	if err := d.host.book.ForgetUnconfirmed(ctx); err != nil {
		d.log.Error("addresses that were not confirmed could not be forgotten", "error", err)
	}
}

// postdrop is what Postfix's sendmail hands mail to, as only that may write into the queue (postdrop(1)).
const postdrop = "/usr/sbin/postdrop"

// tryMail looks whether the mail program is there, and works without rights of its own, of which the bot's unit gives none.
func tryMail(m *config.Mail) error {
	program := m.Command[0]
	info, err := os.Stat(program)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return errors.New("there is no such program; on Debian: apt install msmtp, and see vigie example-config")
	case err != nil:
		return err
	case info.IsDir() || info.Mode()&0o111 == 0:
		return errors.New("that is no program")
	}
	if behind, err := os.Stat(postdrop); err == nil && filepath.Base(program) == "sendmail" && info.Mode()&gains == 0 {
		program, info = postdrop, behind
	}
	if info.Mode()&gains != 0 {
		return fmt.Errorf("%s is set-user-ID or set-group-ID, which does not work in the bot's own unit; see vigie example-config", program)
	}
	return nil
}

// gains are the modes of programs that gain rights.
const gains = fs.ModeSetuid | fs.ModeSetgid
