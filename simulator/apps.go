package simulator

import (
	"crypto/subtle"
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

// maxTokens bounds how many tokens live at once; the oldest go.
const maxTokens = 10_000

// tokens are the access tokens that were given out, oldest first.
type tokens struct {
	live  map[string]grant
	order []string
}

type grant struct {
	app     string
	expires time.Time
}

func (t *tokens) clear() { t.live, t.order = make(map[string]grant), nil }

func (t *tokens) add(token string, g grant) {
	t.live[token] = g
	t.order = append(t.order, token)
	if len(t.order) > maxTokens {
		delete(t.live, t.order[0])
		t.order = t.order[1:]
	}
}

func (t *tokens) revoke(app string) {
	for token, g := range t.live {
		if g.app == app {
			delete(t.live, token)
		}
	}
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
// *daraja.Error.
func (w *World) Token(r TokenRequest) (daraja.TokenResponse, error) {
	if !r.Basic {
		return daraja.TokenResponse{}, daraja.ErrInvalidAuthentication().Because("Authorization must be Basic base64(consumer key:consumer secret)")
	}
	if r.GrantType != daraja.GrantType {
		return daraja.TokenResponse{}, daraja.ErrInvalidGrant().Because("grant_type is %.40q, it must be %q", r.GrantType, daraja.GrantType)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	app, known := w.apps[r.Key]
	if !known {
		return daraja.TokenResponse{}, daraja.ErrWrongKey().Because("no app has this consumer key")
	}
	if subtle.ConstantTimeCompare([]byte(app.Secret), []byte(r.Secret)) != 1 {
		return daraja.TokenResponse{}, daraja.ErrWrongKey().Because("the consumer secret is wrong for this consumer key")
	}
	if w.opt.invalidate {
		w.tokens.revoke(app.Key)
	}
	token := w.ids.Token()
	w.tokens.add(token, grant{app: app.Key, expires: w.clock.Now().Add(daraja.TokenLifetime)})
	return daraja.NewTokenResponse(token, daraja.TokenLifetime, w.opt.expiresAsInt), nil
}

// Authorize checks the Authorization header of an STK request. The error is a
// *daraja.Error.
func (w *World) Authorize(header string) error {
	if header == "" {
		return daraja.ErrInvalidToken().Because("there is no Authorization header")
	}
	token, ok := strings.CutPrefix(header, "Bearer ")
	if !ok || token == "" {
		return daraja.ErrInvalidAuthHeader().Because("Authorization must be Bearer and a token, with one space between")
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	g, known := w.tokens.live[token]
	if !known {
		return daraja.ErrInvalidToken().Because("this token was not given out here, or was revoked")
	}
	if late := w.clock.Now().Sub(g.expires); late >= 0 {
		return daraja.ErrInvalidToken().Because("the token expired %s ago", late.Round(time.Second))
	}
	return nil
}
