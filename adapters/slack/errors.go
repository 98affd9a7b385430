package slack

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/diaspote/vigie/bot"
	"github.com/slack-go/slack"
)

// explain makes of an error from slack-go a sentence that says what to do, and [bot.ErrOffline] of all
// that may be better later. It never holds a URL: those of Slack have tickets and tokens in them.
func explain(ctx context.Context, op string, err error) error {
	var refused slack.SlackErrorResponse
	var status slack.StatusCodeError
	var at *url.Error
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return fmt.Errorf("%s: %w", op, ctx.Err())
	case errors.Is(err, bot.ErrOffline):
		return fmt.Errorf("%s: %w", op, err)
	case errors.As(err, &refused) && !passing(refused.Err):
		return fmt.Errorf("%s: slack says %s%s", op, refused.Err, hint(refused))
	case errors.As(err, &status):
		return fmt.Errorf("%s: %w: slack answers %s", op, bot.ErrOffline, http.StatusText(status.Code))
	case errors.As(err, &at):
		return fmt.Errorf("%s: %w: %w", op, bot.ErrOffline, at.Err)
	}
	return fmt.Errorf("%s: %w: %w", op, bot.ErrOffline, err)
}

// passing tells whether an error code of Slack's is trouble of its own.
func passing(code string) bool {
	switch code {
	case "ratelimited", "rate_limited", "internal_error", "fatal_error", "service_unavailable", "request_timeout":
		return true
	}
	return false
}

// hint says what the admin can do about an error code.
// https://docs.slack.dev/reference/methods/chat.postMessage#errors
func hint(refused slack.SlackErrorResponse) string {
	switch refused.Err {
	case "invalid_auth", "not_authed", "token_revoked", "token_expired", "account_inactive":
		return ": the token is wrong or was revoked; copy it anew from the app's page at api.slack.com/apps"
	case "not_allowed_token_type":
		return ": the tokens are swapped; the app token begins with xapp-, the bot token with xoxb-"
	case "missing_scope":
		return fmt.Sprintf(": the app lacks %s; give it the manifest that `vigie slack-manifest` prints, and install it again", refused.Needed)
	case "not_in_channel":
		return ": vigie is not in that channel; type there: /invite @vigie"
	case "channel_not_found":
		return ": there is no such channel, or it is private and vigie is not in it; type there: /invite @vigie"
	case "user_not_in_channel":
		return ": that person is not in the channel"
	case "is_archived":
		return ": the channel is archived; take it out of the config"
	}
	return ""
}

// retryAfter is how long Slack wants no more calls, if it says so. A 429 without a Retry-After header is
// taken for half a minute.
func retryAfter(err error) (time.Duration, bool) {
	var limited *slack.RateLimitedError
	if errors.As(err, &limited) {
		return max(limited.RetryAfter, time.Second), true
	}
	var status slack.StatusCodeError
	if errors.As(err, &status) && status.Code == http.StatusTooManyRequests {
		return 30 * time.Second, true
	}
	return 0, false
}
