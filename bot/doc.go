// Package bot is the conversation: who speaks, what they ask for, whether they may, and what they are
// answered. It names no protocol and knows nothing of the host; the chats are handed in as [Chat], the
// commands as a table of [Command].
//
// # A message to a reply
//
// [Bot.Serve] keeps one chat connected and hears its messages ([Bot.hear]). A message whose account
// belongs to a person of the [Policy] joins that person's lane (lane.go), where lines are dealt with in
// the order they were said; anybody else gets one polite line (stranger.go). The lane splits the line
// (line.go), finds the command (table.go), asks [Policy.May], asks for what the line does not say (lack.go), asks back where
// the command wants a confirmation (question.go), and runs it (run.go): a read in the lane, a change beside it, one at a
// time per target, with its record in the ledger written before it starts. What the command says goes
// through one [reply], which edits its post where the chat can.
//
// # An event to an alert
//
// Whatever notices something, a watcher under [Bot.Watch] or a webhook, hands over an ops.Event to [Bot.Raise]
// (event.go). The settings say who is told, and when (route.go); the event, the alert that it belongs to and what is
// owed to each room go into the ledger in one transaction, and what cannot be written there is not taken. Events of
// one key are one alert, from the first of them to its end.
//
// Each room that is owed something has a courier (courier.go). It pays in order, however long the chat is gone, and
// strikes a debt out only after the chat has taken the post: a crash in between posts twice, nothing is lost. An alert
// that stands in the room is edited there; what piles up is told in one digest (digest.go); alerttext.go has the words.
// The picture of an alert follows its post, once and as best it can (illustrate.go).
//
// Other programs are owed texts of their own in the same outbox, and have the same couriers (program.go): a Cachet elsewhere
// what has changed of incidents, subscribers what they are to be told. A [Program] is told from a room by its name.
//
// Once a minute [Bot] looks for what time alone makes due: reminders, and silences that end. A [Rule] turns
// an event into a line, which takes the first way.
package bot
