// Package probe brings into the history what other programs measure: a [Script] prints its values, a [Target] is
// scraped for them over HTTP. Both are read in Prometheus' text format
// (https://github.com/prometheus/docs/blob/main/docs/instrumenting/exposition_formats.md); a script may also print
// just a number.
//
// What they say is bounded in time, size and number of series, and wrong lines cost the source its own values of
// one scrape and nothing else. The package decides neither when they are asked nor what becomes of the values.
package probe
