package gateway

import (
	"context"
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"time"
)

// Partner is a business that takes money through the gateway.
type Partner struct {
	Name           string
	ReviewWebhooks bool // it also gets a webhook when a payment comes into review
	CreatedAt      time.Time
}

// Partners knows the partners of the configuration by their API keys. It keeps
// digests, never keys.
type Partners struct {
	byDigest map[[sha256.Size]byte]Partner
	secrets  map[string][][]byte // of each name, the raw webhook secrets
}

// maxKey bounds an API key; more is not looked at.
const maxKey = 256

// Add gives a partner a key.
func (p *Partners) Add(name, key string) error {
	if name == "" || key == "" || len(key) > maxKey {
		return fmt.Errorf("adding partner %q: it needs a name and a key of 1 to %d bytes", name, maxKey)
	}
	digest := sha256.Sum256([]byte(key))
	if other, taken := p.byDigest[digest]; taken {
		return fmt.Errorf("adding partner %q: partner %q has the same key", name, other.Name)
	}
	if p.byDigest == nil {
		p.byDigest = make(map[[sha256.Size]byte]Partner)
		p.secrets = make(map[string][][]byte)
	}
	p.byDigest[digest] = Partner{Name: name}
	p.secrets[name] = append(p.secrets[name], StaticSecret(key))
	return nil
}

// Has reports whether a partner of that name is configured.
func (p *Partners) Has(name string) bool { return len(p.secrets[name]) > 0 }

// Names lists the configured partners.
func (p *Partners) Names() []string { return slices.Sorted(maps.Keys(p.secrets)) }

// Authenticate finds the partner of an API key. Configured partners may do everything.
func (p *Partners) Authenticate(_ context.Context, key string, _ Scope) (Partner, error) {
	return p.ByKey(key)
}

// ByKey finds the partner of an API key. Look-up is by digest, so that its time
// says nothing of a key. The error has CodeUnauthorized.
func (p *Partners) ByKey(key string) (Partner, error) {
	if key == "" {
		return Partner{}, &Error{Code: CodeUnauthorized, Message: "X-API-KEY is required"}
	}
	if len(key) <= maxKey {
		if partner, ok := p.byDigest[sha256.Sum256([]byte(key))]; ok {
			return partner, nil
		}
	}
	return Partner{}, errUnknownKey()
}

// errUnknownKey says the same of a key that never was, has expired or was revoked.
func errUnknownKey() *Error {
	return &Error{Code: CodeUnauthorized, Message: "X-API-KEY is not known"}
}
