package slack

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/diaspote/vigie/bot"
	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackutilsx"
	"github.com/slack-go/slack/socketmode"
)

func TestPlain(t *testing.T) {
	for raw, want := range map[string]string{
		"status":                                 "status",
		"a &lt; b &amp;&amp; c &gt; d":           "a < b && c > d",
		"&amp;lt; &amp;amp;":                     "&lt; &amp;",
		"&quot; &#39;":                           "&quot; &#39;",
		"<http://pod.example>":                   "http://pod.example",
		"<http://pod.example|pod.example>":       "pod.example",
		"<http://a?x=1&amp;y=2>":                 "http://a?x=1&y=2",
		"<mailto:dada@a.example|dada@a.example>": "dada@a.example",
		"in <#C0OPS|ops> and <#C0VAULT>":         "in #ops and #C0VAULT",
		"<#C0OPS|>":                              "#C0OPS",
		"<@U0DADA> <@U0DADA|dada>":               "@U0DADA @dada",
		"<!here> <!channel|@channel>":            "@here @channel",
		"<!subteam^S1|@admins> <!subteam^S1>":    "@admins @subteam^S1",
		"<!date^1712345678^{date}|5 April>":      "5 April",
		"restart <x":                             "restart <x",
		"a < b <http://c|c>":                     "a < b c",
		"<> <|> <|x>":                            "<> <|> <|x>",
		"x > y":                                  "x > y",
		"":                                       "",
	} {
		if got := plain(raw); got != want {
			t.Errorf("%q is %q, want %q", raw, got, want)
		}
	}
}

// What people type without links comes through Slack's escaping unchanged.
func FuzzPlain(f *testing.F) {
	for _, s := range []string{"a < b", "&lt;", "<@U0DADA>", "<http://a|b>", "<!here", "a\x00\xff<>|"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if got := plain(slackutilsx.EscapeMessage(s)); got != s {
			t.Errorf("%q came back as %q", s, got)
		}
		if got := plain(s); len(got) > len(s)+strings.Count(s, "<!") {
			t.Errorf("%q grew to %q", s, got)
		}
	})
}

func TestAddressed(t *testing.T) {
	for raw, want := range map[string]string{
		"<@U0VIGIE> status":            "status",
		"<@U0VIGIE>\u00a0status":       "status",
		" <@U0VIGIE>: status ":         "status",
		"<@U0VIGIE|vigie>, status":     "status",
		"<@U0VIGIE>":                   "",
		"<@U0VIGIE> <@U0VIGIE> status": "<@U0VIGIE> status",
	} {
		if got, ok := addressed(raw, "U0VIGIE"); !ok || got != want {
			t.Errorf("%q: %q %v, want %q", raw, got, ok, want)
		}
	}
	for _, raw := range []string{"status", "ask <@U0VIGIE>", "<@U0VIGIE2> status", "<@U0VIGI> status", "<@U0VIGIE status", ""} {
		if got, ok := addressed(raw, "U0VIGIE"); ok || got != raw {
			t.Errorf("%q counts as addressed: %q", raw, got)
		}
	}
}

// Whatever an envelope holds, what is delivered has a person, a room, and something to run once.
func FuzzRead(f *testing.F) {
	f.Add("events_api", []byte(`{"event_id":"Ev1","event":{"type":"app_mention","user":"U0DADA","text":"<@U0VIGIE> status","channel":"C0OPS","ts":"1712345678.000100"}}`))
	f.Add("events_api", []byte(`{"event":{"type":"message","channel_type":"im","user":"U0DADA","text":"status","channel":"D0DADA","ts":"1712345678.000100","thread_ts":"1.2"}}`))
	f.Add("slash_commands", []byte(`{"user_id":"U0DADA","channel_id":"C0OPS","text":"status","trigger_id":"1.2.3","response_url":"https://hooks.example/1"}`))
	f.Add("interactive", []byte(`{"type":"block_actions","user":{"id":"U0DADA"},"container":{"channel_id":"C0OPS","message_ts":"1.2"},"actions":[{"block_id":"vigie","value":"yes","action_ts":"1712345678.1"}]}`))
	f.Fuzz(func(t *testing.T, kind string, payload []byte) {
		h, ok := read(socketmode.Request{Type: kind, Payload: payload}, "U0VIGIE")
		if !ok {
			return
		}
		user, isSlack := strings.CutPrefix(h.msg.From, "slack:")
		if !isSlack || !userID.MatchString(user) || user == "U0VIGIE" && kind == "events_api" || !channelID.MatchString(h.msg.Room) {
			t.Errorf("from %q in %q", h.msg.From, h.msg.Room)
		}
		if h.key == "" || h.at.IsZero() && h.hook == "" || h.msg.Press != "" && h.msg.Text != "" {
			t.Errorf("got %+v", h)
		}
	})
}

func FuzzCut(f *testing.F) {
	f.Add("one line\nanother line\nthe third", 20)
	f.Add("<<<<", 10)
	f.Add("漢字", 1)
	f.Fuzz(func(t *testing.T, s string, n int) {
		s = bot.Clean(s)
		if n < 1 || n > 1<<16 {
			return
		}
		got := cut(s, n)
		if !utf8.ValidString(got) {
			t.Fatalf("%q is not UTF-8", got)
		}
		encoded, err := json.Marshal(got)
		if err != nil {
			t.Fatal(err)
		}
		if room := n + len(fmt.Sprintf(`"\n… %d characters more"`, len(s))); len(encoded) > room {
			t.Errorf("%d bytes of JSON, at most %d were asked for: %s", len(encoded), n, encoded)
		}
		if got != s && !strings.HasSuffix(got, " more") {
			t.Errorf("%q was cut to %q without a word", s, got)
		}
	})
}

func TestCut(t *testing.T) {
	for _, c := range []struct {
		in   string
		n    int
		want string
	}{
		{"short", 10, "short"},
		{"abcdefghij", 10, "abcdefghij"},
		{"abcdefghijk", 10, "abcdefghij… 1 characters more"},
		{"12345678\n12345678\nab\ncd", 20, "12345678\n12345678\n… 2 lines more"},
		{"123\n12345678901234567890", 10, "123\n12345… 15 characters more"},
		{"12345678\n1234567\nab\ncd", 20, "12345678\n1234567\n… 2 lines more"},
	} {
		if got := cut(c.in, c.n); got != c.want {
			t.Errorf("%q cut at %d is %q, want %q", c.in, c.n, got, c.want)
		}
	}
}

func TestPace(t *testing.T) {
	var p pace
	now := time.Unix(1_700_000_000, 0)
	want := func(key string, at time.Duration, wait time.Duration) {
		t.Helper()
		if got, ok := p.take(key, now.Add(at), time.Minute); !ok || got != wait {
			t.Errorf("after %v, %s has to wait %v %v, want %v", at, key, got, ok, wait)
		}
	}
	for range paceBurst {
		want("a", 0, 0)
	}
	want("a", 0, 1*time.Second)
	want("a", 0, 2*time.Second)
	want("b", 0, 0)
	want("a", 5*time.Second, 0)
	p.hold("b", now, 20*time.Second)
	want("b", 0, 20*time.Second)
	want("b", time.Second, 20*time.Second)
	p.hold("b", now, time.Hour)
	for range 2 { // what is refused reserves nothing
		if wait, ok := p.take("b", now, time.Minute); ok || wait != time.Hour {
			t.Errorf("a call was let in, to wait %v", wait)
		}
	}
	for i := range 10 * paceRooms {
		p.take(fmt.Sprint(i), now.Add(time.Duration(i)*time.Minute), time.Minute)
	}
	if n := len(p.until); n > paceRooms+1 {
		t.Errorf("%d rooms are remembered", n)
	}
}

func TestSeen(t *testing.T) {
	var s seen
	now := time.Unix(1_700_000_000, 0)
	if !s.first("a", now) || s.first("a", now) {
		t.Fatal("a is new once")
	}
	for i := time.Duration(0); i <= rememberFor; i += time.Minute {
		s.first(fmt.Sprint(i), now.Add(i))
		if s.first("a", now.Add(i)) {
			t.Fatalf("a was forgotten after %v", i)
		}
	}
	for i := range 10 * rememberMax {
		s.first(fmt.Sprint("flood ", i), now)
	}
	if n := len(s.young) + len(s.old); n > 2*rememberMax {
		t.Errorf("%d keys are remembered", n)
	}
	s.forget("flood 40959")
	if !s.first("flood 40959", now) {
		t.Error("what was to be forgotten is remembered")
	}
}

// The manifest is read as strictly as Slack's own type for it allows, and asks for nothing unused.
func TestManifest(t *testing.T) {
	var m slack.Manifest
	in := json.NewDecoder(strings.NewReader(Manifest()))
	in.DisallowUnknownFields()
	if err := in.Decode(&m); err != nil {
		t.Fatal(err)
	}
	if !m.Settings.SocketModeEnabled || !m.Settings.Interactivity.IsEnabled || m.Settings.TokenRotationEnabled {
		t.Errorf("settings: %+v", m.Settings)
	}
	if got := fmt.Sprint(m.Settings.EventSubscriptions.BotEvents); got != "[app_mention message.im]" {
		t.Errorf("events: %s", got)
	}
	if got := fmt.Sprint(m.OAuthConfig.Scopes.Bot); got != "[app_mentions:read channels:read chat:write commands files:write groups:read im:history im:read]" || len(m.OAuthConfig.Scopes.User) > 0 {
		t.Errorf("scopes: %s", got)
	}
	if len(m.Features.SlashCommands) != 1 || m.Features.SlashCommands[0].Command != "/vigie" || !m.Features.SlashCommands[0].ShouldEscape {
		t.Errorf("commands: %+v", m.Features.SlashCommands)
	}
}
