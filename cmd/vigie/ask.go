package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"unicode"

	"github.com/diaspote/vigie/adapters/local"
	"github.com/diaspote/vigie/bot"
	"github.com/diaspote/vigie/cmd/vigie/config"
)

// An askCommand runs one line in the daemon.
type askCommand struct {
	Socket  string   `help:"The daemon's socket, instead of the config's." placeholder:"PATH"`
	Yes     bool     `help:"Answer yes beforehand to what would be asked."`
	Picture string   `help:"Write the picture of the answer into this file, and do not draw it here." placeholder:"FILE.png"`
	Line    []string `arg:"" help:"The line, such as: status"`
}

func (a askCommand) Run(ctx context.Context, line *commandLine, t terminal) error {
	req := local.Request{Line: lineOf(a.Line), Confirmed: a.Yes, Pictures: a.Picture != ""}
	if req.Pictures {
		req.File = filepath.Base(a.Picture)
	}
	return ask(ctx, socketPath(a.Socket, line.Config), req, a.Picture, t)
}

// lineOf puts together what the shell took apart: of several words, those with a blank in them get their
// quotes back. One word is the line as it is.
func lineOf(words []string) string {
	if len(words) == 1 {
		return words[0]
	}
	quoted := make([]string, len(words))
	for i, w := range words {
		switch {
		case w != "" && !strings.ContainsFunc(w, unicode.IsSpace):
			quoted[i] = w
		case strings.Contains(w, `"`): // there is no escape
			quoted[i] = "«" + w + "»"
		default:
			quoted[i] = `"` + w + `"`
		}
	}
	return strings.Join(quoted, " ")
}

// A sayCommand posts into a room.
type sayCommand struct {
	Socket string   `help:"The daemon's socket, instead of the config's." placeholder:"PATH"`
	Room   string   `arg:"" help:"The room, or the beginning of its name."`
	Text   []string `arg:"" optional:"" help:"The text; standard input if there is none here."`
}

// maxSay is how much of standard input is read, in bytes.
const maxSay = 64 << 10

func (s sayCommand) Run(ctx context.Context, line *commandLine, t terminal) error {
	text := strings.Join(s.Text, " ")
	if text == "" {
		all, err := io.ReadAll(io.LimitReader(t.in, maxSay))
		if err != nil {
			return fmt.Errorf("read the text to post: %w", err)
		}
		text = strings.ToValidUTF8(string(all), "\ufffd")
	}
	if strings.TrimSpace(text) == "" {
		return errors.New("say: there is no text to post")
	}
	if strings.ContainsAny(s.Room, "\"\n") {
		return fmt.Errorf("say: %q is no room", s.Room)
	}
	return ask(ctx, socketPath(s.Socket, line.Config), local.Request{Line: `say "` + s.Room + `"`, Input: text}, "", t)
}

// ask sends a request and prints what comes back: edits as lines of their own, as a terminal or a mail of
// cron shows them. The last picture goes into a file, if one is named.
func ask(ctx context.Context, socket string, req local.Request, file string, t terminal) error {
	var picture *local.Picture
	ok, err := local.Ask(ctx, socket, req, func(a local.Answer) {
		if a.Picture != nil {
			picture = a.Picture
		}
		for _, part := range []string{a.Text, a.Block} {
			if part != "" {
				fmt.Fprintln(t.out, part)
			}
		}
	})
	if err != nil {
		return err
	}
	if !ok {
		return errFailed
	}
	if file == "" {
		return nil
	}
	if picture == nil {
		return fmt.Errorf("no picture came; %s was not written", file)
	}
	return (&bot.Picture{Data: picture.Data}).Save(file)
}

// socketPath is where the daemon listens: as told, as the config says, or the default. The config need not be
// readable for the one who asks.
func socketPath(told, explicit string) string {
	if told != "" {
		return told
	}
	if path, found := config.Find(explicit); found {
		if socket := config.SocketOf(path); socket != "" {
			return socket
		}
	}
	return config.DefaultSocket()
}
