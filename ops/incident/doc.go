// Package incident keeps what the public is told: components, incidents, and planned maintenance. Its [Book] writes
// all of it in the ledger, and has at hand what everybody may see, the [Page].
//
// # Components
//
// A [Component] is a part of the pod as its visitors know it. Its state is worked out, never just set: the worst of what the unit
// or the pod that it follows really does, of what somebody set by hand, and of the public incidents that touch it; while a
// maintenance is under way it is under maintenance. Each turn of a state is kept, for the bars of 90 days and the uptime.
//
// # Incidents
//
// An [Incident] is a trouble with the words that were written of it, each an [Update]. It may touch several components, and
// may be a draft, which the public sees nothing of. One that the bot opened by itself collects the events that belong to it and
// ends when all has been well for a while.
//
// # Maintenance
//
// A [Maintenance] is planned with its end. It begins and ends by the clock, unless people say otherwise.
//
// # By themselves
//
// A [Keeper] has the book follow the events of the ledger, what components follow, and the clock.
//
// # Metrics
//
// A [Metric] is a number that other programs report for the page, as to a Cachet, each time a [Point]. They are kept within bounds
// and have nothing to do with what the bot measures.
//
// # Elsewhere
//
// Where a thing stands on another status page, a [Copy] says. [Book.Import] writes down what was read from one, with its times.
//
// # Who is told
//
// A change owes what it owes to others (a Cachet elsewhere, subscribers) in the transaction that makes it, see [Book.Owe];
// who shows the page is woken by [Book.Watch]; the rooms are told by events,
// see [Book.Tell]. What of a change is [News] goes to each [Subscriber] who wants it, once. Texts are
// plain text from people and programs, and may come from outside: who shows them escapes them.
package incident
