package commands

import (
	"fmt"
	"strconv"

	"github.com/diaspote/vigie/bot"
)

// number reads how many of something are wanted, from 1 to most.
func number(s string, most int) (int, error) {
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 || n > most {
		return 0, fmt.Errorf("%q is no number from 1 to %d", bot.Clip(s, 20), most)
	}
	return n, nil
}
