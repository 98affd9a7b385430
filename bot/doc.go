// Package bot is the conversation: who speaks, what they ask for, whether they may, and what they are
// answered. It names no protocol and knows nothing of the host; the chats are handed in as [Chat], the
// commands as a table of [Command].
//
// # A message to a reply
//
// [Bot.Serve] keeps one chat connected and hears its messages ([Bot.hear]). A message whose account
// belongs to a person of the [Policy] joins that person's lane (lane.go), where lines are dealt with in
// the order they were said; anybody else gets one polite line (stranger.go). The lane splits the line
// (line.go), finds the command (table.go), asks [Policy.May], asks back where the command wants a
// confirmation (question.go), and runs it (run.go): a read in the lane, a change beside it, one at a
// time per target, with its record in the ledger written before it starts. What the command says goes
// through one [reply], which edits its post where the chat can.
//
// # An event to an alert
//
// Not every post answers a message: [Bot.Tell] is how the bot speaks first. It keeps trying until the
// chat has taken the post.
package bot
