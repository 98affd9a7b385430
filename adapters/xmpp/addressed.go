package xmpp

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// addressed tells whether a line said in a room is meant for nick, and takes the address off: "vigie: status",
// "vigie, status", "@vigie status" and "!status" are; "vigie" alone, or within a sentence, is not. An
// address with nothing behind it asks for help.
func addressed(line, nick string) (command string, ok bool) {
	line = strings.TrimSpace(line)
	if rest, bang := strings.CutPrefix(line, "!"); bang {
		first, _ := utf8.DecodeRuneInString(rest)
		return strings.TrimSpace(rest), unicode.IsLetter(first)
	}
	if nick == "" {
		return "", false
	}
	if rest, at := strings.CutPrefix(line, "@"); at {
		rest, ok = cutFold(rest, nick)
		if !ok {
			return "", false
		}
		first, _ := utf8.DecodeRuneInString(rest)
		if rest != "" && !unicode.IsSpace(first) && first != ':' && first != ',' {
			return "", false
		}
		return orHelp(strings.TrimLeft(rest, ":,")), true
	}
	rest, ok := cutFold(line, nick)
	if !ok || !strings.HasPrefix(rest, ":") && !strings.HasPrefix(rest, ",") {
		return "", false
	}
	return orHelp(rest[1:]), true
}

// unaddressed takes an address off a line said in private, where none is needed.
func unaddressed(line string, nicks ...string) string {
	for _, nick := range nicks {
		if command, ok := addressed(line, nick); ok {
			return command
		}
	}
	return strings.TrimSpace(line)
}

func orHelp(command string) string {
	if command = strings.TrimSpace(command); command == "" {
		return "help"
	}
	return command
}

// cutFold is strings.CutPrefix that takes upper and lower case for the same.
func cutFold(s, prefix string) (rest string, found bool) {
	for _, want := range prefix {
		r, size := utf8.DecodeRuneInString(s)
		if size == 0 || r != want && fold(r) != fold(want) {
			return "", false
		}
		s = s[size:]
	}
	return s, true
}
