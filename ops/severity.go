package ops

import "fmt"

// A Severity says how much an event matters.
type Severity int

// The severities.
const (
	Info     Severity = iota // good to know
	Warning                  // wants somebody today
	Critical                 // wants somebody now
)

func (s Severity) String() string {
	switch s {
	case Info:
		return "info"
	case Warning:
		return "warning"
	case Critical:
		return "critical"
	}
	return fmt.Sprintf("Severity(%d)", int(s))
}

// ParseSeverity reads what String wrote.
func ParseSeverity(text string) (Severity, error) {
	for s := Info; s <= Critical; s++ {
		if s.String() == text {
			return s, nil
		}
	}
	return 0, fmt.Errorf("%q is no severity; there are info, warning and critical", text)
}

// MarshalText writes it as String does.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }
