package bot

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxLine bounds a command line, in bytes.
const maxLine = 2000

// Words splits a line as a shell would do it with quotes alone: "Pod slow" is one word. The quotes that
// phones put in by themselves, “so” and «so», count too; a quote inside a word is a letter. There is no
// escape and nothing is expanded.
//
// A line that no person types gets an error and runs nothing: one that is too long, is not UTF-8, has
// more than one line, or hides control characters or marks that change the direction of text.
func Words(line string) ([]string, error) {
	line, err := typed(line)
	if err != nil {
		return nil, err
	}
	var words []string
	for line != "" {
		r, size := utf8.DecodeRuneInString(line)
		if unicode.IsSpace(r) {
			line = line[size:]
			continue
		}
		if closing, ok := quotes[r]; ok {
			inside, rest, found := cutClosing(line[size:], closing)
			if !found {
				return nil, fmt.Errorf("a quote %c is not closed", r)
			}
			words, line = append(words, inside), rest
			continue
		}
		end := strings.IndexFunc(line, unicode.IsSpace)
		if end < 0 {
			end = len(line)
		}
		words, line = append(words, line[:end]), line[end:]
	}
	return words, nil
}

// Line makes a line of words, which reads as the same words.
func Line(words ...string) (string, error) {
	quoted := make([]string, len(words))
	for i, w := range words {
		for _, pair := range []string{"", `""`, "''", "“”", "«»"} {
			open, end := "", ""
			if pair != "" {
				r := []rune(pair)
				open, end = string(r[0]), string(r[1])
			}
			quoted[i] = open + w + end
			if again, err := Words(quoted[i]); err == nil && slices.Equal(again, []string{w}) {
				break
			}
		}
	}
	line := strings.Join(quoted, " ")
	again, err := Words(line)
	if err != nil {
		return "", err
	}
	if !slices.Equal(again, words) {
		return "", errors.New("that line has too many kinds of quotes to be kept")
	}
	return line, nil
}

var quotes = map[rune]string{'"': `"`, '\'': `'`, '“': "”", '”': "”", '„': "“”", '«': "»", '‘': "’"}

// cutClosing cuts s at the first of the closing quotes that ends a word.
func cutClosing(s, closing string) (inside, rest string, found bool) {
	for i, r := range s {
		if !strings.ContainsRune(closing, r) {
			continue
		}
		rest = s[i+utf8.RuneLen(r):]
		if next, _ := utf8.DecodeRuneInString(rest); rest == "" || unicode.IsSpace(next) {
			return strings.TrimSpace(s[:i]), rest, true
		}
	}
	return "", "", false
}

// typed returns the line as a person can have typed it, or says why nobody can.
func typed(line string) (string, error) {
	if len(line) > maxLine {
		return "", fmt.Errorf("that line is too long: at most %d bytes are read; nothing was run", maxLine)
	}
	if !utf8.ValidString(line) {
		return "", errors.New("that line is not valid UTF-8; nothing was run")
	}
	line = strings.TrimSpace(line)
	for _, r := range line {
		switch {
		case r == '\n' || r == '\r' || r == '\u2028' || r == '\u2029':
			return "", errors.New("one command a line, please: that message has several lines; nothing was run")
		case r == '\t' || invisible(r):
		case unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == utf8.RuneError:
			return "", fmt.Errorf("that line hides a control character (%U); nothing was run", r)
		}
	}
	return strings.Map(func(r rune) rune {
		if invisible(r) {
			return -1
		}
		return r
	}, line), nil
}

// invisible tells the harmless characters that clients put in, or that come along when a word is copied.
func invisible(r rune) bool {
	switch r {
	case '\u200b', '\u200c', '\u200d', '\u2060', '\ufeff', '\ufe0f', '\u00ad':
		return true
	}
	return false
}
