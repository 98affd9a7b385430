// Package statuspage answers as Atlassian's Statuspage does below /api/v2, so that programs made to watch such a page watch this
// one unchanged (https://metastatuspage.com/api). It is read-only and for everybody, and shows what the page shows.
//
// Each answer is made once for each page that the book shows, in memory: visitors never wait for the ledger. The same files can
// be written out, to be served from elsewhere, see [Site.Files].
//
// What the two do not have in common: a component of which nothing is known counts as operational there; its groups are components
// too; a maintenance that was cancelled is gone; the announcement of a maintenance is its first update.
package statuspage
