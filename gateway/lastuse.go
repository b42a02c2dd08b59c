package gateway

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"
)

// maxUses is how many keys may wait for their last use to be written; more are
// noted at their next request.
const maxUses = 1024

// uses are the keys whose last use is to be written. A request leaves its key here
// and goes on; each key is written once a minute at most.
type uses struct {
	mu     sync.Mutex
	minute time.Time
	noted  map[string]struct{} // in this minute
	queue  chan use
}

type use struct {
	id string
	at time.Time
}

func newUses() *uses {
	return &uses{noted: make(map[string]struct{}), queue: make(chan use, maxUses)}
}

// note leaves a key to be written, unless its use in this minute is known.
func (u *uses) note(k Key, now time.Time) {
	minute := now.Truncate(time.Minute)
	if !k.UsedAt.Before(minute) {
		return
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if !u.minute.Equal(minute) {
		u.minute = minute
		clear(u.noted)
	}
	if _, done := u.noted[k.ID]; done {
		return
	}
	select {
	case u.queue <- use{k.ID, minute}:
		u.noted[k.ID] = struct{}{}
	default:
	}
}

// RecordUses writes when keys were last used, until ctx ends; then it writes what is
// left and returns.
func (k *Keyring) RecordUses(ctx context.Context) {
	writing := context.WithoutCancel(ctx)
	for {
		select {
		case first := <-k.uses.queue:
			k.recordUses(writing, first)
		case <-ctx.Done():
			select {
			case first := <-k.uses.queue:
				k.recordUses(writing, first)
			default:
			}
			return
		}
	}
}

// recordUses writes first and all that wait behind it. A failure costs nothing but
// what a list of keys shows.
func (k *Keyring) recordUses(ctx context.Context, first use) {
	at := map[string]time.Time{first.id: first.at}
	for range len(k.uses.queue) {
		next := <-k.uses.queue
		at[next.id] = next.at
	}
	err := k.store.Update(ctx, func(tx Tx) error {
		for _, id := range slices.Sorted(maps.Keys(at)) { // in one order, as they are locked
			if err := recordUse(tx, id, at[id]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		k.log.Warn("the last use of API keys was not recorded", "keys", len(at), "error", err)
	}
}

func recordUse(tx Tx, id string, at time.Time) error {
	key, err := tx.Key(id)
	switch {
	case errors.Is(err, ErrNotFound):
		return nil
	case err != nil:
		return fmt.Errorf("reading key %s: %w", id, err)
	case !key.UsedAt.Before(at): // another replica was faster
		return nil
	}
	key.UsedAt = at
	return tx.SaveKey(key)
}
