package console

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/mattn/go-runewidth"

	"github.com/diaspote/vigie/bot"
)

// keptPosts is how many posts are remembered, so that an edit can show what it changes.
const keptPosts = 32

// A shown is a post as it was printed, and a text that is to follow it.
type shown struct {
	id   int64
	text string
	next string // an edit that waits for its command's end, "" for none
}

// posts remembers the last posts.
type posts struct {
	count int64
	kept  []shown
	last  int64 // the post that is the last thing on the screen, 0 if that is something else
}

// add remembers a new post, which was just printed.
func (ps *posts) add(text string) (id int64) {
	ps.count++
	ps.keep(shown{id: ps.count, text: text})
	ps.last = ps.count
	return ps.count
}

func (ps *posts) keep(post shown) {
	if len(ps.kept) == keptPosts {
		ps.kept = slices.Delete(ps.kept, 0, 1)
	}
	ps.kept = append(ps.kept, post)
}

// find returns the post, without its text if that was too long ago to be remembered.
func (ps *posts) find(id int64) *shown {
	for i := range ps.kept {
		if ps.kept[i].id == id {
			return &ps.kept[i]
		}
	}
	ps.keep(shown{id: id})
	return &ps.kept[len(ps.kept)-1]
}

// cover says that something else has been printed below the posts.
func (ps *posts) cover() { ps.last = 0 }

// Edit replaces a post where it stands if it is the last thing on the screen; otherwise it prints the new
// text. In a pipe, where nothing printed can be taken back, only the last text that a post had at the end
// of its command is printed, without the lines at its beginning that have not changed.
func (c *Chat) Edit(_ context.Context, r bot.Receipt, p bot.Post) error {
	id, err := strconv.ParseInt(r.ID, 10, 64)
	if r.Room != Room || err != nil {
		return fmt.Errorf("edit post %q of %q: no such post on this console", r.ID, r.Room)
	}
	text := render(p)
	c.mu.Lock()
	defer c.mu.Unlock()
	post := c.posts.find(id)
	switch {
	case c.size != nil:
		return c.replace(post, text)
	case c.busy:
		post.next = text
		return nil
	}
	return c.printChange(post, text)
}

// replace shows text in the place of post. c.mu is held, and there is a line editor.
func (c *Chat) replace(post *shown, text string) error {
	width, height := c.size()
	above := rows(post.text, width)
	inPlace := post.id == c.posts.last && above < height-1
	post.text, c.posts.last = text, post.id
	if !inPlace {
		return c.print(text)
	}
	// The editor's Write takes the prompt away before, and draws it again after.
	return c.printAfter(fmt.Sprintf("\x1b[%dA\r\x1b[J", above), text)
}

// printChange prints what is new in text. c.mu is held.
func (c *Chat) printChange(post *shown, text string) error {
	news := changed(post.text, text)
	post.text, post.next = text, ""
	if news == "" {
		return nil
	}
	return c.print(news)
}

// printEdits prints the edits that have waited. c.mu is held.
func (c *Chat) printEdits() {
	for i := range c.posts.kept {
		if post := &c.posts.kept[i]; post.next != "" {
			_ = c.printChange(post, post.next) // the next Post tells the bot
		}
	}
}

// changed is text without those lines at its beginning that it has in common with old.
func changed(old, text string) string {
	before, after := strings.Split(old, "\n"), strings.Split(text, "\n")
	same := 0
	for same < len(before) && same < len(after) && before[same] == after[same] {
		same++
	}
	return strings.Join(after[same:], "\n")
}

// rows is how many rows of a terminal text takes.
func rows(text string, width int) int {
	n := 0
	for line := range strings.SplitSeq(text, "\n") {
		n += max(1, (runewidth.StringWidth(line)+width-1)/width)
	}
	return n
}
