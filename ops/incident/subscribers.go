package incident

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"
)

func readSubscribers(read reading, where string, args ...any) ([]Subscriber, error) {
	var all []Subscriber
	err := read(func(rows *sql.Rows) error {
		var s Subscriber
		var created, confirmed, refused int64
		var interest Subscription
		if err := rows.Scan(&s.ID, &s.Address, &s.Language, &created, &confirmed, &refused, &interest.ID, &interest.Component); err != nil {
			return err
		}
		if n := len(all); n == 0 || all[n-1].ID != s.ID {
			s.Created, s.Confirmed, s.Refused = moment(created), moment(confirmed), moment(refused)
			all = append(all, s)
		}
		if interest.ID != 0 {
			last := &all[len(all)-1]
			last.Components = append(last.Components, interest)
		}
		return nil
	}, `SELECT s.id, s.address, s.language, s.created, s.confirmed, s.refused, coalesce(i.id, 0), coalesce(i.component, 0)
		FROM subscriber s LEFT JOIN subscription i ON i.subscriber = s.id `+where+` ORDER BY s.id, i.id`, args...)
	return all, err
}

// Subscribers returns all, the oldest first; also those who have not confirmed yet, so that an address may be there twice.
func (b *Book) Subscribers(ctx context.Context) ([]Subscriber, error) {
	return readSubscribers(b.reading(ctx, "read the subscribers"), ``)
}

// Subscriber returns one.
func (b *Book) Subscriber(ctx context.Context, id int64) (Subscriber, error) {
	return findSubscriber(b.reading(ctx, "read a subscriber"), id)
}

func findSubscriber(read reading, id int64) (Subscriber, error) {
	return one(readSubscribers(read, `WHERE s.id = ?`, id))(fmt.Sprintf("subscriber %d", id))
}

// Subscribe writes down that somebody wants mail of some components, or of all if there are none. Unless it is confirmed
// beforehand, the address is owed a mail that asks for that, see [Change.Subscriber]; but one that was sent one lately is not
// sent another, and who asks learns nothing of that, nor whether the address is known. Until it is confirmed nothing changes for
// an address that is subscribed already. One that is neither sent a mail nor waiting for an answer is not kept, or strangers could
// fill the disk: its ID is 0. The error is [Invalid] or [ErrCrowded].
func (b *Book) Subscribe(ctx context.Context, address, language string, components []int64, confirmed bool) (s Subscriber, err error) {
	if address, err = Address(address); err != nil {
		return s, err
	}
	if language != "fr" {
		language = "en"
	}
	var id int64
	err = b.write(ctx, "subscribe somebody", func(w *writing) error {
		if err := w.forgetSubscribers(); err != nil {
			return err
		}
		var all int64
		if err := w.count(&all, `SELECT count(*) FROM subscriber WHERE confirmed <> 0`); err != nil {
			return err
		}
		if all >= MostSubscribers {
			return ErrCrowded
		}
		asks := false
		if !confirmed {
			if asks, err = w.asks(address); err != nil {
				return err
			}
		}
		known, err := readSubscribers(w.rows, `WHERE lower(s.address) = lower(?) AND s.confirmed = 0`, address)
		if err != nil {
			return err
		}
		if len(known) > 0 {
			id = known[0].ID
		} else if !asks && !confirmed {
			return nil
		} else if id, err = w.insert(`INSERT INTO subscriber (address, box, language, created, asked, confirmed, refused) VALUES (?, ?, '', ?, 0, 0, 0)`,
			address, box(address), ms(w.now)); err != nil {
			return err
		}
		if err := w.exec(`UPDATE subscriber SET language = ? WHERE id = ?`, language, id); err != nil {
			return err
		}
		if err := w.interests(id, components); err != nil {
			return err
		}
		if confirmed {
			id, err = w.confirm(id)
			return err
		}
		if !asks {
			return nil
		}
		if err := w.exec(`UPDATE subscriber SET asked = ?1, created = ?1 WHERE id = ?2`, ms(w.now), id); err != nil {
			return err
		}
		s, err := findSubscriber(w.rows, id)
		w.changes = append(w.changes, Change{Subscriber: &s})
		return err
	})
	if err != nil || id == 0 {
		return Subscriber{Address: address, Language: language}, err
	}
	return b.Subscriber(ctx, id)
}

// asks tells whether an address may be sent a mail that asks for its confirmation.
func (w *writing) asks(address string) (bool, error) {
	var same, mailbox, all int64
	lately := func(n *int64, d time.Duration, which string, args ...any) error {
		return w.count(n, `SELECT count(*) FROM subscriber WHERE asked BETWEEN ?1 AND ?2 AND `+which, append([]any{ms(w.now.Add(-d)), ms(w.now)}, args...)...)
	}
	// Whether all are too many is looked at first: the answer must not tell whether an address is known.
	if err := lately(&all, time.Hour, `?3`, true); err != nil {
		return false, err
	}
	if all >= MostAsked {
		return false, ErrCrowded
	}
	if err := lately(&same, AskedAgain, `lower(address) = lower(?3) AND confirmed = 0`, address); err != nil {
		return false, err
	}
	if err := lately(&mailbox, AskedAgain, `box = ?3 AND confirmed = 0`, box(address)); err != nil {
		return false, err
	}
	return same == 0 && mailbox < mostBox, nil
}

// interests exchanges the components that somebody wants to be told of.
func (w *writing) interests(id int64, components []int64) error {
	if len(components) > mostInterests {
		return &Invalid{"components", fmt.Sprintf("are %d; there may be %d", len(components), mostInterests)}
	}
	if err := w.exec(`DELETE FROM subscription WHERE subscriber = ?`, id); err != nil {
		return err
	}
	for n, c := range components {
		if slices.Contains(components[:n], c) {
			continue
		}
		known, err := readComponents(w.rows, `WHERE deleted = 0 AND id = ?`, c)
		if err != nil {
			return err
		}
		if len(known) == 0 {
			return &Invalid{"components", fmt.Sprintf("hold %d, and there is no such component", c)}
		}
		if err := w.exec(`INSERT INTO subscription (subscriber, component) VALUES (?, ?)`, id, c); err != nil {
			return err
		}
	}
	return nil
}

// Confirm notes that the owner of the address wants it, in the place of what the address was subscribed to before, whose number it
// then has. It does no harm to say it twice.
func (b *Book) Confirm(ctx context.Context, id int64) (Subscriber, error) {
	err := b.write(ctx, "confirm a subscriber", func(w *writing) error {
		err := w.forgetSubscribers()
		if err == nil {
			id, err = w.confirm(id)
		}
		return err
	})
	if err != nil {
		return Subscriber{}, err
	}
	return b.Subscriber(ctx, id)
}

// confirm returns the number of the subscriber, which is that from before if the address was subscribed: something may be owed to it.
func (w *writing) confirm(id int64) (int64, error) {
	s, err := findSubscriber(w.rows, id)
	if err != nil || !s.Confirmed.IsZero() {
		return id, err
	}
	before, err := readSubscribers(w.rows, `WHERE lower(s.address) = lower(?) AND s.confirmed <> 0`, s.Address)
	if err != nil {
		return id, err
	}
	same := id
	for _, old := range before { // there is one at most
		same = old.ID
		if err := w.unsubscribe(old.ID); err != nil {
			return id, err
		}
	}
	if err := w.exec(`UPDATE subscriber SET id = ?, confirmed = ? WHERE id = ?`, same, ms(w.now), id); err != nil {
		return id, err
	}
	return same, w.exec(`UPDATE subscription SET subscriber = ? WHERE subscriber = ?`, same, id)
}

// Unsubscribe forgets a subscriber.
func (b *Book) Unsubscribe(ctx context.Context, id int64) error {
	return b.write(ctx, "unsubscribe somebody", func(w *writing) error {
		if _, err := findSubscriber(w.rows, id); err != nil {
			return err
		}
		return w.unsubscribe(id)
	})
}

func (w *writing) unsubscribe(id int64) error {
	if err := w.exec(`DELETE FROM subscription WHERE subscriber = ?`, id); err != nil {
		return err
	}
	return w.exec(`DELETE FROM subscriber WHERE id = ?`, id)
}

// RemoveSubscription takes away an interest of somebody, by the number of the [Subscription]. Who has no other left is
// unsubscribed: to be told of nothing is not to be told of everything.
func (b *Book) RemoveSubscription(ctx context.Context, id int64) error {
	return b.write(ctx, "end a subscription", func(w *writing) error {
		of, err := one(readSubscribers(w.rows, `WHERE s.id = (SELECT subscriber FROM subscription WHERE id = ?)`, id))(fmt.Sprintf("subscription %d", id))
		if err != nil {
			return err
		}
		if len(of.Components) == 1 {
			return w.unsubscribe(of.ID)
		}
		return w.exec(`DELETE FROM subscription WHERE id = ?`, id)
	})
}

// Refused notes that mail to a subscriber is refused, or is not any more, and tells whether that is new.
func (b *Book) Refused(ctx context.Context, id int64, refused bool) (turned bool, err error) {
	err = b.write(ctx, "note that a subscriber's mail is refused", func(w *writing) error {
		s, err := findSubscriber(w.rows, id)
		if turned = err == nil && s.Refused.IsZero() == refused; !turned {
			return err
		}
		since := int64(0)
		if refused {
			since = ms(w.now)
		}
		return w.exec(`UPDATE subscriber SET refused = ? WHERE id = ?`, since, id)
	})
	return turned, err
}

// ForgetUnconfirmed forgets those who were asked to confirm and did not within [ConfirmTime].
func (b *Book) ForgetUnconfirmed(ctx context.Context) error {
	return b.write(ctx, "forget who did not confirm", (*writing).forgetSubscribers)
}

// forgetSubscribers forgets those who were asked to confirm and did not. What was asked for at a time to come was so before the
// clock was set back, which may be by years.
func (w *writing) forgetSubscribers() error {
	if err := w.exec(`UPDATE subscriber SET created = ?1, asked = min(asked, ?1) WHERE confirmed = 0 AND created > ?1`, ms(w.now)); err != nil {
		return err
	}
	gone, err := readSubscribers(w.rows, `WHERE s.confirmed = 0 AND s.created < ?`, ms(w.now.Add(-ConfirmTime)))
	if err != nil {
		return err
	}
	for _, s := range gone {
		if err := w.unsubscribe(s.ID); err != nil {
			return err
		}
	}
	return nil
}

func (w *writing) count(n *int64, query string, args ...any) error {
	return w.rows(func(rows *sql.Rows) error { return rows.Scan(n) }, query, args...)
}
