// Package commands is what one can say to the bot, one file a command. A command reads the host through
// the packages of ops and says what it found; who may run it, and where its answer goes, is decided in
// package bot.
package commands
