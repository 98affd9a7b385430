// Package history keeps what the host's samplers measure: every sample of the last weeks, and the minimum, average and
// maximum of each five minutes for years. It draws nothing, and knows no series by name.
//
// # How it is kept
//
// All is in the ledger's file. [Store.Write] adds one row a scrape, with the values of all series, and does not
// wait until the disk has it: a power cut may take the last few. Once an hour [Store.Pack] turns the rows of an hour into
// one chunk a series (chunk.go: the times as runs, the values as differences, zstd around it) and adds it to the series'
// day of rollups (rollup.go), in one
// transaction. What is in rows is in no chunk yet, and what is in chunks is in the rollups too; so a reader takes the
// rollups for all but the hours that have rows. Chunks are numbered by time and then series, so that what is written
// together lies together, and what is too old is deleted together; its pages are used again, the file does not shrink.
//
// # Times
//
// All hours and days are UTC, in milliseconds since 1970, so nothing here knows of summer time. A time without a sample
// is a gap, and stays one. What came before 2020 is refused: a board without a clock of its own boots in 1970, and would
// draw a line over half a century. A clock that was a year ahead leaves its samples there; they refuse nothing that comes
// later, and are written over when their time comes. A sample of a time that there is one of takes its place.
//
// # Counters
//
// A counter is kept as it was read and told as a rate per second, taken between two samples that follow each
// other. There is none over a gap, none where the counter is less than before (it began anew, or wrapped around), and none
// where the clock was set back: what cannot be known is a gap and not a spike.
package history
