package status

import (
	"html/template"
	"path"
	"strings"
)

// A place is where a page stands, which decides how its links lead to the others. They are relative: a proxy may have put
// the bot below a path, and a copy may lie anywhere.
type place struct {
	page   string // "incidents/12", "" for the front
	lang   string // "fr" if the links are to lead to pages of that language whatever the browser asks for, "" if not
	files  bool   // it is a file beside others
	folder string // in which files of its language lie, "" if that is on top
}

// up is the way from the page to the front's folder.
func (p place) up() string { return strings.Repeat("../", strings.Count(p.page, "/")) }

// To leads to another page.
func (p place) To(page string) string {
	if p.files {
		return p.up() + file(page)
	}
	link := p.up() + page
	if link == "" {
		link = "./"
	}
	if p.lang != "" {
		link += "?lang=" + p.lang
	}
	return link
}

// href is the attribute that leads to another page. The paths of pages are words and numbers.
func (p place) href(page string) template.HTMLAttr {
	return template.HTMLAttr(`href="` + p.To(page) + `"`)
}

// name is that of a page's file.
func (p place) name(page string) string { return path.Join(p.folder, file(page)) }

// in leads to the same page in the other language, whose files lie in a folder or, for "", on top.
func (p place) in(lang, folder string) string {
	if !p.files {
		return "?lang=" + lang
	}
	return p.top() + path.Join(folder, file(p.page))
}

// top is the way from the page to what is the same in all languages.
func (p place) top() string {
	if p.folder != "" {
		return p.up() + "../"
	}
	return p.up()
}

// file is the name of a page's file.
func file(page string) string {
	switch page {
	case "":
		return "index.html"
	case "atom", "rss":
		return page + ".xml"
	}
	if strings.HasSuffix(page, ".svg") || strings.HasSuffix(page, ".ics") || strings.HasSuffix(page, ".css") {
		return page
	}
	return page + ".html"
}
