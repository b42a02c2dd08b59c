package gateway

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"
)

// AccessToken is the row of one app's access token at Daraja.
type AccessToken struct {
	App        string    // digest of Daraja's URL and the app's credentials
	Sealed     []byte    // the token, under the Vault; empty before the first
	RenewAt    time.Time // from then on a process fetches another
	EndsAt     time.Time // from then on Daraja refuses it
	LeaseUntil time.Time // until then one process fetches another; zero when none does
}

// Token is an access token of Daraja. A zero Value is none.
type Token struct {
	Value   Shown
	RenewAt time.Time
	EndsAt  time.Time
}

// TokenLease is how long one process may take to fetch a token before another may try.
// It must exceed the time that a fetch may take, 10 s.
const TokenLease = 15 * time.Second

// Tokens shares an app's access token between all processes on a store, since a new
// token can end the earlier ones. One process at a time fetches another; a crash frees
// that right after TokenLease. A row that does not open counts as none.
type Tokens struct {
	Store Store
	Vault *Vault
	Clock Clock
	App   string      // names the row; see TokenApp
	Reach func(Point) // called at each point of a fetch; nil in service
}

// TokenApp names an app at a Daraja. Other credentials have another name, so that they
// never use its token. The name tells none of them.
func TokenApp(v *Vault, baseURL, consumerKey, consumerSecret string) string {
	var b strings.Builder
	for _, part := range []string{"access token", strings.TrimRight(baseURL, "/"), consumerKey, consumerSecret} {
		fmt.Fprintf(&b, "%d:%s,", len(part), part)
	}
	return hex.EncodeToString(v.digest(b.String()))
}

// Take returns the stored token, or the right to fetch another. refused is a token that
// Daraja has refused, "" for none: it is not returned. lease is zero unless the caller
// must fetch a token and then call Put or Release with it. When another process has the
// lease, t is the stored token as long as that is good, or none.
func (s *Tokens) Take(ctx context.Context, refused Shown) (t Token, lease time.Time, err error) {
	err = s.Store.Update(ctx, func(tx Tx) error {
		lease = time.Time{} // an update may run again
		row, err := s.row(tx)
		if err != nil {
			return err
		}
		now := s.Clock.Now().UTC()
		t = s.open(row, now, refused)
		if t.Value != "" && now.Before(t.RenewAt) || s.leased(row, now) {
			return nil
		}
		lease = now.Add(TokenLease).Truncate(time.Microsecond) // as the store keeps it
		row.LeaseUntil = lease
		return tx.SaveAccessToken(row)
	})
	if err != nil {
		return Token{}, time.Time{}, fmt.Errorf("taking the access token: %w", err)
	}
	if !lease.IsZero() {
		s.reach(TokenLeased)
	}
	return t, lease, nil
}

// leased reports whether another process fetches a token. A lease that ends later than
// any given now can was written by a wrong clock.
func (s *Tokens) leased(row AccessToken, now time.Time) bool {
	return !s.Store.Exclusive() && now.Before(row.LeaseUntil) && row.LeaseUntil.Before(now.Add(2*TokenLease))
}

// Put stores a fetched token and ends the lease. Where the lease was over and another
// process has taken one, nothing is stored.
func (s *Tokens) Put(ctx context.Context, lease time.Time, t Token) error {
	s.reach(TokenFetched)
	sealed, err := s.Vault.sealFor(s.App, []byte(t.Value))
	if err != nil {
		return fmt.Errorf("sealing the access token: %w", err)
	}
	err = s.end(ctx, lease, func(row *AccessToken) {
		row.Sealed, row.RenewAt, row.EndsAt = sealed, t.RenewAt, t.EndsAt
	})
	if err != nil {
		return fmt.Errorf("storing the access token: %w", err)
	}
	s.reach(TokenWritten)
	return nil
}

// Release ends a lease without a token.
func (s *Tokens) Release(ctx context.Context, lease time.Time) error {
	if err := s.end(ctx, lease, func(*AccessToken) {}); err != nil {
		return fmt.Errorf("releasing the lease of the access token: %w", err)
	}
	return nil
}

func (s *Tokens) end(ctx context.Context, lease time.Time, change func(*AccessToken)) error {
	return s.Store.Update(ctx, func(tx Tx) error {
		row, err := s.row(tx)
		if err != nil || !row.LeaseUntil.Equal(lease) {
			return err
		}
		row.LeaseUntil = time.Time{}
		change(&row)
		if err := tx.SaveAccessToken(row); err != nil {
			return err
		}
		s.reach(TokenWriting)
		return nil
	})
}

func (s *Tokens) row(tx Tx) (AccessToken, error) {
	row, err := tx.AccessToken(s.App)
	if errors.Is(err, ErrNotFound) {
		return AccessToken{App: s.App}, nil
	}
	return row, err
}

// open is the token of a row, or none when it is over, refused or does not open.
func (s *Tokens) open(row AccessToken, now time.Time, refused Shown) Token {
	value, err := s.Vault.openFor(s.App, row.Sealed)
	if err != nil || Shown(value) == refused || !now.Before(row.EndsAt) {
		return Token{}
	}
	return Token{Value: Shown(value), RenewAt: row.RenewAt, EndsAt: row.EndsAt}
}

func (s *Tokens) reach(p Point) {
	if s.Reach != nil {
		s.Reach(p)
	}
}
