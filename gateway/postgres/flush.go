package postgres

import (
	"context"
	"fmt"
)

// All replicas queue for the end of the chain, and a commit that waits for the disk
// would have the next one wait as well: some thousands a second are the most, and a
// slow disk makes them hundreds. A group shares one; an update alone that has a
// callback commits without the disk, lets the next one on, and then waits for one
// flush together with all others of this replica. It is acknowledged after that only.
//
// PostgreSQL's log is one sequence: a commit that waits for the disk makes all
// earlier ones durable, on whatever connection. So whoever acts on what such an
// update has written, by a commit of his own, makes it durable first; and what a
// crash takes away is the end of the chain, with nothing acknowledged in it.
const commitFirst = `SET LOCAL synchronous_commit = off`

// flush is the shortest transaction that waits for the disk.
const flush = `SELECT pg_logical_emit_message(true, 'darajabox', '')`

func (s *Store) startFlusher() {
	ctx, cancel := context.WithCancel(context.Background())
	s.flusher = newBatcher(func(ctx context.Context, all []struct{}) ([]struct{}, error) {
		_, err := s.flushDB.Exec(ctx, flush)
		return all, err
	})
	go s.flusher.loop(ctx)
	s.stopFlusher = func() {
		cancel()
		<-s.flusher.stopped
	}
}

// waitForDisk returns when everything that was committed before is durable.
func (s *Store) waitForDisk() error {
	if _, err := s.flusher.ask(struct{}{}); err != nil {
		return fmt.Errorf("whether the transaction is on disk is not known: %w", plain(err))
	}
	return nil
}
