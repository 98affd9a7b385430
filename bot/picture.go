package bot

// A Picture is shown with a post: as an image where the chat can, and else drawn with characters.
type Picture struct {
	Name          string // of the file: "memory.png"
	Type          string // as in MIME: "image/png"
	Data          []byte
	Width, Height int // in pixels

	// Draw draws the same with characters, in lines at most so many columns wide.
	Draw func(columns int) string
	// Link is where it can be seen on the web, for who could not be sent it; "" for nowhere.
	Link string
}
