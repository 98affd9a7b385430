// Package xmpp lets people talk to the bot over XMPP, in rooms (XEP-0045) and alone.
//
// # The library, and where it ends
//
// go-xmpp signs in: it reads the server's features, proves the password with SCRAM and binds a resource. The
// stream after that is read and written here ([session]), because what safety rests on does not
// get through the library: that a message is delayed, if its stamp is in an unusual format; the namespace of
// what claims to be an occupant's address; status codes, conditions of errors and the ids of messages. Its
// socket cannot be reached either, so that neither a deadline for writes nor a clean end can be had. So the
// connection is made here, with StartTLS and a verified certificate, and the library logs in through a relay
// in this process that lasts for the login alone ([login]). Nothing is read twice or by two parsers, and when a
// connection is given up, no goroutine or descriptor of it stays (the library keeps a timer for
// ten seconds).
//
// # Who speaks
//
// In a conversation of two, the address that the server stamps on every message. In a room, the address that the
// room itself shows with the occupant's presence, in the one element that rooms write and occupants
// cannot; if the room shows none, nobody has rights in it. A private message through a room has the
// room's address and never carries rights ([session.direct]).
//
// The service of a room is believed in this: an admin who lists a room trusts whoever runs its service as much as
// the people in it.
//
// # What is never run
//
// Anything said before now: a room's history (all that comes before its subject, and what is marked as
// delayed), messages kept by a server while the bot was away, and copies, corrections and retractions of
// messages ([read]).
//
// # What counts as said
//
// A post succeeds once the room has reflected it, or once one's own server has answered a ping sent behind it
// ([Chat.Post]). XEP-0198 would say so too, but the library does not speak it.
//
// # Pictures
//
// A picture is uploaded to the service of the bot's own server (XEP-0363: service.go, slot.go, upload.go), and the address
// that comes of it is posted as a message of its own, which clients show as the picture. Where that cannot be done the
// picture is drawn with characters, with one line that says why.
//
// The package leaves alone what a line means and who may do what; that is the bot's.
package xmpp
