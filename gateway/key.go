package gateway

import (
	"slices"
	"strings"
	"time"
)

// Key is one API key of a partner. The key itself is shown once and never kept.
type Key struct {
	ID        string // stands in the key in plain, for the look-up
	Partner   string
	Digest    []byte // HMAC-SHA256 of the whole key under the pepper
	Scopes    Scopes
	Note      string // the partner's own words, such as "shop's server"
	CreatedAt time.Time
	ExpiresAt time.Time // zero is never
	RevokedAt time.Time // zero is not revoked
	UsedAt    time.Time // last use, to the minute; zero is never
}

// Scope is one thing that a key may do.
type Scope string

// Scopes of API keys.
const (
	ScopeCollect    Scope = "collect"    // push prompts
	ScopeRead       Scope = "read"       // read transactions
	ScopeDeliveries Scope = "deliveries" // read webhooks and send them again
)

// AllScopes is what a key may do unless told otherwise.
func AllScopes() []Scope { return []Scope{ScopeCollect, ScopeRead, ScopeDeliveries} }

// Scopes is a set of scopes, sorted, with one space between them.
type Scopes string

// NewScopes returns the set of what is given.
func NewScopes(scopes ...Scope) Scopes {
	words := make([]string, len(scopes))
	for i, s := range scopes {
		words[i] = string(s)
	}
	slices.Sort(words)
	return Scopes(strings.Join(slices.Compact(words), " "))
}

// Has reports whether s is in the set.
func (ss Scopes) Has(s Scope) bool {
	return slices.Contains(strings.Fields(string(ss)), string(s))
}

// Secret is one of the secrets that a partner's webhooks are signed with, sealed.
type Secret struct {
	ID        int64
	Partner   string
	Sealed    []byte
	CreatedAt time.Time
	ExpiresAt time.Time // zero is never
}

// Endpoint is what is known of a URL that webhooks go to.
type Endpoint struct {
	Partner     string
	URL         string
	DisabledAt  time.Time // zero is at work
	PausedUntil time.Time // nothing is sent to it before; zero is no pause
	Reason      string    // why it is disabled or paused
}
