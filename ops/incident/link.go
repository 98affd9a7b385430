package incident

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"strings"
)

// Links are addresses that are sent to subscribers and prove that who comes by them got that mail. They are signed rather than
// kept as hashes: each mail has to have one, years later too, and one that goes out again after a crash has to have the same. Who
// guesses costs nothing: a link that is not signed is refused before the ledger is asked.
type Links struct {
	Base string // "https://status.diaspote.org", without a slash at its end
	Key  []byte // that they are signed with
}

// macSize is how much of an HMAC-SHA256 a link has: 160 bits are not guessed.
const macSize = 20

// Confirm is the address of the page where a subscriber says yes. It is good while that one is there, whose number is never given
// again.
func (l *Links) Confirm(id int64) string {
	return l.Base + "/subscribe/confirm?t=" + l.token("confirm", binary.AppendUvarint(nil, uint64(id)))
}

// Confirms tells which subscriber a token of such an address is of.
func (l *Links) Confirms(token string) (id int64, ok bool) {
	b, ok := l.open(token, "confirm")
	if !ok {
		return 0, false
	}
	n, size := binary.Uvarint(b)
	return int64(n), size == len(b)
}

// Unsubscribe is the address of the page where who reads mail at an address says no. It is good for good, also if they have gone and
// come back meanwhile: who clicks in an old mail wants no new one.
func (l *Links) Unsubscribe(address string) string {
	return l.Base + "/unsubscribe?t=" + l.token("unsubscribe", l.mark(address))
}

// Unsubscribes tells which of all subscribers a token of such an address is of; ok is false if it was never signed.
func (l *Links) Unsubscribes(token string, all func() ([]Subscriber, error)) (these []Subscriber, ok bool, err error) {
	mark, ok := l.open(token, "unsubscribe")
	if !ok {
		return nil, false, nil
	}
	list, err := all()
	for _, s := range list {
		if !s.Confirmed.IsZero() && hmac.Equal(l.mark(s.Address), mark) {
			these = append(these, s)
		}
	}
	return these, true, err
}

// mark stands for an address that is not to be read in a link.
func (l *Links) mark(address string) []byte {
	return l.sign("address", []byte(strings.ToLower(address)))[:8]
}

func (l *Links) token(what string, of []byte) string {
	return base64.RawURLEncoding.EncodeToString(append(of, l.sign(what, of)...))
}

// open returns what a token was made of. What it is for is signed along: the one does not serve as the other.
func (l *Links) open(token, what string) (of []byte, ok bool) {
	if len(token) > 60 {
		return nil, false
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(b) <= macSize || strings.ContainsAny(token, "\r\n") { // which are skipped even so
		return nil, false
	}
	of = b[:len(b)-macSize]
	return of, hmac.Equal(b[len(of):], l.sign(what, of))
}

func (l *Links) sign(what string, of []byte) []byte {
	mac := hmac.New(sha256.New, l.Key)
	mac.Write(append([]byte("vigie subscriber "+what+"\x00"), of...))
	return mac.Sum(nil)[:macSize]
}
