package web

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Links are addresses that let in who has them, for a while.
type Links struct {
	Base string        // "https://status.diaspote.org", without a slash at its end
	Key  []byte        // that they are signed with
	For  time.Duration // as long is one good
}

// New is the address of the graphs, good from now on.
func (l *Links) New(now time.Time) string {
	return l.Base + "/graphs?token=" + l.token(now.Add(l.For))
}

// token is the second at which it expires, and a signature.
func (l *Links) token(expires time.Time) string {
	b := binary.BigEndian.AppendUint64(nil, uint64(expires.Unix()))
	return base64.RawURLEncoding.EncodeToString(append(b, l.sign(b)...))
}

func (l *Links) sign(b []byte) []byte {
	mac := hmac.New(sha256.New, l.Key)
	mac.Write([]byte("vigie graphs\x00"))
	mac.Write(b)
	return mac.Sum(nil)
}

// check tells until when a token is good; ok is false if it never was, or is not any more.
func (l *Links) check(token string, now time.Time) (expires time.Time, ok bool) {
	b, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(b) != 8+sha256.Size || !hmac.Equal(b[8:], l.sign(b[:8])) {
		return expires, false
	}
	expires = time.Unix(int64(binary.BigEndian.Uint64(b)), 0)
	return expires, now.Before(expires) && expires.Sub(now) <= l.For // a clock that was ahead signs no link for years
}

const cookie = "vigie-graphs"

// enter lets in who follows a link, if it is good or they have been let in before.
func (s *Site) enter(w http.ResponseWriter, r *http.Request, token string, now time.Time) {
	expires, ok := s.Links.check(token, now)
	if _, before := s.visitor(r, now); !ok && !before {
		s.closed(w)
		return
	}
	if ok {
		// Max-Age and not Expires: the clocks here and there may differ.
		http.SetCookie(w, &http.Cookie{Name: cookie, Value: token, Path: s.Links.path(), MaxAge: int(expires.Sub(now).Seconds()), HttpOnly: true,
			Secure: strings.HasPrefix(s.Links.Base, "https:"), SameSite: http.SameSiteLaxMode})
	}
	w.Header().Set("Location", "graphs") // without the token; relative, as a proxy may have put the bot below a path
	w.WriteHeader(http.StatusSeeOther)
}

// visitor tells until when somebody is let in.
func (s *Site) visitor(r *http.Request, now time.Time) (expires time.Time, ok bool) {
	c, err := r.Cookie(cookie)
	if err != nil {
		return expires, false
	}
	return s.Links.check(c.Value, now)
}

// path is that of the graphs as browsers see it.
func (l *Links) path() string {
	if u, err := url.Parse(l.Base); err == nil {
		return u.Path + "/graphs"
	}
	return "/graphs"
}
