package storetest

import (
	"errors"
	"strings"
	"time"

	"github.com/darajabox/darajabox/gateway"
)

func partnerTests() []test {
	return []test{
		{"partners are stored and listed by name", storesPartners},
		{"a name belongs to one partner", onePartner},
		{"the settings of a partner are saved", savesPartner},
		{"a key keeps every field", storesKey},
		{"an id belongs to one key", oneKey},
		{"a key that many change at once loses no change", keyOfMany},
		{"webhook secrets are listed, the newest first", storesSecrets},
		{"an endpoint is what was said of it last", storesEndpoint},
	}
}

// addPartner stores a partner, as keys and secrets need one.
func (b *bench) addPartner(name string) {
	b.Helper()
	b.update(func(tx gateway.Tx) error { return tx.InsertPartner(gateway.Partner{Name: name, CreatedAt: start}) })
}

func savesPartner(b *bench) {
	b.addPartner("acme")
	b.addPartner("zebra")
	want := gateway.Partner{Name: "acme", ReviewWebhooks: true, CreatedAt: start}
	b.update(func(tx gateway.Tx) error { return tx.SavePartner(want) })
	b.restart()
	b.view(func(tx gateway.Tx) error {
		got, err := tx.Partner("acme")
		same(b, got, want)
		if other, _ := tx.Partner("zebra"); other.ReviewWebhooks {
			b.Error("another partner was changed")
		}
		return err
	})
	err := b.Update(b.ctx, func(tx gateway.Tx) error { return tx.SavePartner(gateway.Partner{Name: "nobody"}) })
	if !errors.Is(err, gateway.ErrNotFound) {
		b.Errorf("saving no partner: %v", err)
	}
}

func storesPartners(b *bench) {
	b.addPartner("zebra")
	b.addPartner("acme")
	b.view(func(tx gateway.Tx) error {
		all, err := tx.Partners()
		sameList(b, all, []gateway.Partner{{Name: "acme", CreatedAt: start}, {Name: "zebra", CreatedAt: start}})
		if err != nil {
			return err
		}
		got, err := tx.Partner("zebra")
		same(b, got, gateway.Partner{Name: "zebra", CreatedAt: start})
		if _, err := tx.Partner("nobody"); !errors.Is(err, gateway.ErrNotFound) {
			b.Errorf("nobody: %v, want ErrNotFound", err)
		}
		return err
	})
}

func onePartner(b *bench) {
	b.addPartner("acme")
	err := b.Update(b.ctx, func(tx gateway.Tx) error { return tx.InsertPartner(gateway.Partner{Name: "acme"}) })
	if !errors.Is(err, gateway.ErrExists) {
		b.Errorf("a second acme: %v, want ErrExists", err)
	}
}

func storesKey(b *bench) {
	b.addPartner("acme")
	var first, second gateway.Key
	fill(b, &first, 1)
	fill(b, &second, 2)
	first.Partner, second.Partner, second.ID = "acme", "acme", first.ID
	b.update(func(tx gateway.Tx) error { return tx.InsertKey(first) })
	check := func(want gateway.Key) {
		b.Helper()
		b.view(func(tx gateway.Tx) error {
			got, err := tx.Key(first.ID)
			same(b, got, want)
			if err != nil {
				return err
			}
			all, err := tx.KeysOf("acme")
			sameList(b, all, []gateway.Key{want})
			return err
		})
	}
	check(first)
	b.update(func(tx gateway.Tx) error { return tx.SaveKey(second) })
	check(second)
	err := b.Update(b.ctx, func(tx gateway.Tx) error { return tx.SaveKey(gateway.Key{ID: "other", Partner: "acme"}) })
	if !errors.Is(err, gateway.ErrNotFound) {
		b.Errorf("saving a key that is not there: %v, want ErrNotFound", err)
	}
}

func oneKey(b *bench) {
	b.addPartner("acme")
	insert := func(tx gateway.Tx) error {
		return tx.InsertKey(gateway.Key{ID: "k", Partner: "acme", CreatedAt: start})
	}
	b.update(insert)
	if err := b.Update(b.ctx, insert); !errors.Is(err, gateway.ErrExists) {
		b.Errorf("a second key of the same id: %v, want ErrExists", err)
	}
}

// keyOfMany reads and saves a key in many updates at once, as a revocation and the
// note of its last use may: what one has written, another must have read.
func keyOfMany(b *bench) {
	b.addPartner("acme")
	b.update(func(tx gateway.Tx) error {
		return tx.InsertKey(gateway.Key{ID: "k", Partner: "acme", CreatedAt: start})
	})
	const many = 16
	errs := make(chan error, many)
	for range many {
		go func() {
			errs <- b.Update(b.ctx, func(tx gateway.Tx) error {
				k, err := tx.Key("k")
				if err != nil {
					return err
				}
				k.Note += "x"
				return tx.SaveKey(k)
			})
		}()
	}
	for range many {
		if err := <-errs; err != nil {
			b.Error(err)
		}
	}
	b.view(func(tx gateway.Tx) error {
		k, err := tx.Key("k")
		if k.Note != strings.Repeat("x", many) {
			b.Errorf("%d of %d changes are left", len(k.Note), many)
		}
		return err
	})
}

func storesSecrets(b *bench) {
	b.addPartner("acme")
	old := gateway.Secret{Partner: "acme", Sealed: []byte("\x00old"), CreatedAt: start}
	current := gateway.Secret{Partner: "acme", Sealed: []byte("new"), CreatedAt: in(time.Hour)}
	b.update(func(tx gateway.Tx) error { return errors.Join(tx.InsertSecret(&old), tx.InsertSecret(&current)) })
	old.ExpiresAt = in(2 * time.Hour)
	b.update(func(tx gateway.Tx) error { return tx.SaveSecret(old) })
	b.view(func(tx gateway.Tx) error {
		got, err := tx.SecretsOf("acme")
		sameList(b, got, []gateway.Secret{current, old})
		return err
	})
}

func storesEndpoint(b *bench) {
	e := gateway.Endpoint{Partner: "acme", URL: "https://example.com/a", DisabledAt: start, PausedUntil: in(time.Minute), Reason: "it answered 410"}
	for range 2 {
		b.update(func(tx gateway.Tx) error { return tx.SaveEndpoint(e) })
		b.view(func(tx gateway.Tx) error {
			got, err := tx.Endpoint(e.Partner, e.URL)
			same(b, got, e)
			if _, err := tx.Endpoint("other", e.URL); !errors.Is(err, gateway.ErrNotFound) {
				b.Errorf("another partner's: %v, want ErrNotFound", err)
			}
			return err
		})
		e.DisabledAt, e.PausedUntil, e.Reason = time.Time{}, time.Time{}, ""
	}
}
