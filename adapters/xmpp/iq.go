package xmpp

import (
	"fmt"
	"runtime/debug"
)

// iq takes a question, or an answer to one of the bot's own.
func (s *session) iq(n *node) {
	switch n.attr("type") {
	case "result", "error":
		if !s.stillIn(n) {
			s.settle(n, n.attr("id"), nil) // a refused ping says as much as an answered one
		}
	case "get":
		s.get(n)
	case "set":
		s.set(n)
	}
}

func (s *session) get(n *node) {
	switch {
	case n.child(nsPing, "ping") != nil:
		s.answer(n, "")
	case n.child(nsVersion, "query") != nil:
		s.answer(n, fmt.Sprintf("<query xmlns='%s'><name>vigie</name><version>%s</version></query>", nsVersion, escape(version())))
	case n.child(nsInfo, "query") != nil:
		s.info(n, n.child(nsInfo, "query").attr("node"))
	case n.child(nsItems, "query") != nil:
		s.items(n, n.child(nsItems, "query").attr("node"))
	default:
		s.refuse(n, "cancel", "service-unavailable")
	}
}

func (s *session) set(n *node) {
	from := n.attr("from")
	switch {
	case n.child(nsCommands, "command") != nil:
		s.command(n, n.child(nsCommands, "command"))
	case n.child("jabber:iq:roster", "query") != nil && (from == "" || bareJID(from) == bareJID(s.jid)):
		s.answer(n, "")
	default:
		s.refuse(n, "cancel", "service-unavailable")
	}
}

// answer sends the result of a question; payload is XML.
func (s *session) answer(n *node, payload string) {
	s.send("%s", iqTo(n, "result", payload))
}

// refuse sends an error of RFC 6120, section 8.3.
func (s *session) refuse(n *node, kind, condition string) {
	s.send("%s", iqTo(n, "error", fmt.Sprintf("<error type='%s'><%s xmlns='%s'/></error>", kind, condition, nsStanzas)))
}

func iqTo(n *node, kind, payload string) string {
	to := ""
	if from := n.attr("from"); from != "" {
		to = fmt.Sprintf(" to='%s'", escape(from))
	}
	return fmt.Sprintf("<iq type='%s' id='%s'%s>%s</iq>", kind, escape(n.attr("id")), to, payload)
}

func version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "unknown"
}

// info says what the bot is (XEP-0030), or what one of its commands is (XEP-0050, section 2).
func (s *session) info(n *node, node string) {
	identity, vars := "<identity category='client' type='bot' name='vigie'/>", features()
	switch {
	case node == "" || node == capsNode+"#"+capsVer():
	case node == nsCommands:
		identity, vars = "<identity category='automation' type='command-list' name='vigie'/>", []string{nsCommands}
	default:
		item, ok := find(s.menuFor(n.attr("from")), node)
		if !ok {
			s.refuse(n, "cancel", "item-not-found")
			return
		}
		identity = fmt.Sprintf("<identity category='automation' type='command-node' name='%s'/>", escape(item.Name))
		vars = []string{nsCommands, nsForms}
	}
	for _, v := range vars {
		identity += fmt.Sprintf("<feature var='%s'/>", v)
	}
	s.answer(n, fmt.Sprintf("<query xmlns='%s' node='%s'>%s</query>", nsInfo, escape(node), identity))
}

// items lists the commands that the asker may see.
func (s *session) items(n *node, node string) {
	list := ""
	if node == nsCommands {
		for _, item := range s.menuFor(n.attr("from")) {
			name := item.Name
			if item.Help != "" {
				name += ": " + item.Help
			}
			list += fmt.Sprintf("<item jid='%s' node='%s' name='%s'/>", escape(s.jid), escape(item.Name), escape(name))
		}
	}
	s.answer(n, fmt.Sprintf("<query xmlns='%s' node='%s'>%s</query>", nsItems, escape(node), list))
}
