package incident

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
)

// Links are addresses that are sent to subscribers and prove that who comes by them got that mail. They are signed rather than
// kept as hashes: each mail has to have one, years later too, and one that goes out again after a crash has to have the same. They
// are good as long as the subscriber is there, whose number is never given again.
type Links struct {
	Base string // "https://status.diaspote.org", without a slash at its end
	Key  []byte // that they are signed with
}

// What a link is for; the one does not serve as the other.
const (
	ToConfirm     = "confirm"
	ToUnsubscribe = "unsubscribe"
)

// macSize is how much of an HMAC-SHA256 a link has: 160 bits are not guessed.
const macSize = 20

// Token is what proves that s got a mail.
func (l *Links) Token(what string, s Subscriber) string {
	id := binary.AppendUvarint(nil, uint64(s.ID))
	return base64.RawURLEncoding.EncodeToString(append(id, l.sign(what, s)...))
}

// Confirm is the address of the page where s says yes.
func (l *Links) Confirm(s Subscriber) string {
	return l.Base + "/subscribe/confirm?t=" + l.Token(ToConfirm, s)
}

// Unsubscribe is the address of the page where s says no.
func (l *Links) Unsubscribe(s Subscriber) string {
	return l.Base + "/unsubscribe?t=" + l.Token(ToUnsubscribe, s)
}

// Number is whose a token says that it is, to be checked by [Links.Holds] once that one is read.
func (l *Links) Number(token string) (id int64, ok bool) {
	if len(token) > 60 {
		return 0, false
	}
	b, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		return 0, false
	}
	n, size := binary.Uvarint(b)
	return int64(n), size > 0 && int64(n) > 0 && len(b) == size+macSize
}

// Holds tells whether a token is one of s, for that.
func (l *Links) Holds(token, what string, s Subscriber) bool {
	return hmac.Equal([]byte(token), []byte(l.Token(what, s)))
}

func (l *Links) sign(what string, s Subscriber) []byte {
	mac := hmac.New(sha256.New, l.Key)
	mac.Write([]byte("vigie subscriber " + what + "\x00" + s.Address + "\x00"))
	mac.Write(binary.BigEndian.AppendUint64(nil, uint64(s.ID)))
	return mac.Sum(nil)[:macSize]
}
