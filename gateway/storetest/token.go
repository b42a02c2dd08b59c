package storetest

import (
	"bytes"
	"errors"
	"time"

	"github.com/darajabox/darajabox/gateway"
)

func tokenTests() []test {
	return []test{
		{"an access token keeps every field", storesToken},
		{"an access token that many change at once loses no change", tokenOfMany},
	}
}

func storesToken(b *bench) {
	first := gateway.AccessToken{App: "app", Sealed: []byte("\x00first"), RenewAt: start, EndsAt: in(time.Hour), LeaseUntil: in(time.Minute)}
	second := gateway.AccessToken{App: "app", Sealed: []byte("second"), RenewAt: in(time.Hour), EndsAt: in(2 * time.Hour)}
	other := gateway.AccessToken{App: "other", LeaseUntil: start}
	check := func(want gateway.AccessToken) {
		b.Helper()
		b.view(func(tx gateway.Tx) error {
			got, err := tx.AccessToken(want.App)
			same(b, got, want)
			return err
		})
	}
	b.view(func(tx gateway.Tx) error {
		if _, err := tx.AccessToken("app"); !errors.Is(err, gateway.ErrNotFound) {
			b.Errorf("an app without a row: %v, want ErrNotFound", err)
		}
		return nil
	})
	for _, one := range []gateway.AccessToken{first, other, second} {
		b.update(func(tx gateway.Tx) error { return tx.SaveAccessToken(one) })
		check(one)
	}
	b.restart()
	check(other)
	check(second)
	if err := b.View(b.ctx, func(tx gateway.Tx) error { return tx.SaveAccessToken(first) }); !errors.Is(err, gateway.ErrReadOnly) {
		b.Errorf("saving in a view: %v, want ErrReadOnly", err)
	}
}

// tokenOfMany reads and saves a token in many updates at once, the first of which find no
// row: what one has written, another must have read.
func tokenOfMany(b *bench) {
	const many = 16
	errs := make(chan error, many)
	for range many {
		go func() {
			errs <- b.Update(b.ctx, func(tx gateway.Tx) error {
				t, err := tx.AccessToken("app")
				if err != nil && !errors.Is(err, gateway.ErrNotFound) {
					return err
				}
				t.App, t.Sealed = "app", append(t.Sealed, 'x')
				return tx.SaveAccessToken(t)
			})
		}()
	}
	for range many {
		if err := <-errs; err != nil {
			b.Error(err)
		}
	}
	b.view(func(tx gateway.Tx) error {
		t, err := tx.AccessToken("app")
		if !bytes.Equal(t.Sealed, bytes.Repeat([]byte("x"), many)) {
			b.Errorf("%d of %d changes are left", len(t.Sealed), many)
		}
		return err
	})
}
