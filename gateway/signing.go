package gateway

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// NewSecret is a webhook secret and, once, what it is.
type NewSecret struct {
	Secret
	Shown Shown
}

// newSecret draws a webhook secret that is not stored yet.
func (k *Keyring) newSecret(partner string) (NewSecret, error) {
	raw, err := k.vault.random(secretBytes)
	if err != nil {
		return NewSecret{}, fmt.Errorf("making a webhook secret: %w", err)
	}
	sealed, err := k.vault.sealFor(partner, raw)
	if err != nil {
		return NewSecret{}, fmt.Errorf("sealing a webhook secret: %w", err)
	}
	return NewSecret{Shown: Shown(FormatSecret(raw)), Secret: Secret{Partner: partner, Sealed: sealed, CreatedAt: k.now()}}, nil
}

// RotateSecret makes a new webhook secret for a partner and lets the others expire
// after an overlap, in which webhooks carry a signature by each. The error is an
// *Error: CodeInvalid, CodeNotFound, or CodeConflict when too many are valid.
func (k *Keyring) RotateSecret(ctx context.Context, partner string, overlap time.Duration) (NewSecret, error) {
	if err := checkOverlap(overlap); err != nil {
		return NewSecret{}, err
	}
	next, err := k.newSecret(partner)
	if err != nil {
		return NewSecret{}, err
	}
	err = k.store.Update(ctx, func(tx Tx) error {
		if err := k.stored(tx, partner); err != nil {
			return err
		}
		return k.replaceSecrets(tx, &next.Secret, overlap)
	})
	if err != nil {
		return NewSecret{}, fmt.Errorf("rotating the webhook secret of %q: %w", partner, err)
	}
	k.log.Info("webhook secret was rotated", "partner", partner, "secret", next.ID, "overlap", overlap)
	return next, nil
}

func (k *Keyring) replaceSecrets(tx Tx, next *Secret, overlap time.Duration) error {
	all, err := tx.SecretsOf(next.Partner)
	if err != nil {
		return err
	}
	now := next.CreatedAt
	valid := validSecrets(all, now)
	if overlap > 0 && len(valid) >= maxValidSecrets {
		return &Error{Code: CodeConflict, Message: fmt.Sprintf("partner %s has %d valid secrets; wait until one expires, or rotate without overlap", next.Partner, len(valid))}
	}
	for _, s := range valid {
		s.ExpiresAt = sooner(s.ExpiresAt, now.Add(overlap))
		if err := tx.SaveSecret(s); err != nil {
			return err
		}
	}
	return tx.InsertSecret(next)
}

// SecretsOf lists a partner's webhook secrets, the newest first, without what they
// are. The error is an *Error.
func (k *Keyring) SecretsOf(ctx context.Context, partner string) (secrets []Secret, err error) {
	err = k.store.View(ctx, func(tx Tx) error {
		if err := k.stored(tx, partner); err != nil {
			return err
		}
		secrets, err = tx.SecretsOf(partner)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("listing the webhook secrets of %q: %w", partner, err)
	}
	for i := range secrets {
		secrets[i].Sealed = nil
	}
	return slices.Clip(secrets), nil
}
