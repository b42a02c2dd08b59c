package gateway

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Keyring knows the partners, those of the configuration and those in the store, and
// what opens the gateway to them: API keys, and the secrets of their webhooks. Nothing
// of the store is remembered, so that what was revoked is revoked everywhere at once.
type Keyring struct {
	store  Store
	vault  *Vault
	static *Partners
	clock  Clock
	log    Logger
	uses   *uses
}

// NewKeyring returns a keyring of the partners in store and of those that are
// configured.
func NewKeyring(store Store, vault *Vault, static *Partners, clock Clock, log Logger) *Keyring {
	return &Keyring{store: store, vault: vault, static: static, clock: clock, log: log, uses: newUses()}
}

func (k *Keyring) now() time.Time { return k.clock.Now().UTC() }

// Authenticate finds the partner of an API key that may do what scope says. The error
// has CodeUnauthorized, with the same words for a key that never was, has expired or
// was revoked, or CodeForbidden; with that one the partner is known.
func (k *Keyring) Authenticate(ctx context.Context, shown string, scope Scope) (Partner, error) {
	partner, unknown := k.static.ByKey(shown)
	if unknown == nil {
		return partner, nil
	}
	id, ok := idOfKey(shown)
	if !ok {
		return Partner{}, unknown
	}
	var key Key // empty for an id that nobody has: it is compared all the same
	err := k.store.View(ctx, func(tx Tx) (err error) {
		key, err = tx.Key(id)
		return err
	})
	if err != nil && !errors.Is(err, ErrNotFound) {
		return Partner{}, fmt.Errorf("looking an API key up: %w", err)
	}
	now := k.now()
	if right := k.vault.matches(shown, key.Digest); !right || !key.Valid(now) {
		return Partner{}, unknown
	}
	k.uses.note(key, now)
	partner = Partner{Name: key.Partner}
	if !key.Scopes.Has(scope) {
		return partner, &Error{Code: CodeForbidden, Message: fmt.Sprintf("this API key may not do that; it lacks the scope %s", scope)}
	}
	return partner, nil
}

// WebhookSecrets returns the raw secrets that a partner's webhooks are signed with
// now, the newest first. Only a partner that is not configured any more has none.
func (k *Keyring) WebhookSecrets(ctx context.Context, partner string) ([][]byte, error) {
	if k.static.Has(partner) {
		raw := slices.Clone(k.static.secrets[partner])
		slices.Reverse(raw)
		return raw, nil
	}
	var secrets []Secret
	err := k.store.View(ctx, func(tx Tx) (err error) {
		secrets, err = tx.SecretsOf(partner)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading the webhook secrets of %q: %w", partner, err)
	}
	var raw [][]byte
	for _, s := range validSecrets(secrets, k.now()) {
		secret, err := k.vault.openFor(partner, s.Sealed)
		if err != nil {
			return nil, fmt.Errorf("opening webhook secret %d of %q: %w", s.ID, partner, err)
		}
		raw = append(raw, secret)
	}
	return raw, nil
}

// Check says why the keyring cannot work with what is in the store: a name that is
// configured as well, or secrets sealed under another master key.
func (k *Keyring) Check(ctx context.Context) error {
	return k.store.View(ctx, func(tx Tx) error {
		partners, err := tx.Partners()
		if err != nil {
			return fmt.Errorf("listing partners: %w", err)
		}
		opened := false
		for _, p := range partners {
			if k.static.Has(p.Name) {
				return fmt.Errorf("partner %q is configured and in the database: take it out of the configuration", p.Name)
			}
			if opened {
				continue
			}
			if opened, err = k.opens(tx, p.Name); err != nil {
				return err
			}
		}
		return nil
	})
}

// opens tries the seal on a secret of a partner, if there is one.
func (k *Keyring) opens(tx Tx, partner string) (bool, error) {
	secrets, err := tx.SecretsOf(partner)
	if err != nil || len(secrets) == 0 {
		return false, err
	}
	if _, err := k.vault.openFor(partner, secrets[0].Sealed); err != nil {
		return false, fmt.Errorf("the master key does not fit this database; start with the one that its partners were made under: webhook secret %d of %q: %w",
			secrets[0].ID, partner, err)
	}
	return true, nil
}

// validSecrets are those that webhooks are signed with at a time.
func validSecrets(secrets []Secret, now time.Time) []Secret {
	return slices.DeleteFunc(slices.Clone(secrets), func(s Secret) bool { return !s.Valid(now) })
}
