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

// Confirm is the address of the page where a subscriber says yes.
func (l *Links) Confirm(id int64) string {
	return l.Base + "/subscribe/confirm?t=" + l.Token(ToConfirm, id)
}

// Unsubscribe is the address of the page where a subscriber says no.
func (l *Links) Unsubscribe(id int64) string {
	return l.Base + "/unsubscribe?t=" + l.Token(ToUnsubscribe, id)
}

// Token is what proves that somebody got a mail.
func (l *Links) Token(what string, id int64) string {
	return base64.RawURLEncoding.EncodeToString(append(binary.AppendUvarint(nil, uint64(id)), l.sign(what, id)...))
}

// Check tells which subscriber a token is of, if it is one for that. The ledger is not asked: who guesses costs nothing.
func (l *Links) Check(token, what string) (id int64, ok bool) {
	if len(token) > 60 {
		return 0, false
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil {
		return 0, false
	}
	n, size := binary.Uvarint(b)
	return int64(n), size > 0 && hmac.Equal([]byte(token), []byte(l.Token(what, int64(n))))
}

func (l *Links) sign(what string, id int64) []byte {
	mac := hmac.New(sha256.New, l.Key)
	mac.Write(binary.BigEndian.AppendUint64([]byte("vigie subscriber "+what+"\x00"), uint64(id)))
	return mac.Sum(nil)[:macSize]
}
