package bot

import (
	"fmt"
	"slices"
	"strings"
)

// A Role is what a person may do. A higher one may do all that a lower one may.
type Role int

// The roles.
const (
	Reader   Role = iota + 1 // sees the state of the host
	Operator                 // changes it, within what the policy allows; reads logs
	Admin                    // sees and does everything there is a command for
)

func (r Role) String() string {
	switch r {
	case Reader:
		return "reader"
	case Operator:
		return "operator"
	case Admin:
		return "admin"
	}
	return fmt.Sprintf("Role(%d)", int(r))
}

// A Person is somebody whom the config names.
type Person struct {
	Name     string
	Role     Role
	Accounts []string // as in Message.From
}

// A Policy says who may do what. It is the only place that decides it.
type Policy struct {
	People []Person

	// Allow lists, for each target, the commands that may change it; a target that is not in it may
	// not be changed. A nil Allow leaves it to the host itself to refuse.
	Allow map[string][]string
	// Confirm lists, for each target, the commands that ask first, besides those that always do.
	Confirm map[string][]string
}

// Who returns the person that an account belongs to.
func (p *Policy) Who(account string) (Person, bool) {
	for _, who := range p.People {
		if account != "" && slices.Contains(who.Accounts, account) {
			return who, true
		}
	}
	return Person{}, false
}

// May returns nil if who may run c on target ("" for none), and otherwise the reason, for who to read.
func (p *Policy) May(who Person, c *Command, target string) error {
	if who.Role < c.Needs {
		return fmt.Errorf("%s is for %ss; you are a %s here", c.Name, c.Needs, who.Role)
	}
	if !c.Changes || c.Own || target == "" || p.Allow == nil {
		return nil
	}
	allowed, known := p.Allow[target]
	switch {
	case slices.Contains(allowed, c.Name):
		return nil
	case !known:
		return fmt.Errorf("%s %s: the config does not give this unit to me; to allow it, add a [[unit]] with that name and allow = [%q]", c.Name, target, c.Name)
	case len(allowed) == 0:
		return fmt.Errorf("%s %s: the config allows no changes of this unit", c.Name, target)
	}
	return fmt.Errorf("%s %s: the config allows only %s there", c.Name, target, strings.Join(allowed, ", "))
}

// asks tells whether c on target wants a confirmation.
func (p *Policy) asks(c *Command, target string) bool {
	return c.Asks || slices.Contains(p.Confirm[target], c.Name)
}

// admins names those who can help a stranger.
func (p *Policy) admins() string {
	var names []string
	for _, who := range p.People {
		if who.Role == Admin {
			names = append(names, who.Name)
		}
	}
	slices.Sort(names)
	return strings.Join(names, " or ")
}
