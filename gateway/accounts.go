package gateway

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Limits of what is made for partners.
const (
	maxPartnerName  = 64
	maxNote         = 100
	maxKeys         = 20 // valid at once, of a partner
	maxValidSecrets = 5  // each webhook is signed with all of them
	maxOverlap      = 30 * 24 * time.Hour

	// DefaultOverlap is how long what was rotated is still good.
	DefaultOverlap = 24 * time.Hour
)

// NewPartner is a partner with its first key and secret.
type NewPartner struct {
	Partner
	Key    NewKey
	Secret NewSecret
}

// KnownPartner is a partner and where it is from.
type KnownPartner struct {
	Partner
	Configured bool // its name and key are in the configuration
}

// PartnerSettings are what an administrator may change of a partner.
type PartnerSettings struct {
	ReviewWebhooks bool // it also gets a webhook when a payment comes into review
}

// CreatePartner makes a partner with a key that may do everything, and a webhook
// secret. The error is an *Error: CodeInvalid, or CodeConflict for a name that is
// taken.
func (k *Keyring) CreatePartner(ctx context.Context, name string, s PartnerSettings) (NewPartner, error) {
	if err := checkPartnerName(name); err != nil {
		return NewPartner{}, err
	}
	taken := &Error{Code: CodeConflict, Message: fmt.Sprintf("there is a partner %s already", name)}
	if k.static.Has(name) {
		return NewPartner{}, taken
	}
	p := NewPartner{Partner: Partner{Name: name, ReviewWebhooks: s.ReviewWebhooks, CreatedAt: k.now()}}
	var err error
	if p.Key, err = k.newKey(name, KeyOrder{Scopes: NewScopes(AllScopes()...), Note: "first key"}); err != nil {
		return NewPartner{}, err
	}
	if p.Secret, err = k.newSecret(name); err != nil {
		return NewPartner{}, err
	}
	err = k.store.Update(ctx, func(tx Tx) error {
		return firstError(
			func() error { return tx.InsertPartner(p.Partner) },
			func() error { return tx.InsertKey(p.Key.Key) },
			func() error { return tx.InsertSecret(&p.Secret.Secret) },
		)
	})
	if errors.Is(err, ErrExists) {
		return NewPartner{}, taken
	}
	if err != nil {
		return NewPartner{}, fmt.Errorf("making partner %s: %w", name, err)
	}
	k.log.Info("partner was made", "partner", name, "key", p.Key.ID)
	return p, nil
}

// UpdatePartner changes the settings of a partner. The error has CodeNotFound, or
// CodeConflict for a partner of the configuration.
func (k *Keyring) UpdatePartner(ctx context.Context, name string, s PartnerSettings) (p Partner, err error) {
	err = k.store.Update(ctx, func(tx Tx) error {
		if err := k.stored(tx, name); err != nil {
			return err
		}
		if p, err = tx.Partner(name); err != nil {
			return err
		}
		p.ReviewWebhooks = s.ReviewWebhooks
		return tx.SavePartner(p)
	})
	if err != nil {
		return Partner{}, wrapUnlessTold(err, "changing partner %s", name)
	}
	k.log.Info("partner was changed", "partner", name, "review_webhooks", s.ReviewWebhooks)
	return p, nil
}

// firstError does one thing after the other until one fails.
func firstError(steps ...func() error) error {
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// checkPartnerName allows what is safe in a URL, a log and a shell.
func checkPartnerName(name string) error {
	for i := range len(name) {
		c := name[i]
		letter := c >= 'a' && c <= 'z' || c >= '0' && c <= '9'
		if !letter && (i == 0 || c != '-' && c != '_') {
			return Invalidf("a partner's name is lower-case letters and digits, and behind the first of them - and _")
		}
	}
	if name == "" || len(name) > maxPartnerName {
		return Invalidf("a partner's name has 1 to %d characters", maxPartnerName)
	}
	return nil
}

// Partners lists all partners: those of the configuration, then those in the store,
// each by name.
func (k *Keyring) Partners(ctx context.Context) ([]KnownPartner, error) {
	var known []KnownPartner
	for _, name := range k.static.Names() {
		known = append(known, KnownPartner{Partner{Name: name}, true})
	}
	err := k.store.View(ctx, func(tx Tx) error {
		stored, err := tx.Partners()
		for _, p := range stored {
			known = append(known, KnownPartner{p, false})
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("listing partners: %w", err)
	}
	return known, nil
}

// stored finds a partner in the store, and holds its row in an Update, so that what is
// counted of it stays true. The error is an *Error.
func (k *Keyring) stored(tx Tx, name string) error {
	if k.static.Has(name) {
		return &Error{Code: CodeConflict, Message: fmt.Sprintf("partner %s comes from the configuration (--partner, --partner-reviews) and is changed there", name)}
	}
	_, err := tx.Partner(name)
	if errors.Is(err, ErrNotFound) {
		return &Error{Code: CodeNotFound, Message: fmt.Sprintf("there is no partner %.70q", name)}
	}
	return err
}
