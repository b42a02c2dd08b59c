package simulator

import (
	"crypto/subtle"
	"maps"
	"strings"
	"time"

	"github.com/darajabox/darajabox/daraja"
)

// App is a consumer of the API with its credentials.
type App struct {
	Key    string
	Secret string
}

// SandboxApp is the app that every world has unless told otherwise.
func SandboxApp() App { return App{Key: "sandbox", Secret: "sandbox"} }

// grant is what an access token is good for.
type grant struct {
	app     string
	expires time.Time
}

// TokenRequest is what a client sends to get a token. Basic says whether it used
// Basic authorization at all.
type TokenRequest struct {
	Basic     bool
	Key       string
	Secret    string
	GrantType string
}

// Token gives out an access token (reference: OAuth). The error is a
// *daraja.Error. A reply that revokes the token gives out one that is not valid.
func (w *World) Token(c Call, t TokenRequest) (daraja.TokenResponse, Reply, error) {
	lane := daraja.NewLane(string(APIOAuth), t.Key)
	return serve(w, c, Request{API: APIOAuth, ConsumerKey: t.Key}, lane, &tokenCall{TokenRequest: t, lane: lane})
}

// tokenCall is the operation of Token.
type tokenCall struct {
	TokenRequest
	lane daraja.Lane
}

func (t *tokenCall) authorize(w *World, _ Call, _ time.Time) error {
	if !t.Basic {
		return daraja.ErrInvalidAuthentication().Because("Authorization must be Basic base64(consumer key:consumer secret)")
	}
	if t.GrantType != daraja.GrantType {
		return daraja.ErrInvalidGrant().Because("grant_type is %.40q, it must be %q", t.GrantType, daraja.GrantType)
	}
	app, known := w.apps[t.Key]
	if !known {
		return daraja.ErrWrongKey().Because("no app has this consumer key")
	}
	if subtle.ConstantTimeCompare([]byte(app.Secret), []byte(t.Secret)) != 1 {
		return daraja.ErrWrongKey().Because("the consumer secret is wrong for this consumer key")
	}
	return nil
}

func (t *tokenCall) check(*World, Outcome) error { return nil }

func (t *tokenCall) carry(w *World, o Outcome, _ *Reply, now time.Time) daraja.TokenResponse {
	if w.opt.invalidate {
		maps.DeleteFunc(w.tokens.byKey, func(_ string, g grant) bool { return g.app == t.Key })
	}
	token := w.ids.Token(t.lane, now)
	if !o.Reply.RevokeToken {
		w.tokens.put(token, grant{app: t.Key, expires: now.Add(daraja.TokenLifetime)})
	}
	return daraja.NewTokenResponse(token, daraja.TokenLifetime, w.opt.expiresAsInt)
}

// bearer is the token of an Authorization header.
func bearer(header string) (token string, ok bool) {
	token, ok = strings.CutPrefix(header, "Bearer ")
	return token, ok && token != ""
}

// withToken authorizes operations that need an access token.
type withToken struct{}

func (withToken) authorize(w *World, c Call, now time.Time) error {
	if c.Authorization == "" {
		return daraja.ErrInvalidToken().Because("there is no Authorization header")
	}
	token, ok := bearer(c.Authorization)
	if !ok {
		return daraja.ErrInvalidAuthHeader().Because("Authorization must be Bearer and a token, with one space between")
	}
	g, known := w.tokens.get(token)
	if !known {
		return daraja.ErrInvalidToken().Because("this token was not given out here, or was revoked")
	}
	if late := now.Sub(g.expires); late >= 0 {
		return daraja.ErrInvalidToken().Because("the token expired %s ago", late.Round(time.Second))
	}
	return nil
}
