package config

import "strings"

func slack(t *table, dir string) *Slack {
	s := &Slack{
		AppToken: token(t, "app_token_file", dir, "slack.app", "xapp-"),
		BotToken: token(t, "bot_token_file", dir, "slack.bot", "xoxb-"),
	}
	s.Channels, _ = t.list("channels", slackChannel)
	t.done()
	return s
}

// token reads a token and looks at its kind: the two are easily taken one for the other.
func token(t *table, key, dir, example, prefix string) Secret {
	t.need(key, example)
	s := t.secret(key, dir)
	if !s.IsZero() && !strings.HasPrefix(s.Reveal(), prefix) {
		t.fail(key, "it is on the app's page at api.slack.com", "%s: the token in that file does not begin with %s", t.called(key), prefix)
	}
	return s
}
