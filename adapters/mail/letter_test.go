package mail

import (
	"net/mail"
	"strings"
	"testing"
	"time"

	"github.com/diaspote/vigie/fixtures/mailbox"
)

func letterOf(title, subject, text string) *letter {
	return &letter{
		from: mail.Address{Name: title, Address: "status@diaspote.example"}, to: "reader@example.org", date: time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC),
		id: "a@b", thread: "c@b", subject: subject, language: "en", text: text, list: listName(title) + "<status.diaspote.example>", unsubscribe: "https://status.diaspote.example/x",
	}
}

// known are the headers that a letter has.
var known = "|Date|Message-Id|In-Reply-To|References|From|To|Subject|Content-Language|Auto-Submitted|X-Auto-Response-Suppress|Precedence|List-Id|" +
	"List-Unsubscribe|List-Unsubscribe-Post|Mime-Version|Content-Type|Content-Transfer-Encoding|"

// checkLetter has a library that did not write it read a letter, and finds in it nothing but what was said.
func checkLetter(t *testing.T, title, subject, text string) {
	t.Helper()
	raw := letterOf(title, subject, text).bytes()
	m, err := mailbox.Read([]byte(strings.ReplaceAll(string(raw), "\n", "\r\n")))
	if err != nil {
		t.Fatalf("%v in %q", err, raw)
	}
	for fields := m.Header.Fields(); fields.Next(); {
		if !strings.Contains(known, "|"+fields.Key()+"|") {
			t.Errorf("a header %q in %q", fields.Key(), raw)
		}
	}
	if to := m.Header.Get("To"); to != "<reader@example.org>" {
		t.Errorf("to %q in %q", to, raw)
	}
	for line := range strings.SplitSeq(string(raw), "\n") {
		if len(line) > 998 || strings.ContainsAny(line, "\r\x00") {
			t.Errorf("%q", line)
		}
	}
}

func TestHostileLetters(t *testing.T) {
	for _, s := range []string{
		"", "Pod slow", "a\r\nBcc: victim@example.org", "a\nBcc: victim@example.org\n\nbody", "=?utf-8?q?a=0D=0ABcc:_victim@example.org?=", "\x00\x1b[2J",
		"\u2028Bcc: x", strings.Repeat("🦫", 200), strings.Repeat("x", 250), strings.Repeat("a b ", 60), "\".<>()@,;:\\[]", "   ", "\xff\xfe", ".", "a\n.\nb", "From me",
	} {
		checkLetter(t, s, s, s)
	}
}

func TestSubjects(t *testing.T) {
	for _, s := range []string{"Pod slow", "très lent – " + strings.Repeat("🦫", 180), "= ?utf-8?q?x?=", strings.Repeat("word ", 40) + "end", "a  b"} {
		m, err := mailbox.Read([]byte(strings.ReplaceAll(string(letterOf("t", s, "x").bytes()), "\n", "\r\n")))
		if err != nil || m.Subject() != s {
			t.Errorf("%q, %v, not %q", m.Subject(), err, s)
		}
	}
}

// TestPretence has texts look like what headers are made of.
func TestPretence(t *testing.T) {
	m, err := mailbox.Read([]byte(strings.ReplaceAll(string(letterOf("t", "=?utf-8?q?paid?= by me", "x").bytes()), "\n", "\r\n")))
	if err != nil || m.Subject() != "= ?utf-8?q?paid?= by me" {
		t.Errorf("%q, %v", m.Subject(), err)
	}
	if got := fold("Subject: a\r\nBcc: b\x00"); got != "Subject: aBcc: b" {
		t.Errorf("%q", got)
	}
}

func FuzzLetter(f *testing.F) {
	f.Add("diaspote", "Pod slow", "We look.\n.\n")
	f.Add("a\r\nBcc: b", "=?utf-8?q?=0D=0A?=", "\r\n.\r\n")
	f.Fuzz(checkLetter)
}
