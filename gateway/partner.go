package gateway

import (
	"crypto/sha256"
	"fmt"
	"time"
)

// Partner is a business that takes money through the gateway.
type Partner struct {
	Name      string
	CreatedAt time.Time
}

// Partners knows partners by their API keys. It keeps digests, never keys.
type Partners struct {
	byDigest map[[sha256.Size]byte]Partner
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
	}
	p.byDigest[digest] = Partner{Name: name}
	return nil
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
	return Partner{}, &Error{Code: CodeUnauthorized, Message: "X-API-KEY is not known"}
}
