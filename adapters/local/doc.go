// Package local is the Unix socket through which this host talks to the running daemon: `vigie ask` and
// `vigie say`, and so crontabs and scripts. [Server] is the daemon's side and a chat like any other; [Ask] is
// the other side.
//
// Who speaks is told by the kernel: the uid of the peer (SO_PEERCRED, unix(7)), as "unix:NAME". The socket
// itself is open to all. What a user may do this package leaves to the bot.
//
// # Protocol
//
// Each side sends JSON objects, one a line. The client sends one [Request] and then only reads; the server sends
// any number of answers and at last one that is done, and closes the connection:
//
//	> {"v":1,"line":"restart diaspora","confirmed":true}
//	< {"text":"restarting diaspora.service …","id":"1"}
//	< {"text":"diaspora.service restarted in 12.3 s","id":"1","edit":true}
//	< {"done":true,"ok":true}
//
// A picture is drawn with characters, or comes as a file in base64 if the request asked for that ("pictures":true).
//
// What the server itself does not take (too long, not JSON, too many at once) it answers with
// {"done":true,"refused":true,"error":"…"}.
package local
