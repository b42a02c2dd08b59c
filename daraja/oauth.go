package daraja

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"
)

// TokenPath is the endpoint that trades consumer key and secret for a token. It
// is the one GET of the API.
const TokenPath = "/oauth/v1/generate"

// GrantType is the only grant that Daraja knows.
const GrantType = "client_credentials"

// TokenLifetime is how long an access token lasts, as printed on the wire.
const TokenLifetime = 3599 * time.Second

// TokenResponse is the answer of TokenPath. ExpiresIn is in seconds; the wire has
// it as a JSON string, Daraja's own documentation as a number.
type TokenResponse struct {
	AccessToken string          `json:"access_token"`
	ExpiresIn   json.RawMessage `json:"expires_in"`
}

// NewTokenResponse prints lifetime as the wire does, or as a number.
func NewTokenResponse(token string, lifetime time.Duration, asNumber bool) TokenResponse {
	seconds := strconv.Itoa(int(lifetime / time.Second))
	if !asNumber {
		seconds = strconv.Quote(seconds)
	}
	return TokenResponse{AccessToken: token, ExpiresIn: json.RawMessage(seconds)}
}

// maxLifetime is a year in seconds: more would overflow long before it was meant.
const maxLifetime = 365 * 24 * 60 * 60

// Lifetime reads ExpiresIn in either form.
func (r TokenResponse) Lifetime() (time.Duration, error) {
	var t Text
	if err := json.Unmarshal(r.ExpiresIn, &t); err != nil {
		return 0, fmt.Errorf("reading expires_in: %w", err)
	}
	n, err := strconv.Atoi(string(t))
	if err != nil || n <= 0 || n > maxLifetime {
		return 0, fmt.Errorf("expires_in %q is not a number of seconds", t)
	}
	return time.Duration(n) * time.Second, nil
}
