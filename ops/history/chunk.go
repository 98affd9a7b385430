package history

import "context"

func (s *Store) clip(ctx context.Context, from, to int64) (int64, int64, error) { return from, to, nil }

func (s *Store) chunks(ctx context.Context, to []point, id, from, end int64) ([]point, error) {
	return to, nil
}
