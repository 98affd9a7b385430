package xmpp

import "strings"

// bareJID is an address without its resource (RFC 7622, section 3.1). The server that hands an address over
// has already prepared it; only ASCII letters are folded here, because folding more could make two
// different accounts one (the Kelvin sign folds to k).
func bareJID(jid string) string {
	bare, _, _ := strings.Cut(jid, "/")
	return strings.Map(lowerASCII, bare)
}

func lowerASCII(r rune) rune {
	if r >= 'A' && r <= 'Z' {
		return r + 'a' - 'A'
	}
	return r
}

// resource is what follows the first slash: in a room, the nick.
func resource(jid string) string {
	_, res, _ := strings.Cut(jid, "/")
	return res
}

// localpart is what comes before the @ of a bare address, "" if it has none.
func localpart(jid string) string {
	bare, _, _ := strings.Cut(jid, "/")
	local, _, found := strings.Cut(bare, "@")
	if !found {
		return ""
	}
	return local
}

// domainpart is the host of an address.
func domainpart(jid string) string {
	bare := bareJID(jid)
	if _, domain, found := strings.Cut(bare, "@"); found {
		return domain
	}
	return bare
}

// account is the address as bot.Message.From has it.
func account(jid string) string { return "xmpp:" + bareJID(jid) }
