package gateway

import (
	"encoding/base32"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"time"
)

// An API key is dbx_live_<id>_<secret>, or dbx_test_… of a gateway that moves no real
// money: the id is 80 bits in base32 and stands in the database as it is, for the
// look-up; the secret is 256 bits in base64url. The beginning tells what a key is that
// is found in a log or a repository.
const (
	livePrefix  = "dbx_live_"
	testPrefix  = "dbx_test_"
	idBytes     = 10
	secretBytes = 32
	idLength    = 16
	keyLength   = len(livePrefix) + idLength + len("_") + 43
	idAlphabet  = "abcdefghijklmnopqrstuvwxyz234567"
)

// newAPIKey draws an API key.
func (v *Vault) newAPIKey() (id string, key Shown, err error) {
	raw, err := v.random(idBytes + secretBytes)
	if err != nil {
		return "", "", fmt.Errorf("making an API key: %w", err)
	}
	id = base32.NewEncoding(idAlphabet).EncodeToString(raw[:idBytes])
	prefix := livePrefix
	if v.Test {
		prefix = testPrefix
	}
	return id, Shown(prefix + id + "_" + base64.RawURLEncoding.EncodeToString(raw[idBytes:])), nil
}

// idOfKey is the id in an API key. What has not the form of one has none.
func idOfKey(key string) (id string, ok bool) {
	rest, live := strings.CutPrefix(key, livePrefix)
	rest, test := strings.CutPrefix(rest, testPrefix)
	if live == test || len(key) != keyLength || rest[idLength] != '_' || strings.Trim(rest[:idLength], idAlphabet) != "" {
		return "", false
	}
	return rest[:idLength], true
}

// Valid reports whether k opens anything at a time.
func (k Key) Valid(now time.Time) bool {
	return k.RevokedAt.IsZero() && (k.ExpiresAt.IsZero() || now.Before(k.ExpiresAt))
}

// Valid reports whether webhooks are signed with s at a time.
func (s Secret) Valid(now time.Time) bool { return s.ExpiresAt.IsZero() || now.Before(s.ExpiresAt) }

// ParseScopes reads the words for scopes; nil is all of them. An empty list is an error,
// as a key without a scope could do nothing. The error has CodeInvalid.
func ParseScopes(words []string) (Scopes, error) {
	switch {
	case words == nil:
		return NewScopes(AllScopes()...), nil
	case len(words) == 0:
		return "", Invalidf("scopes is an empty list, so the key could do nothing; name some of %s, or leave scopes out for all", wordsOf(AllScopes()))
	}
	scopes := make([]Scope, len(words))
	for i, w := range words {
		if !slices.Contains(AllScopes(), Scope(w)) {
			return "", Invalidf("%.40q is no scope; there are %s", w, wordsOf(AllScopes()))
		}
		scopes[i] = Scope(w)
	}
	return NewScopes(scopes...), nil
}
