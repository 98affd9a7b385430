package config

import (
	"crypto/x509"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"
)

func xmpp(t *table, dir string) *XMPP {
	t.need("jid", "vigie@diaspote.org")
	t.need("password_file", "xmpp.password")
	x := &XMPP{
		JID:      t.checked("jid", bareJID),
		Password: t.secret("password_file", dir),
		Rooms:    rooms(t, dir),
		Nick:     t.checked("nick", nick),
		Server:   t.checked("server", hostPort),
		CAFile:   certificates(t, "ca_file", dir),
	}
	if x.Nick == "" {
		x.Nick, _, _ = strings.Cut(x.JID, "@")
	}
	t.done()
	return x
}

// rooms are those listed, then those with a table of their own.
func rooms(t *table, dir string) []Room {
	var rooms []Room
	list, _ := t.list("rooms", bareJID)
	for _, jid := range list {
		rooms = append(rooms, Room{JID: jid})
	}
	for _, r := range t.tables("room") {
		r.need("jid", "ops@conference.diaspote.org")
		room := Room{JID: r.checked("jid", bareJID), Password: r.secret("password_file", dir)}
		if room.JID != "" && slices.ContainsFunc(rooms, func(other Room) bool { return other.JID == room.JID }) {
			r.fail("jid", "name it once, in rooms or here", "%s: %s is there twice", r.called("jid"), room.JID)
		}
		rooms = append(rooms, room)
		r.done()
	}
	return rooms
}

// nick checks the bot's name in a room: a resource (RFC 7622, 3.4), short enough to be typed.
func nick(s string) (string, *fault) {
	if utf8.RuneCountInString(s) > 64 || strings.TrimSpace(s) != s {
		return fails(s, "is no name to be called by", "give up to 64 letters, without a space at either end")
	}
	return s, nil
}

// maxCertificates bounds a ca_file, in bytes; the system's whole bundle is a quarter of it.
const maxCertificates = 1 << 20

// certificates is a file that holds at least one, in PEM.
func certificates(t *table, key, dir string) string {
	path := t.text(key)
	if path == "" {
		return ""
	}
	if !filepath.IsAbs(path) {
		path = filepath.Join(dir, path)
	}
	const hint = "name a file of certificates in PEM"
	data, _, err := readSmall(path, maxCertificates)
	if err != nil {
		t.fail(key, hint, "%s: %s: %s", t.called(key), path, cause(err))
	} else if !x509.NewCertPool().AppendCertsFromPEM(data) {
		t.fail(key, hint, "%s: %s holds no certificate", t.called(key), path)
	}
	return path
}
