package console

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"unicode"

	"github.com/diaspote/vigie/bot"
)

// redirect splits a line that ends in `> FILE.png` or `> FILE.csv`, where nothing before it is an open quote. All other lines
// are for the bot, as they are.
func redirect(line string) (command, file string, ok bool) {
	line = strings.TrimRightFunc(line, unicode.IsSpace)
	at := strings.LastIndexByte(line, '>')
	kind := strings.ToLower(filepath.Ext(strings.TrimRight(line, `"'`)))
	if at < 1 || kind != ".png" && kind != ".csv" {
		return line, "", false
	}
	before := strings.TrimRightFunc(line[:at], unicode.IsSpace)
	after, err := bot.Words(line[at+1:])
	if err != nil || len(after) != 1 || before == line[:at] {
		return line, "", false
	}
	if words, err := bot.Words(before); err != nil || len(words) == 0 {
		return line, "", false
	}
	return before, after[0], true
}

// redirects are the files that the pictures of lines under way go into, by the thread of the line.
type redirects struct {
	mu    sync.Mutex
	files map[string]string
}

func (r *redirects) add(thread, file string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.files == nil {
		r.files = map[string]string{}
	}
	r.files[thread] = file
}

// take writes the picture into the file of that thread and says what came of it; "" if there is none, or not any more.
func (r *redirects) take(thread string, picture *bot.Picture) string {
	file, ok := r.end(thread)
	if !ok {
		return ""
	}
	if err := picture.Save(inHome(file)); err != nil {
		return "✗ " + err.Error()
	}
	told := fmt.Sprintf("%s: %.1f KiB", bot.Clip(file, 300), float64(len(picture.Data))/(1<<10))
	if picture.Width > 0 {
		told += fmt.Sprintf(", %d×%d", picture.Width, picture.Height)
	}
	return told
}

// end forgets the file of a thread, and returns it if it was not taken.
func (r *redirects) end(thread string) (file string, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	file, ok = r.files[thread]
	delete(r.files, thread)
	return file, ok
}

// inHome puts the home of this process's user in the place of ~/.
func inHome(path string) string {
	rest, ok := strings.CutPrefix(path, "~/")
	if !ok {
		return path
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return path
	}
	return filepath.Join(home, rest)
}
