package bot

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// lackLasts is how long the bot waits to be told what a line lacks.
const lackLasts = 120 * time.Second

// A Lack is what a line does not say yet. Its person is asked for it, and what they answer makes the line longer, which is then run
// as if they had typed it so: by the same way, with the same rights, and in the audit once it says all. So at each moment
// it is a line, which can be kept, said again, or put into a job.
//
// A command that asks leaves MinArgs at 0 and has a [Command.Lacks], which returns the first thing that is missing:
//
//	Lacks: func(_ context.Context, c *bot.Call) (*bot.Lack, error) {
//		switch len(c.Args) {
//		case 0:
//			return &bot.Lack{Ask: "What is it called?", Fill: func(name string) (string, error) {
//				return bot.Line("incident", "open", name)
//			}}, nil
//		case 1:
//			return &bot.Lack{Ask: "How bad is it?", Offers: []bot.Offer{{Label: "minor"}, {Label: "major"}}, Only: true, Fill: …}, nil
//		}
//		return nil, nil // it says all: Target and Run are next
//	},
//
// An error of Lacks refuses the line, as one of Target does. Where no question can be answered (a job, a rule, `vigie ask`) a lack is
// an error that tells the usage.
//
// The answer is the next thing that the same person says in the same room within two minutes, or a button. An offer is named by its
// label, its answer, the beginning of one alone, or where it stands, unless answers are numbers themselves. "no" and "cancel"
// withdraw the question. A line that begins with the name of a command in full is that command, and leaves the question open; in
// quotes it is the answer, whatever it says. A newer question to the same person in the same room voids it, be it one like this or
// one for a yes.
type Lack struct {
	Ask    string // "Which components does it touch?"
	Offers []Offer
	Only   bool // nothing but an offer is an answer
	Many   bool // several offers are one too, with commas between them: Fill gets their answers so

	// Fill makes the whole line of an answer, which is one line of text as it was said, or the Answer of an offer. Its
	// error is told, and the question asked again.
	Fill func(answer string) (line string, err error)
}

// An Offer is an answer that need not be typed.
type Offer struct {
	Label  string
	Answer string // what it stands for; "" for the Label
}

func (o Offer) answer() string {
	if o.Answer == "" {
		return o.Label
	}
	return o.Answer
}

// What is offered at most: as buttons, beside the one that withdraws, and in words.
const (
	mostButtons = 7
	mostOffers  = 40
)

var errLacking = errors.New("more was asked for")

// inquire asks for what the line of c lacks. why is what was wrong with the last answer, "" for none.
func (b *Bot) inquire(c *Call, why string) {
	l := c.lack
	text := c.Line() + ": " + l.Ask
	if why != "" {
		text = "✗ " + why + "\n" + text
	}
	var choices []Choice
	var words []string
	q := newQuestion(c, lackLasts)
	for i, o := range l.Offers {
		if i == mostOffers {
			words = append(words, fmt.Sprintf("and %d more", len(l.Offers)-i))
			break
		}
		word := Clip(o.Label, 60)
		if l.numbered() {
			word = fmt.Sprintf("%d: %s", i+1, word)
		}
		words = append(words, word)
		if i < mostButtons {
			choices = append(choices, Choice{Label: o.Label, Value: fmt.Sprint(i+1, " ", q.token)})
		}
	}
	if len(words) > 0 {
		text += "\n" + strings.Join(words, " · ")
	}
	text += "\n" + l.how()
	b.pose(q, Post{Text: text, Choices: append(choices, Choice{Label: "Cancel", Value: "no " + q.token, No: true}), Wants: true}, errLacking)
}

// how says how to answer.
func (l *Lack) how() string {
	within := fmt.Sprintf("within %d s, or no.", int(lackLasts.Seconds()))
	switch {
	case len(l.Offers) == 0:
		return "Answer " + within
	case l.Only:
		return "Answer one of these, " + within
	case l.Many:
		return "Answer one of these, or several with commas, " + within
	}
	return "Answer one of these, or in your words, " + within
}

// numbered tells whether the offers go by numbers: not if a number is what one of them stands for.
func (l *Lack) numbered() bool {
	return !slices.ContainsFunc(l.Offers, func(o Offer) bool {
		_, err := strconv.Atoi(o.answer())
		return err == nil
	})
}

// match finds the offer, or the offers, that text names. Without begun, it has to name them in full.
func (l *Lack) match(text string, begun bool) (answer string, ok bool) {
	if answer, ok = l.offered(text, begun); ok || !l.Many {
		return answer, ok
	}
	var all []string
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		one, ok := l.offered(part, begun)
		if !ok {
			return "", false
		}
		all = append(all, one)
	}
	return strings.Join(all, ","), len(all) > 0
}

func (l *Lack) offered(text string, begun bool) (answer string, ok bool) {
	text = strings.ToLower(text)
	var begins []string
	for _, o := range l.Offers {
		label, answer := strings.ToLower(o.Label), strings.ToLower(o.answer())
		if text == label || text == answer {
			return o.answer(), true
		}
		if begun && (strings.HasPrefix(label, text) || strings.HasPrefix(answer, text)) {
			begins = append(begins, o.answer())
		}
	}
	if n, err := strconv.Atoi(text); err == nil && n >= 1 && n <= len(l.Offers) && l.numbered() {
		return l.Offers[n-1].answer(), true
	}
	if len(begins) == 1 {
		return begins[0], true
	}
	return "", false
}

// told takes a message as the answer to what a line lacks, unless it is another command. It tells whether it was one.
func (b *Bot) told(who Person, m Message, q *question, words []string) bool {
	text, err := typed(m.Text)
	if err != nil || text == "" {
		return false
	}
	l := q.call.lack
	if answer, ok := l.match(text, false); ok {
		return b.filled(who, m, q, answer)
	}
	if withdraws(text) {
		return b.withdrawn(m, q)
	}
	first, _ := utf8.DecodeRuneInString(text)
	_, quoted := quotes[first]
	if !quoted && b.commanded(who, words) {
		return false
	}
	if quoted && len(words) == 1 {
		text = words[0]
	}
	if answer, ok := l.match(text, true); ok {
		return b.filled(who, m, q, answer)
	}
	if l.Only {
		return b.again(m, q, fmt.Errorf("%q is none of these", Clip(text, 40)))
	}
	return b.filled(who, m, q, text)
}

// withdraws tells whether a word says that nothing is to be done.
func withdraws(word string) bool {
	return slices.Contains([]string{"no", "n", "cancel"}, strings.ToLower(word))
}

func (b *Bot) withdrawn(m Message, q *question) bool {
	if !b.take(q) {
		return false
	}
	b.settle(q, "cancelled")
	q.call.reply = b.answer(m)
	q.end(b, "not done, as you say")
	m.done(nil)
	return true
}

// commanded tells whether words are meant for a command: they begin with its full name, or are one word that is nearly a
// name. An answer may be told to everybody, and a slip of the thumb is not to be.
func (b *Bot) commanded(who Person, words []string) bool {
	if len(words) == 0 {
		return false
	}
	s := b.settings.Load()
	word := strings.ToLower(words[0])
	var names []string
	for _, c := range s.Commands {
		if c.Name == word {
			return true
		}
		if s.Policy.May(who, c, "") == nil {
			names = append(names, c.Name)
		}
	}
	return len(words) == 1 && Nearest(word, names) != ""
}

// filled runs the line that the answer completes.
func (b *Bot) filled(who Person, m Message, q *question, answer string) bool {
	line, err := q.call.lack.Fill(answer)
	var words []string
	if err == nil {
		words, err = Words(line)
	}
	if err != nil {
		return b.again(m, q, err)
	}
	if !b.take(q) {
		return false
	}
	close(q.ended)
	r := q.call.reply // the answer to a button takes the question's place
	if m.Press == "" {
		b.settle(q, answer)
		r = b.answer(m)
	}
	m.Text, m.Press = line, ""
	b.perform(who, m, r, words)
	return true
}

// again asks once more, since the answer was none.
func (b *Bot) again(m Message, q *question, why error) bool {
	if !b.take(q) {
		return false
	}
	close(q.ended)
	c := *q.call
	if m.Press == "" {
		b.settle(q, "")
		c.reply = b.answer(m)
	}
	c.Message.Done = m.Done
	b.inquire(&c, why.Error())
	return true
}

// settle takes the buttons off a question that was answered in words, where there are buttons.
func (b *Bot) settle(q *question, answer string) {
	r, p := q.call.reply, Post{Text: strings.TrimSpace(q.call.Line() + ": " + q.call.lack.Ask + " " + Clip(answer, 200))}
	if _, ok := b.chat(r.message.Chat).(Chooser); ok {
		b.work.Go(func() { r.amend(p) })
	}
}
