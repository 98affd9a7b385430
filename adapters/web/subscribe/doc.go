// Package subscribe is where visitors of the status page subscribe to it: by feed, by webhook as far as that goes, and by mail.
//
//   - GET /subscribe says what there is, with a form for mail if the host sends any; POST /subscribe takes an address.
//   - /subscribe/confirm and /unsubscribe take the links of mails. To follow one changes nothing, as mail scanners follow
//     links too: a button does, and for unsubscribing the mail program itself (RFC 8058).
//
// There is no script, no cookie and no account. A form that somebody else's page sends does no harm beyond what its author could do by
// hand, and is refused all the same. What is answered does not tell whether an address is known. The form must not become a way
// to bother others: ops/incident asks an address once a day and so many in an hour, and here each network of clients has its
// share of that (network.go).
//
// The pages look like the status page by its style sheet, and are in its languages.
package subscribe
