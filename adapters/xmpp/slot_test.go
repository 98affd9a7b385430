package xmpp

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
)

func slotXML(put, get, headers string) string {
	return fmt.Sprintf("<iq xmlns='jabber:client' type='result'><slot xmlns='%s'><put url='%s'>%s</put><get url='%s'/></slot></iq>",
		nsUpload, escape(put), headers, escape(get))
}

func TestReadSlot(t *testing.T) {
	const put, get = "https://upload.localhost:5281/a/x.png?v2=1", "https://cdn.localhost/a/x.png"
	got, err := readSlot(parse(t, slotXML(put, get, "<header name='Authorization'>Basic&#10; abc\r\nHost: evil</header>"+
		"<header name='cookie'>a=b</header><header name='COOKIE'>c=d</header><header name='Expi&#10;res'>never</header>"+
		"<header name='Host'>evil.example</header><header name='X-Forwarded-For'>127.0.0.1</header><header/>")))
	if err != nil {
		t.Fatal(err)
	}
	want := slot{put: put, get: get, header: map[string][]string{
		"Authorization": {"Basic abcHost: evil"}, "Cookie": {"a=b", "c=d"}, "Expires": {"never"},
	}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
}

func TestReadSlotThatIsNone(t *testing.T) {
	const good = "https://localhost/x"
	for _, test := range []struct{ xml, why string }{
		{"<iq xmlns='jabber:client' type='result'/>", "there is none"},
		{fmt.Sprintf("<iq xmlns='jabber:client'><slot xmlns='%s'><get url='https://localhost/x'/></slot></iq>", nsUpload), "missing"},
		{slotXML("http://localhost/x", good, ""), `not https:// but "http"`},
		{slotXML(good, "javascript:alert(1)", ""), `not https:// but "javascript"`},
		{slotXML(good, "", ""), "not https"},
		{slotXML(good, "https:///etc/passwd", ""), "no host"},
		{slotXML(good, "https://dada@localhost/x", ""), "a user"},
		{slotXML(good, "https:localhost", ""), "no host"},
		{slotXML(good, "https://localhost/a b", ""), "characters"},
		{slotXML(good, "https://localhost/x\n@everyone", ""), "characters"},
		{slotXML(good, "https://lоcalhost/x", ""), "characters"},
		{slotXML(good, "https://localhost/%zz", ""), "is none"},
		{slotXML(good, "https://localhost/"+strings.Repeat("x", maxURL), ""), "bytes"},
		{slotXML(good, good, "<header name='Cookie'>"+strings.Repeat("x", 5000)+"</header><header name='Cookie'>"+strings.Repeat("x", 5000)+"</header>"), "too long"},
	} {
		if got, err := readSlot(parse(t, test.xml)); err == nil || !strings.Contains(err.Error(), test.why) {
			t.Errorf("%.200s: %+v, %v; wanted %q", test.xml, got, err, test.why)
		}
	}
}

// Whatever a server says, what is taken for an address is one line of plain letters that a browser reads as the same host.
func FuzzCheckURL(f *testing.F) {
	for _, s := range []string{"https://localhost:5281/a", "https://[::1]/", "https://a\\@b", "https://%41", "https://a@b", "HTTPS://x/?#"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if checkURL(s) != nil {
			return
		}
		if escaped := strings.NewReplacer("&amp;", "&", "&apos;", "'").Replace(escape(s)); escaped != s {
			t.Errorf("%q is said as %q", s, escaped)
		}
		authority, _, _ := strings.Cut(s[len("https://"):], "/")
		if !strings.EqualFold(s[:8], "https://") || authority == "" || strings.ContainsAny(authority, "@\\ ") && !strings.ContainsAny(authority, "?#") {
			t.Errorf("%q is taken for an address", s)
		}
	})
}

func TestUploadLimit(t *testing.T) {
	info := func(inner string) string {
		return fmt.Sprintf("<iq xmlns='jabber:client' type='result'><query xmlns='%s'>%s</query></iq>", nsInfo, inner)
	}
	feature := fmt.Sprintf("<feature var='%s'/>", nsUpload)
	form := func(kind, max string) string {
		return fmt.Sprintf("<x xmlns='jabber:x:data' type='result'><field var='FORM_TYPE'><value>%s</value></field><field var='max-file-size'><value>%s</value></field></x>", kind, max)
	}
	for _, test := range []struct {
		xml   string
		max   int64
		takes bool
	}{
		{info(feature + form("urn:other", "1") + form(nsUpload, "5242880")), 5242880, true},
		{info(feature), 0, true},
		{info(feature + form(nsUpload, "-5")), 0, true},
		{info(feature + form(nsUpload, "99999999999999999999999")), 0, true},
		{info(form(nsUpload, "5")), 5, false},
		{info("<feature var='urn:xmpp:http:upload'/>"), 0, false},
		{"<iq xmlns='jabber:client' type='result'/>", 0, false},
	} {
		if max, takes := uploadLimit(parse(t, test.xml)); max != test.max || takes != test.takes {
			t.Errorf("%s: %d, %v", test.xml, max, takes)
		}
	}
}

func TestFileName(t *testing.T) {
	for name, want := range map[string]string{
		"memory.png": "memory.png", "net eth0/1 „x“.png": "net-eth0-1--x-.png", "../../etc/passwd": "etc-passwd", "": "picture",
		strings.Repeat("a", 100) + ".png": strings.Repeat("a", 76) + ".png",
	} {
		if got := fileName(name); got != want {
			t.Errorf("%q: %q", name, got)
		}
	}
}
