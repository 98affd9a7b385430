package bot

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"syscall"
)

// A Picture is shown with a post: as an image where the chat can, and else drawn with characters.
type Picture struct {
	Name          string // of the file: "memory.png"
	Type          string // as in MIME: "image/png"
	Data          []byte
	Width, Height int // in pixels

	// Draw draws the same with characters, in lines at most so many columns wide; nil if it cannot be drawn so.
	Draw func(columns int) string
	// Link is where it can be seen on the web, for who could not be sent it; "" for nowhere.
	Link string
}

// Save writes the picture into a file, in place of what was there. Only a regular file is written to.
func (p *Picture) Save(path string) (err error) {
	defer func() {
		var at *fs.PathError
		if errors.As(err, &at) {
			err = at.Err
		}
		if err != nil {
			err = fmt.Errorf("write %s: %w", Clip(path, maxTitle), err)
		}
	}()
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|syscall.O_NONBLOCK, 0o644) // a pipe without a reader would be waited for
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return errors.Join(err, errors.New("that is no regular file"))
	}
	if err := f.Truncate(0); err != nil {
		return err
	}
	_, err = f.Write(p.Data)
	return err
}

// Drawn is the post with its picture drawn with characters, below what is there. For a chat that would have shown the picture
// itself, why says what kept it from that, and the link follows; it is "" for one that always draws. A post without a
// picture stays as it is.
func (p Post) Drawn(columns int, why string) Post {
	picture := p.Picture
	if picture == nil {
		return p
	}
	p.Picture = nil
	if why != "" {
		p.Text = below(p.Text, "no picture: "+Clip(why, maxTitle))
		p.Text = below(p.Text, picture.Link)
	}
	if picture.Draw != nil {
		drawn := picture.Draw(columns)
		if why != "" {
			drawn = shortened(drawn)
		}
		p.Block = below(p.Block, drawn)
	}
	return p.tidy()
}

// maxDrawn is how many lines are drawn for who asked for a picture and cannot have it: some three graphs.
const maxDrawn = 48

// shortened is what fits into maxDrawn lines of drawings that are parted by empty lines, but at least the first.
func shortened(drawn string) string {
	all := strings.Split(drawn, "\n\n")
	for n, lines := 0, 0; n < len(all); n++ {
		if lines += strings.Count(all[n], "\n") + 2; n > 0 && lines > maxDrawn {
			return strings.Join(all[:n], "\n\n") + fmt.Sprintf("\n\n… and %d more", len(all)-n)
		}
	}
	return drawn
}

// below puts lines below others.
func below(above, lines string) string { return strings.Trim(above+"\n"+lines, "\n") }

// shows tells whether there is anything in the post to show.
func (p Post) shows() bool { return p.Text != "" || p.Block != "" || p.Picture != nil }
