// Package mail sends mail to subscribers through the host's own sendmail: what is news of incidents and maintenance, and the
// question whether an address is to be subscribed at all.
//
// [Mail] is a [bot.Program]: what is owed to subscribers is in the bot's outbox, a line for each, and is put into words as it goes
// out (news.go, confirm.go), so that who is told late is told how things are by then. A [letter] is what RFC 5322 wants of that,
// with what RFC 8058 wants for unsubscribing at one click. The mail program gets it on its standard input, and no
// address ever stands in its arguments (sendmail.go).
//
// Who subscribes, and whether they may, is the affair of ops/incident.
package mail
