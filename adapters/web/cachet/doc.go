// Package cachet answers as Cachet v2.4 does under /api/v1, so that programs written for a Cachet read and write the bot's
// components, incidents, maintenance, metrics and subscribers unchanged (https://docs.cachethq.io/v2.x/api).
//
// # Who may what
//
// Everybody reads what the status page shows. Who sends the token of the config as X-Cachet-Token reads drafts and hidden
// things too, and writes. A wrong token on a read counts as none, as in Cachet. There is no other way to show it: a
// password that a browser remembers would let any web site write through its visitor.
//
// # What differs from Cachet
//
//   - An incident may touch several components. component_id is the first of them; all are in the field components.
//   - A component's status is worked out. What is set is one of the reasons for it: it does not hide that the unit is down, and what
//     an incident makes of a component ends with the incident.
//   - A state of maintenance has no number there and is 2.
//   - An incident's message is what was written of it first, its updates the rest. A status that is changed without words
//     is noted as an update without text, so that its time is known.
//   - visible=0 is a draft: nothing of it is shown, the state of its component neither.
//   - A schedule has an end; without completed_at that is an hour after its start. One that was cancelled is gone, as that is how
//     one cancels there.
//   - Subscribers are told unless notify says that they are not to be. There are no templates.
//   - A page of a list has 10,000 entries at most, for who has no token 200; the list of schedules has what the status page shows.
//
// Prometheus' API, which adapters/web answers, lies below /api/v1 as well. Only Cachet's own addresses are taken here.
package cachet
