package gateway

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// NewKey is an API key and, once, what opens the gateway.
type NewKey struct {
	Key
	Shown Shown
}

// KeyOrder says what a new key may do.
type KeyOrder struct {
	Scopes    Scopes
	Note      string    // the partner's own words; may be empty
	ExpiresAt time.Time // zero is never
}

// newKey draws a key that is not stored yet.
func (k *Keyring) newKey(partner string, o KeyOrder) (NewKey, error) {
	id, shown, err := k.vault.newAPIKey()
	if err != nil {
		return NewKey{}, err
	}
	return NewKey{Shown: shown, Key: Key{
		ID: id, Partner: partner, Digest: k.vault.digest(shown.Reveal()), Scopes: o.Scopes, Note: o.Note,
		CreatedAt: k.now(), ExpiresAt: o.ExpiresAt,
	}}, nil
}

// CreateKey makes another key for a partner. The error is an *Error: CodeInvalid,
// CodeNotFound, or CodeConflict when it has too many.
func (k *Keyring) CreateKey(ctx context.Context, partner string, o KeyOrder) (NewKey, error) {
	if err := k.checkOrder(o); err != nil {
		return NewKey{}, err
	}
	key, err := k.newKey(partner, o)
	if err != nil {
		return NewKey{}, err
	}
	err = k.store.Update(ctx, func(tx Tx) error { return k.insertKey(tx, key.Key) })
	if err != nil {
		return NewKey{}, fmt.Errorf("making a key for %q: %w", partner, err)
	}
	k.log.Info("API key was made", "partner", partner, "key", key.ID)
	return key, nil
}

func (k *Keyring) checkOrder(o KeyOrder) error {
	switch {
	case o.Scopes == "":
		return Invalidf("a key needs a scope")
	case !o.ExpiresAt.IsZero() && !o.ExpiresAt.After(k.now()):
		return Invalidf("a key must expire in the future")
	case len(o.Note) > maxNote || !printable(o.Note):
		return Invalidf("a note has at most %d printable ASCII characters", maxNote)
	}
	return nil
}

func printable(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// insertKey stores a key unless its partner has enough.
func (k *Keyring) insertKey(tx Tx, key Key) error {
	if err := k.stored(tx, key.Partner); err != nil {
		return err
	}
	all, err := tx.KeysOf(key.Partner)
	if err != nil {
		return err
	}
	valid := 0
	for _, other := range all {
		if other.Valid(key.CreatedAt) {
			valid++
		}
	}
	if valid >= maxKeys {
		return &Error{Code: CodeConflict, Message: fmt.Sprintf("partner %s has %d keys; revoke one first", key.Partner, valid)}
	}
	return tx.InsertKey(key)
}

// Keys lists a partner's keys, the oldest first. The error is an *Error.
func (k *Keyring) Keys(ctx context.Context, partner string) (keys []Key, err error) {
	err = k.store.View(ctx, func(tx Tx) error {
		if err := k.stored(tx, partner); err != nil {
			return err
		}
		keys, err = tx.KeysOf(partner)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("listing the keys of %q: %w", partner, err)
	}
	return keys, nil
}

// Rotation says how a key follows another.
type Rotation struct {
	Overlap   time.Duration // how long the other is still good
	ExpiresAt *time.Time    // of the new key; the zero time is never
}

// RotateKey makes a key that may do what another may, and lets the other expire after
// an overlap, in which both are good. When the other expires by itself, the rotation
// must say how long the new one lives. The error is an *Error: CodeInvalid,
// CodeNotFound, or CodeConflict for a key that is not valid any more.
func (k *Keyring) RotateKey(ctx context.Context, id string, r Rotation) (next NewKey, err error) {
	if err := checkOverlap(r.Overlap); err != nil {
		return NewKey{}, err
	}
	err = k.store.Update(ctx, func(tx Tx) error {
		old, err := findKey(tx, id)
		if err != nil {
			return err
		}
		o, err := k.follow(old, r)
		if err != nil {
			return err
		}
		if next, err = k.newKey(old.Partner, o); err != nil {
			return err
		}
		old.ExpiresAt = sooner(old.ExpiresAt, k.now().Add(r.Overlap))
		return firstError(
			func() error { return tx.SaveKey(old) },
			func() error { return k.insertKey(tx, next.Key) },
		)
	})
	if err != nil {
		return NewKey{}, fmt.Errorf("rotating key %.40q: %w", id, err)
	}
	k.log.Info("API key was rotated", "partner", next.Partner, "key", id, "next", next.ID, "overlap", r.Overlap)
	return next, nil
}

// follow is the order for the key that comes after another.
func (k *Keyring) follow(old Key, r Rotation) (KeyOrder, error) {
	o := KeyOrder{Scopes: old.Scopes, Note: old.Note}
	switch {
	case !old.Valid(k.now()):
		return o, &Error{Code: CodeConflict, Message: fmt.Sprintf("key %s is not valid any more; make a new one", old.ID)}
	case r.ExpiresAt != nil:
		o.ExpiresAt = *r.ExpiresAt
	case !old.ExpiresAt.IsZero(): // by its order, or since it was rotated before: nobody can tell
		return o, Invalidf("expires_in is missing: key %s expires, so say when the new one does, such as 90d, or never", old.ID)
	}
	return o, k.checkOrder(o)
}

func checkOverlap(d time.Duration) error {
	if d < 0 || d > maxOverlap {
		return Invalidf("an overlap is between 0 and %d days", int(maxOverlap.Hours()/24))
	}
	return nil
}

// sooner is the earlier of two times of expiry, of which the first may be never.
func sooner(expires, at time.Time) time.Time {
	if !expires.IsZero() && expires.Before(at) {
		return expires
	}
	return at
}

func findKey(tx Tx, id string) (Key, error) {
	key, err := tx.Key(id)
	if errors.Is(err, ErrNotFound) {
		return Key{}, &Error{Code: CodeNotFound, Message: fmt.Sprintf("there is no key %.40q", id)}
	}
	return key, err
}

// RevokeKey shuts a key out at once and for good. Revoking it again changes nothing.
// The error is an *Error: CodeNotFound.
func (k *Keyring) RevokeKey(ctx context.Context, id string) (key Key, err error) {
	err = k.store.Update(ctx, func(tx Tx) error {
		if key, err = findKey(tx, id); err != nil {
			return err
		}
		if !key.RevokedAt.IsZero() {
			return nil
		}
		key.RevokedAt = k.now()
		return tx.SaveKey(key)
	})
	if err != nil {
		return Key{}, fmt.Errorf("revoking key %.40q: %w", id, err)
	}
	k.log.Info("API key was revoked", "partner", key.Partner, "key", id)
	return key, nil
}
