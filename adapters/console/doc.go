// Package console is the terminal as a chat: one person, one room, on this host.
//
// On a terminal it shows a prompt with line editing, history and completion. The prompt goes away while
// a command runs and comes back with its answer; Ctrl-C brings it back at once and leaves the command to
// go on, whose answer is then printed above the prompt. Ctrl-C on a line clears it; Ctrl-C or Ctrl-D on an
// empty one ends the conversation, after what is still under way, or at once with a further Ctrl-C.
//
// Piped input is a list of commands, run one after the other; the answers are plain text without a
// prompt, colours or control codes.
//
// A picture is shown as an image on the few terminals that can, and drawn with characters elsewhere. A line that ends in
// `> FILE.png`, or `> FILE.csv` for its values, writes it into a file, with the rights of this process.
//
// The package leaves alone who may do what, and what a command is: it hands lines to the bot, and prints
// what the bot says with every control character taken out.
package console
