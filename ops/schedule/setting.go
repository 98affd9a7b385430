package schedule

import "strings"

// maxSetting is how much of a setting Debian's cron reads (MAX_ENVSTR in cron.h), in bytes.
const maxSetting = 998

// parseSetting reads an environment setting of a crontab, name = value, as load_env of Debian's cron
// does. ok is false for any other line, and also for "NAME=" without a value, which cron takes for a
// broken entry; an empty value is written NAME="".
func parseSetting(line string) (name, value string, ok bool) {
	name, rest, ok := settingName(line[:min(len(line), maxSetting)])
	if !ok {
		return "", "", false
	}
	rest, ok = strings.CutPrefix(strings.TrimLeft(rest, spaces), "=")
	if !ok {
		return "", "", false
	}
	value, ok = settingValue(strings.TrimLeft(rest, spaces))
	return name, value, ok
}

const spaces = " \t\n\v\f\r"

// settingName takes the name off a line, which may stand in quotes.
func settingName(line string) (name, rest string, ok bool) {
	if q := line[0]; q == '"' || q == '\'' {
		name, rest, ok = strings.Cut(line[1:], line[:1])
		return name, rest, ok && !strings.Contains(name, "=")
	}
	i := strings.IndexAny(line, "="+spaces)
	if i < 0 {
		return "", "", false
	}
	return line[:i], line[i:], true
}

// settingValue reads what stands after the equals sign: text in quotes with nothing after it, or all
// the rest without the blanks at its end.
func settingValue(s string) (string, bool) {
	if s == "" {
		return "", false
	}
	if s[0] == '"' || s[0] == '\'' {
		value, rest, closed := strings.Cut(s[1:], s[:1])
		return value, closed && strings.Trim(rest, spaces) == ""
	}
	return strings.TrimRight(s, spaces), true
}
