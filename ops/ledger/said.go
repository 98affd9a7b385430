package ledger

import "context"

type saidKey struct{}

// A place is where somebody said what led to an event.
type place struct{ chat, room string }

// SaidIn marks what is done for a line that was said in a room: its events are not told there too, but for an edit of what
// stands there.
func SaidIn(ctx context.Context, chat, room string) context.Context {
	return context.WithValue(ctx, saidKey{}, place{chat, room})
}

// heard tells whether a room needs not be told of an alert: what happened was said in it.
func (n *noting) heard(alert int64, d Debt) (bool, error) {
	said, ok := n.ctx.Value(saidKey{}).(place)
	if !ok || said != (place{d.Chat, d.Room}) {
		return false, nil
	}
	var posts int
	err := n.tx.QueryRowContext(n.ctx, `SELECT count(*) FROM post WHERE alert = ? AND chat = ? AND room = ?`, alert, d.Chat, d.Room).Scan(&posts)
	return posts == 0, err
}
