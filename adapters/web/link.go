package web

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
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
