package bot

import (
	"context"
	"time"
	"unicode"
	"unicode/utf8"
)

// A Command is one row of the table: everything that the bot does is one of these.
type Command struct {
	Name     string
	Usage    string   // what follows the name: "UNIT [N]"; "" if nothing does
	Help     string   // one line, for the list
	About    string   // what else there is to know, for `help COMMAND`
	Examples []string // whole lines
	MinArgs  int
	MaxArgs  int // more than that is an error; Any: no limit

	Needs   Role
	Changes bool // alters the host: one at a time per target, in the audit
	Asks    bool // asks for a confirmation, whatever the policy says
	Own     bool // what it changes is the bot's own, as an incident is: no list of units says who may
	Timeout time.Duration

	// Lacks tells what the line does not say yet, nil if it says all: its person is asked for it, see [Lack]. It is called
	// before Target, with the Args there are. nil: the command has nothing to ask for.
	Lacks func(ctx context.Context, c *Call) (*Lack, error)

	// Target finds what the line is about, a full unit name say: it is what the policy is asked for,
	// and what the lock is on. nil: the command has no target.
	Target func(ctx context.Context, args []string) (string, error)

	// Subs are commands of their own whose names begin with this one's: "cron run" below "cron". Each has its
	// own role, arguments and place in the audit; a line that names none of them is this command's.
	Subs Table

	// Run does it, and answers through the Call. The text of its error is an answer too.
	Run func(ctx context.Context, c *Call) error
}

// Any as MaxArgs lets a command take any number of arguments.
const Any = -1

// defaultTimeout ends a command that does not say how long it may take.
const defaultTimeout = 30 * time.Second

func (c *Command) timeout() time.Duration {
	if c.Timeout > 0 {
		return c.Timeout
	}
	return defaultTimeout
}

// sub finds the command below this one that the arguments begin with, if there are any below it. What begins with no letter, as a
// number, is none of their names.
func (c *Command) sub(args []string, may func(*Command) bool) (*Command, error) {
	if len(c.Subs) == 0 || len(args) == 0 {
		return nil, nil
	}
	if first, _ := utf8.DecodeRuneInString(args[0]); !unicode.IsLetter(first) {
		return nil, nil
	}
	return c.Subs.Find(c.Name+" "+args[0], may)
}

// usage is the whole line as one would type it.
func (c *Command) usage() string {
	if c.Usage == "" {
		return c.Name
	}
	return c.Name + " " + c.Usage
}

// An Item describes a command to a chat that can show a menu.
type Item struct {
	Name  string // "restart"
	Usage string // "UNIT", "" if nothing follows the name
	Help  string // "restart a unit and wait until it answers again"
}
