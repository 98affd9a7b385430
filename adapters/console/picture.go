package console

import (
	"encoding/base64"
	"fmt"
	"io"
	"strings"

	"golang.org/x/term"

	"github.com/diaspote/vigie/bot"
)

// How wide pictures are shown, in columns.
const (
	pipeColumns  = 80
	imageColumns = 100 // no wider: a picture of 1000 pixels gets no better
)

// maxImage bounds what is sent to a terminal, in bytes; a graph has some 25 KiB.
const maxImage = 4 << 20

// An imager writes a PNG as the control codes that make a terminal show it, so many columns wide. nil: the terminal cannot.
type imager func(png []byte, columns int) string

// imagerOf tells by the environment what the terminal can show. It is not asked: one that does not know the question
// answers nothing or prints it. A variable that a terminal only hands down to other terminals is not believed, nor is anything
// inside a multiplexer, which takes the codes for its own.
func imagerOf(env func(string) string) imager {
	kind := env("TERM")
	inside := env("TMUX") != "" || env("STY") != "" || strings.HasPrefix(kind, "tmux") || strings.HasPrefix(kind, "screen")
	other := env("VTE_VERSION") != "" || env("XTERM_VERSION") != "" || env("KONSOLE_VERSION") != ""
	switch {
	case inside:
		return nil
	case kind == "xterm-kitty" || kind == "xterm-ghostty":
		return kittyImage
	case other:
		return nil
	case env("TERM_PROGRAM") == "iTerm.app" || env("TERM_PROGRAM") == "WezTerm":
		return itermImage
	case env("LC_TERMINAL") == "iTerm2": // gets through ssh, where TERM_PROGRAM does not
		return itermImage
	}
	return nil
}

// kittyChunk is how much base64 one escape code holds at most.
const kittyChunk = 4096

// kittyImage is the graphics protocol of kitty: a PNG (f=100) to be shown at once (a=T), in chunks of base64 (m=1 while more
// follow), with no answer wanted (q=2), which would be read as if it were typed.
// https://sw.kovidgoyal.net/kitty/graphics-protocol/
func kittyImage(png []byte, columns int) string {
	var b strings.Builder
	rest := base64.StdEncoding.EncodeToString(png)
	keys := fmt.Sprintf("a=T,f=100,q=2,c=%d,", columns)
	for more := 1; more == 1; keys = "" {
		chunk := rest[:min(len(rest), kittyChunk)]
		if rest = rest[len(chunk):]; rest == "" {
			more = 0
		}
		fmt.Fprintf(&b, "\x1b_G%sm=%d;%s\x1b\\", keys, more, chunk)
	}
	return b.String()
}

// itermImage is the inline images protocol of iTerm2, which WezTerm speaks too.
// https://iterm2.com/documentation-images.html
func itermImage(png []byte, columns int) string {
	return fmt.Sprintf("\x1b]1337;File=inline=1;size=%d;width=%d;preserveAspectRatio=1:%s\a", len(png), columns, base64.StdEncoding.EncodeToString(png))
}

// picture prints the picture of a post below its text: into a file if its line said so, as an image, or drawn. It returns
// what the post is without it, and what is to be printed behind that as it is.
func (c *Chat) picture(p bot.Post) (words bot.Post, image string) {
	picture := p.Picture
	if picture == nil {
		return p, ""
	}
	if told := c.redirects.take(p.Thread, picture); told != "" {
		p.Text, p.Picture = strings.TrimLeft(p.Text+"\n"+told, "\n"), nil
		return p, ""
	}
	width := c.columns()
	if c.image == nil || picture.Type != "image/png" || len(picture.Data) == 0 || len(picture.Data) > maxImage {
		return p.Drawn(width, ""), ""
	}
	p.Picture = nil
	return p, c.image(picture.Data, min(width, imageColumns))
}

// columns is the width of what is printed to.
func (c *Chat) columns() int {
	if width, _, err := term.GetSize(int(c.out.Fd())); err == nil && width > 0 {
		return width
	}
	return pipeColumns
}

// printImage prints the codes of an image, which end on its last line. c.mu is held.
func (c *Chat) printImage(codes string) error {
	if _, err := io.WriteString(c.screen, codes+"\n"); err != nil {
		return fmt.Errorf("print to the console: %w", err)
	}
	return nil
}
