package main

import (
	"github.com/diaspote/vigie/cmd/vigie/config"
)

// owe has the changes of the book from now on owe others what cfg says.
func (d *daemon) owe(cfg *config.Config) {
	d.host.book.Owe(d.bot.Nudge, append(cachetOwing(cfg), newsOwing(cfg))...)
}
