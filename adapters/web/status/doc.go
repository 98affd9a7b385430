// Package status is the public status page: what visitors see of components, incidents and maintenance, in HTML, as feeds, as a
// calendar and as badges.
//
//   - / is the page, /history the last 90 days, /incidents/N, /maintenance/N and /components/N one thing each (front.go, single.go).
//   - /atom and /rss are feeds of the same items (feed.go), /calendar.ics the maintenance (calendar.go).
//   - /badge.svg, /components/N/badge.svg and /favicon.svg are small pictures of a state (badge.go); /component/N/shield is what
//     Cachet calls the second.
//
// All of it is made of an [incident.Page], which is in memory: a visitor never touches the ledger. It is made once for each page
// and language, and kept until the page changes (kept.go); who has it is told so by its ETag (answer.go). The same is written as files
// by [Site.Export], to be served from elsewhere when the host is down.
//
// There is no script, no cookie, and nothing from elsewhere. What people wrote is plain text; its addresses become links (prose.go). The
// page is in English or French, as the visitor's browser asks for or the visitor chose; texts of people are as they wrote them.
package status
