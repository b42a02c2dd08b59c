// Package oauth is Daraja's authorization: it trades consumer key and secret for an access
// token.
package oauth

import (
	"crypto/subtle"
	"encoding/base64"
	"strings"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
)

// API is the name of the request for a token.
const API simulator.API = "oauth"

// Settings.
const (
	SettingExpiresIn  = "expires_in"
	SettingInvalidate = "token_invalidation"
	SettingWrongKey   = "oauth_wrong_key"
)

// Product is OAuth.
func Product() simulator.Product {
	return simulator.Product{
		Name: "oauth",
		Doc:  "access tokens",
		Operations: []simulator.Operation{{
			API: API, Synonyms: []string{"token", "auth", "authorization", "generate"},
			Doc:    "an access token, by Basic authorization",
			Method: "GET", Path: daraja.TokenPath,
			Fields: []simulator.Field{{Name: "grant_type", Check: simulator.OneOf(daraja.GrantType), Doc: "Always client_credentials."}},
			Pages:  []string{"Authorization"}, Confidence: daraja.High,
			NoToken: true, Identify: identify, Authorize: authorize, Execute: execute,
		}},
		Errors: []simulator.Refusal{{Error: daraja.ErrInvalidAuthentication()}, {Error: daraja.ErrInvalidGrant()}, {Error: daraja.ErrWrongKeyInWords()}},
		Settings: []simulator.Setting{
			{Name: SettingExpiresIn, Default: "string", Allowed: []string{"string", "number"},
				Doc: "type of expires_in in a token's JSON"},
			{Name: SettingInvalidate, Default: "off", Allowed: []string{"off", "on"},
				Doc: "a new token makes the app's earlier ones invalid"},
			{Name: SettingWrongKey, Default: "empty", Allowed: []string{"empty", "400.008.01"},
				Doc: "a wrong consumer key or secret is answered with 400 without a body, or with an error"},
		},
	}
}

// credentials reads the header of Basic authorization.
func credentials(header string) (key, secret string, ok bool) {
	const scheme = "basic "
	if len(header) < len(scheme) || !strings.EqualFold(header[:len(scheme)], scheme) {
		return "", "", false
	}
	text, err := base64.StdEncoding.DecodeString(header[len(scheme):])
	if err != nil {
		return "", "", false
	}
	return strings.Cut(string(text), ":")
}

func identify(c simulator.Call, r *simulator.Request) {
	if key, _, ok := credentials(c.Authorization); ok {
		r.ConsumerKey = key
	}
}

func authorize(l *simulator.Locked, x *simulator.Exchange) error {
	key, secret, basic := credentials(x.Call.Authorization)
	if !basic {
		return daraja.ErrInvalidAuthentication().Because("Authorization must be Basic base64(consumer key:consumer secret)")
	}
	if grant := x.Text("grant_type"); grant != daraja.GrantType {
		return daraja.ErrInvalidGrant().Because("grant_type is %.40q, it must be %q", grant, daraja.GrantType)
	}
	app, known := l.App(key)
	if !known {
		return wrongKey(l).Because("no app has this consumer key")
	}
	if subtle.ConstantTimeCompare([]byte(app.Secret), []byte(secret)) != 1 {
		return wrongKey(l).Because("the consumer secret is wrong for this consumer key")
	}
	return nil
}

// wrongKey is the refusal of a key or a secret that is wrong (reference: gateway errors).
func wrongKey(l *simulator.Locked) daraja.Error {
	if l.Setting(SettingWrongKey) == "empty" {
		return daraja.ErrWrongKey()
	}
	return daraja.ErrWrongKeyInWords()
}

func execute(l *simulator.Locked, x *simulator.Exchange) (any, error) {
	if l.IsOn(SettingInvalidate) {
		l.RevokeTokens(x.ConsumerKey)
	}
	token := l.NewToken(x, x.ConsumerKey, daraja.TokenLifetime)
	return daraja.NewTokenResponse(token, daraja.TokenLifetime, l.Setting(SettingExpiresIn) == "number"), nil
}
