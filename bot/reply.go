package bot

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// How long the bot goes on trying to post what it has to say, and how long one attempt may take.
const (
	readPatience   = time.Minute // nobody waits longer for a status
	changePatience = time.Hour   // what a change came to is wanted even then
	postTimeout    = 30 * time.Second

	unservedPatience = time.Minute // all chats are served within moments of the start, or of a reload
)

// editPause is the least time between two edits of a progress post.
const editPause = time.Second

// A reply is the one post that answers a message. Saying something anew edits the post where the chat
// can, and otherwise adds one.
type reply struct {
	bot      *Bot
	message  Message
	patience time.Duration

	mu     sync.Mutex
	posted Receipt  // of the post to edit, if there is one
	shown  *Picture // the last one that was posted
	last   time.Time
}

func (b *Bot) answer(m Message) *reply { return &reply{bot: b, message: m, patience: readPatience} }

// progress shows how far a command has got. It is best effort: what comes too soon after the last one,
// or cannot be posted, is skipped.
func (r *reply) progress(p Post) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if time.Since(r.last) < editPause {
		return
	}
	ctx, cancel := context.WithTimeout(r.bot.ctx, postTimeout)
	defer cancel()
	r.put(ctx, p, false)
}

// say is the answer. It tells whether the chat has taken it.
func (r *reply) say(p Post) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	ctx, cancel := context.WithTimeout(r.bot.ctx, r.patience)
	defer cancel()
	return r.put(ctx, p, true)
}

func (r *reply) put(ctx context.Context, p Post, insist bool) bool {
	if r.message.hear != nil {
		r.message.hear(p)
		return true
	}
	p.Room, p.Thread = r.message.Room, r.message.Thread
	r.last = time.Now()
	picture := p.Picture
	if picture == r.shown {
		p.Picture = nil
	}
	edited := false
	if r.posted != (Receipt{}) {
		words := p
		words.Picture = nil
		if edited = r.bot.edit(ctx, r.message.Chat, r.posted, words); edited {
			p = Post{Room: p.Room, Thread: p.Thread, Picture: p.Picture} // an edit brings no picture
		}
	}
	if edited && p.Picture == nil {
		return true
	}
	var receipt Receipt
	var err error
	if insist {
		receipt, err = r.bot.post(ctx, r.message.Chat, p)
	} else {
		receipt, err = r.bot.postOnce(ctx, r.message.Chat, p)
	}
	if err != nil {
		r.bot.log.Warn("an answer could not be posted", "chat", r.message.Chat, "room", r.message.Room, "error", err)
		return edited
	}
	if !edited {
		r.posted = receipt
	}
	r.shown = picture
	return true
}

// amend replaces what was said, if the chat has it still.
func (r *reply) amend(p Post) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.posted == (Receipt{}) {
		return
	}
	p.Room, p.Thread = r.message.Room, r.message.Thread
	r.bot.edit(r.bot.ctx, r.message.Chat, r.posted, p)
}

// edit tells whether the post was replaced.
func (b *Bot) edit(ctx context.Context, chat string, r Receipt, p Post) bool {
	editor, ok := b.chat(chat).(Editor)
	if !ok {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, postTimeout)
	defer cancel()
	if err := guard(func(ctx context.Context) error { return editor.Edit(ctx, r, p.tidy()) })(ctx); err != nil {
		b.log.Debug("a post was not edited", "chat", chat, "error", err)
		return false
	}
	return true
}

// post tries until the chat takes the post, refuses it, or ctx ends; for a chat that is not even served, as that
// of a console that was closed, until it should have been.
func (b *Bot) post(ctx context.Context, chat string, p Post) (Receipt, error) {
	start := time.Now()
	for pause := firstPause; ; pause = min(2*pause, longestPause/4) {
		receipt, err := b.postOnce(ctx, chat, p)
		if errors.Is(err, errUnserved) && time.Since(start) >= unservedPatience {
			return Receipt{}, err
		}
		if err == nil || !errors.Is(err, ErrOffline) && !errors.Is(err, context.DeadlineExceeded) {
			return receipt, err
		}
		if !sleep(ctx, pause) {
			return Receipt{}, err
		}
	}
}

var errUnserved = fmt.Errorf("no such chat is served: %w", ErrOffline)

func (b *Bot) postOnce(ctx context.Context, chat string, p Post) (receipt Receipt, err error) {
	c := b.chat(chat)
	if c == nil {
		return Receipt{}, fmt.Errorf("post to %s: %w", chat, errUnserved)
	}
	ctx, cancel := context.WithTimeout(ctx, postTimeout)
	defer cancel()
	if !(Home{Chat: chat}).program() { // which gets what it is owed as it stands
		p = p.tidy()
	}
	err = guard(func(ctx context.Context) (err error) {
		receipt, err = c.Post(ctx, p)
		return err
	})(ctx)
	return receipt, err
}

func (b *Bot) chat(name string) Chat {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.chats[name]
}
