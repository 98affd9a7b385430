package slack

import (
	"errors"
	"fmt"
	"strings"

	"github.com/diaspote/vigie/bot"
	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackutilsx"
)

// What a post holds at most. Slack refuses blocks of more than about 13,200 characters in all
// (github.com/slackapi/bolt-js issue 2509), and an edit whose fallback text has more than 4,000.
const (
	maxText     = 3000 // as JSON, in bytes
	maxBlock    = 6000 // as JSON, in bytes
	maxFallback = 1000 // as JSON, in bytes
	maxChoices  = 8
	maxValue    = 150 // bytes
	maxLabel    = 75  // runes, https://docs.slack.dev/reference/block-kit/block-elements/button-element
)

// choicesID is the block_id of the buttons, and the start of their action_id.
const choicesID = "vigie"

// render shows a post as rich text, in which Slack takes nothing for markup, a mention or a link. The
// escaped text beside it is for notifications alone.
// https://docs.slack.dev/reference/block-kit/blocks/rich-text-block
func render(p bot.Post) ([]slack.MsgOption, error) {
	text, block := bot.Clean(p.Text), bot.Clean(p.Block)
	fallback := text
	var parts []slack.RichTextElement
	if text != "" {
		parts = append(parts, slack.NewRichTextSection(slack.NewRichTextSectionTextElement(cut(text, maxText), nil)))
	} else {
		fallback = block
	}
	if block != "" {
		parts = append(parts, &slack.RichTextPreformatted{
			Type:     slack.RTEPreformatted,
			Elements: []slack.RichTextSectionElement{slack.NewRichTextSectionTextElement(cut(block, maxBlock), nil)},
		})
	}
	if len(parts) == 0 {
		return nil, errors.New("there is nothing to show")
	}
	blocks := []slack.Block{slack.NewRichTextBlock("", parts...)}
	if len(p.Choices) > 0 {
		buttons, err := renderChoices(p.Choices)
		if err != nil {
			return nil, err
		}
		blocks = append(blocks, buttons)
	}
	return []slack.MsgOption{
		slack.MsgOptionBlocks(blocks...),
		slack.MsgOptionText(slackutilsx.EscapeMessage(cut(fallback, maxFallback)), false),
		slack.MsgOptionParse(false), // no @channel or #ops in the fallback
		slack.MsgOptionDisableMarkdown(),
		slack.MsgOptionDisableLinkUnfurl(), // nobody's log line makes Slack fetch a page
		slack.MsgOptionDisableMediaUnfurl(),
	}, nil
}

func renderChoices(choices []bot.Choice) (slack.Block, error) {
	if len(choices) > maxChoices {
		return nil, fmt.Errorf("%d buttons are too many; at most %d fit", len(choices), maxChoices)
	}
	var buttons []slack.BlockElement
	for i, c := range choices {
		if c.Value == "" || len(c.Value) > maxValue {
			return nil, fmt.Errorf("the value of the button %q must have 1 to %d bytes", c.Label, maxValue)
		}
		label := bot.Clip(c.Label, maxLabel)
		if label == "" {
			return nil, errors.New("a button needs a label")
		}
		button := slack.NewButtonBlockElement(fmt.Sprintf("%s-%d", choicesID, i), c.Value,
			slack.NewTextBlockObject(slack.PlainTextType, label, false, false))
		if c.Risky {
			button.WithStyle(slack.StyleDanger)
		}
		buttons = append(buttons, button)
	}
	return slack.NewActionBlock(choicesID, buttons...), nil
}

// cut keeps what takes at most n bytes as JSON, to the end of a line where that leaves more than half,
// and says how much it left out.
func cut(s string, n int) string {
	end, size := len(s), 0
	for i, r := range s {
		if size += jsonSize(r); size > n {
			end = i
			break
		}
	}
	if end == len(s) {
		return s
	}
	kept := s[:end]
	if at := strings.LastIndexByte(kept, '\n'); at > end/2 {
		return fmt.Sprintf("%s\n… %d lines more", s[:at], 1+strings.Count(s[at+1:], "\n"))
	}
	return fmt.Sprintf("%s… %d characters more", kept, len([]rune(s[end:])))
}

// jsonSize is what encoding/json makes of a rune at most, in bytes.
func jsonSize(r rune) int {
	switch r {
	case '"', '\\', '\n':
		return 2
	case '<', '>', '&', '\u2028', '\u2029':
		return 6
	}
	return len(string(r))
}
