package mail

import (
	"bytes"
	"mime"
	"mime/quotedprintable"
	"net/mail"
	"net/url"
	"strings"
	"time"
	"unicode"
)

// A letter is one mail before it is written out.
type letter struct {
	from     mail.Address
	to       string // an address that [incident.Address] let through
	date     time.Time
	id       string // without < and >
	thread   string // the ID of what it belongs to, which need not have been sent; "" for nothing
	subject  string
	language string
	text     string // lines end in \n

	list        string // what the list is called: "diaspote.org <status.diaspote.org>"; "" for no list
	unsubscribe string // the address that ends it; "" for none
}

// bytes is the mail as sendmail -t reads it: lines end in \n, as in any file (sendmail(1)).
func (l *letter) bytes() []byte {
	var b bytes.Buffer
	header := func(name, value string) {
		if value != "" {
			b.WriteString(fold(name + ": " + value))
			b.WriteByte('\n')
		}
	}
	inAngles := func(s string) string {
		if s == "" {
			return ""
		}
		return "<" + s + ">"
	}
	header("Date", l.date.Format(time.RFC1123Z))
	header("Message-ID", inAngles(l.id))
	header("In-Reply-To", inAngles(l.thread))
	header("References", inAngles(l.thread))
	header("From", l.from.String())
	header("To", inAngles(l.to))
	header("Subject", words(l.subject))
	header("Content-Language", l.language)
	// No holiday notice answers it (RFC 3834), and Exchange neither.
	header("Auto-Submitted", "auto-generated")
	header("X-Auto-Response-Suppress", "All")
	if l.list != "" {
		header("Precedence", "list")
		header("List-Id", l.list)
	}
	header("List-Unsubscribe", inAngles(l.unsubscribe))
	if strings.HasPrefix(l.unsubscribe, "https:") { // RFC 8058 wants no other
		header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")
	}
	header("MIME-Version", "1.0")
	header("Content-Type", "text/plain; charset=utf-8")
	header("Content-Transfer-Encoding", "quoted-printable")
	b.WriteByte('\n')
	body := quotedprintable.NewWriter(&b)
	body.Write([]byte(strings.TrimRight(l.text, "\n") + "\n")) // a Buffer takes all
	body.Close()
	return bytes.ReplaceAll(b.Bytes(), []byte("\r\n"), []byte("\n"))
}

// words is a text as headers have it (RFC 2047). One that looks as if it were encoded already does not get through.
func words(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\ufffd"))
	return mime.QEncoding.Encode("utf-8", strings.ReplaceAll(s, "=?", "= ?"))
}

// lineSize is how long a line of a header becomes, where there are spaces to fold it at (RFC 5322, 2.1.1).
const lineSize = 76

// fold breaks a header into lines at its spaces. Control characters, which nothing here should have, are dropped: a line break
// from elsewhere would begin a header of its own.
func fold(header string) string {
	header = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, header)
	var b strings.Builder
	for n, word := range strings.Split(header, " ") {
		last := b.String()[strings.LastIndexByte(b.String(), '\n')+1:]
		switch {
		case n == 0:
		case word != "" && strings.TrimSpace(last) != "" && len(last)+1+len(word) > lineSize:
			b.WriteString("\n ")
		default:
			b.WriteByte(' ')
		}
		b.WriteString(word)
	}
	return b.String()
}

// hostIn is the host's name in an address, for what has to be unique by it.
func hostIn(address string) string {
	if _, domain, ok := strings.Cut(address, "@"); ok {
		return domain
	}
	if u, err := url.Parse(address); err == nil && u.Hostname() != "" {
		return u.Hostname()
	}
	return "vigie.invalid"
}
