// Package cachet tells a Cachet elsewhere what the bot's book of incidents says, so that a pod which has one keeps it, and reads
// what stands in one into the book.
//
// # Push
//
// A change of the book owes [Push] a few words, "incident 12", in the outbox. Post reads how the incident is by now and makes the
// Cachet say the same; what is the same already costs no request. Where a thing stands there is noted in the book
// (incident.Copy) before it is written there and after: whoever finds a note without a number was interrupted, and looks whether
// it is there before it writes it again. A component that was there already is taken over by its name.
//
// Drafts and what is hidden never go there. Cachet has one component for an incident: it gets the one that is touched worst.
//
// # Versions
//
// Written from the API of Cachet 2.4 (https://docs.cachethq.io/v2.x/), which knows updates of incidents, schedules and when an
// incident began. For an older one all that was written of an incident is its message, and a maintenance is an incident of status
// 0, "scheduled". The client library does the requests, and its types most of the reading; what is sent is of types of our
// own: the library leaves out what is zero or false, as a component that is disabled or whose state is not known.
//
// # Texts and times
//
// The book has plain text, Cachet Markdown: see markdown.go. Cachet's times are local to a zone that no answer names; the config
// does.
//
// # Import
//
// [Read] reads everything that a Cachet has, page by page and within bounds: whoever answers may be anybody.
package cachet
