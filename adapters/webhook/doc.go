// Package webhook is how other programs tell the bot something over HTTP, and how the bot tells them.
//
// In: a [Server] takes what Alertmanager, Grafana, GitHub, anything that can write to Slack, and anything that can
// post JSON have to say, each at its own path and with its own secret. It answers 200 only once the events are on
// disk, and 503 until they can be, so that the sender keeps them. What it does not understand becomes an event too, with the
// raw text. [Explain] reads the same without a server.
//
// Out: a [Hook] posts alerts to a URL, as a chat that nobody talks back in; a [Heartbeat] pings a service that
// notices when the pings end.
//
// What becomes of an event, who is told of it and how often, is the bot's affair.
package webhook
