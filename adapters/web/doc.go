// Package web is what the bot shows over HTTP: its measurements for programs, and graphs for people.
//
//   - /metrics is the newest scrape, for Prometheus and VictoriaMetrics (metrics.go).
//   - /api/v1/ answers as Prometheus does, as far as names and labels of series go (api.go, selector.go): Grafana's
//     Prometheus data source draws panels from it. There is no PromQL but rate(), which is told over the step. Of steps longer than
//     the samples are apart gauges have the average, where Prometheus would take one sample of many (query.go).
//   - /graphs shows the graphs to who was given a link in a chat (page.go, link.go). A picture has an address of its own, in
//     three widths of which the browser takes the one that fits (picture.go); the script only adds to it.
//
// What reads the history waits for its turn, and few may wait: strangers cannot make it take much memory.
//
// The first two want a bearer token, or the same as the password of HTTP's basic authentication, and are off without one:
// a proxy in front of the bot makes strangers look as if they came from this host. The page wants a link that
// the bot has signed, and keeps it in a cookie until it expires.
//
// The package listens nowhere by itself; it is a handler for the bot's one server.
package web
