package bot

import (
	"context"
	"errors"

	"github.com/diaspote/vigie/ops"
)

// A Chat is a place where people talk to the bot: an XMPP account, a Slack app, a terminal.
//
// An adapter implements it and nothing more; what it can do beyond is said through the optional
// interfaces below ([Editor], [Presenter]), and what it cannot do is done in plain text.
type Chat interface {
	// Name tells this chat from the others, in logs and in the audit: "xmpp", "slack", "console".
	Name() string

	// Listen connects and delivers what people say until ctx ends or the connection is lost. It
	// returns nil when there is nothing more to hear (a terminal at its end), and an error otherwise:
	// the bot then calls it again after a pause that grows, so an adapter holds no retry loop.
	Listen(ctx context.Context, in chan<- Message) error

	// Post returns once the service has taken the post. ErrOffline means: not now, try again later.
	// It may be called at any time and from several goroutines, connected or not.
	Post(ctx context.Context, p Post) (Receipt, error)
}

// ErrOffline is returned by a [Chat] that has no connection at the moment. The post was not taken.
var ErrOffline = errors.New("not connected")

// ErrBusy is returned by a [Program] that takes no more for a while, which is no trouble. The post was not taken.
var ErrBusy = errors.New("no more for now")

// An Editor is a Chat that can replace the text of an earlier post.
type Editor interface {
	Edit(ctx context.Context, r Receipt, p Post) error
}

// A Chooser is a Chat that shows choices as buttons, which are taken off a question that was answered in words.
type Chooser interface {
	Editor
	Chooses()
}

// A Presenter is a Chat that can show one line about the host beside the bot's name. It remembers the line
// and shows it again after each reconnection.
type Presenter interface {
	Present(ctx context.Context, line string) error
}

// A Message is one line that somebody said to the bot. The adapter has already taken off the bot's
// name ("vigie: status" arrives as "status") and dropped what was not said to the bot, now: history,
// echoes, duplicates, corrections.
type Message struct {
	Chat string // Name of the Chat that it came by
	Room string // where answers go: a room's address, or the person's for a conversation of two

	// From is the account that the service itself vouches for, as a URI: "xmpp:dada@diaspote.org",
	// "slack:U024BE7LH", "unix:dada". It is "" if the service vouches for none; Unproven then says in
	// one sentence why, and what the person can do about it.
	From     string
	Unproven string

	Text   string // the command line
	Input  string // text that came along with the line, as `vigie say` sends it; no command line
	Press  string // the Value of the Choice that was pressed; Text is "" then
	ID     string // the service's name for the message
	Thread string // the thread it was said in, "" for none

	Confirmed bool // the person said beforehand that no question need be asked (vigie ask --yes)
	Single    bool // nothing more can be said in this room, so that a question would have no answer

	Picture string // how whoever asks will call the picture of the answer, which it may refer to so; "" leaves it to the answer

	// Done, if set, is called exactly once, when the line has been dealt with and every answer has
	// been posted. err is nil if the command ran and succeeded.
	Done func(err error)

	hear func(Post) // takes the answers of a line that nobody said in a room, see [Bot.Do]
}

// A Post is what the bot says. Text and Block are plain text: it is for the adapter to escape what
// its service would take for markup, a mention or a link to a person.
type Post struct {
	Room   string // as in Message.Room
	Thread string // post into this thread, "" for none
	Only   string // the account (as in Message.From) that alone should see it, where the chat can do that

	Text    string   // proportional text, may hold several lines
	Block   string   // shown below Text with a fixed width: a table or lines of a log
	Choices []Choice // buttons, where the chat has them, at most eight; Text says the same in words
	Wants   bool     // a question that is answered in words too: what is said next may be the answer
	Picture *Picture // shown below both; nil for none. An edit brings none

	// Of an alert, for a chat that passes on data instead of words: what happened last, the alert's number
	// and how often it happened. Event is nil for any other post.
	Event *ops.Event
	Alert int64
	Count int
}

// A Choice is a button below a post.
type Choice struct {
	Label string
	Value string // comes back as Message.Press
	Risky bool   // shown as the one to think about
	No    bool   // withdraws the question
}

// A Receipt names a post that was taken, so that it can be edited.
type Receipt struct {
	Room string
	ID   string
}
