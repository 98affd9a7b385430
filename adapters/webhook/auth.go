package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"net/http"
	"strings"
)

// Headers that hold an HMAC-SHA256 of the body under the secret: GitHub's (Forgejo and Gitea send it too), a plain one,
// Grafana's and the one of [Hook].
// https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
var signatures = []string{"X-Hub-Signature-256", "X-Signature-256", "X-Grafana-Alerting-Signature", signatureHeader}

// shown tells whether a request shows the secret itself, as a bearer token, with basic authentication or, from those
// that write to Slack and can set no header, in its address.
func shown(r *http.Request, s Source, last string) bool {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if strings.EqualFold(scheme, "Bearer") && same(strings.TrimSpace(token), s.Secret) {
		return true
	}
	if user, password, ok := r.BasicAuth(); ok && (same(user+":"+password, s.Secret) || same(password, s.Secret)) {
		return true
	}
	return s.Kind == slack && (same(last, s.Secret) || same(r.URL.Query().Get("token"), s.Secret))
}

// signs tells whether a request says that its body is signed.
func signs(r *http.Request) bool {
	for _, name := range signatures {
		if r.Header.Get(name) != "" {
			return true
		}
	}
	return false
}

// signed tells whether the body is signed with the secret.
func signed(r *http.Request, body []byte, secret string) bool {
	for _, name := range signatures {
		if text := r.Header.Get(name); text != "" {
			got, err := hex.DecodeString(strings.TrimPrefix(text, "sha256="))
			if err == nil && hmac.Equal(got, signature(body, secret)) {
				return true
			}
		}
	}
	return false
}

func signature(body []byte, secret string) []byte {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(body)
	return mac.Sum(nil)
}

// same compares in a time that tells nothing, not even the length.
func same(got, want string) bool {
	a, b := sha256.Sum256([]byte(got)), sha256.Sum256([]byte(want))
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1
}
