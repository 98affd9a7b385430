package schedule

import "strings"

// Shell gives what cron hands to the shell for the entry, and the text that it gives the command as
// standard input: crontab(5) ends the command at the first percent sign, and turns each one after it
// into a newline. A percent sign written \% is part of the command.
func (e Entry) Shell() (command, input string) {
	var b strings.Builder
	for i := 0; i < len(e.Command); i++ {
		c := e.Command[i]
		switch {
		case c == '\\' && i+1 < len(e.Command) && (e.Command[i+1] == '%' || e.Command[i+1] == '\\'):
			i++
			b.WriteByte(e.Command[i])
		case c == '\\' && i+1 < len(e.Command):
			i++
			b.WriteString(e.Command[i-1 : i+1])
		case c == '%':
			return b.String(), standardInput(e.Command[i+1:])
		default:
			b.WriteByte(c)
		}
	}
	return b.String(), ""
}

func standardInput(s string) string {
	if s == "" {
		return ""
	}
	s = strings.NewReplacer(`\%`, "%", "%", "\n").Replace(s)
	if !strings.HasSuffix(s, "\n") {
		s += "\n"
	}
	return s
}
