package simulator

import (
	"slices"
	"strings"
	"time"

	"github.com/darajabox/darajabox/daraja"
)

// App is a consumer of the API with its credentials.
type App struct {
	Key      string
	Secret   string
	Products []string // the names of the products that it may use; nil is all
}

// SandboxApp is the app of a world whose Config has none.
func SandboxApp() App { return App{Key: "sandbox", Secret: "sandbox"} }

// SetAppProducts changes which products an app may use, by their names; nil is all. It holds for
// tokens that are issued from now on.
func (w *World) SetAppProducts(key string, products []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if app, ok := w.apps[key]; ok {
		app.Products = products
		w.apps[key] = app
	}
}

// grant is what an access token allows. The products are those that the app had when the
// token was issued.
type grant struct {
	app      string
	expires  time.Time
	products []string
}

// bearer is the token of an Authorization header.
func bearer(header string) (token string, ok bool) {
	token, ok = strings.CutPrefix(header, "Bearer ")
	return token, ok && token != ""
}

// authorize refuses a call whose credentials are wrong.
func (w *World) authorize(x *Exchange) error {
	header := x.Call.Authorization
	switch {
	case x.op.NoToken && x.op.Authorize == nil:
		return nil
	case x.op.NoToken:
		return x.op.Authorize(w.locked(), x)
	case header == "":
		return x.op.InvalidToken().Because("there is no Authorization header")
	}
	token, ok := bearer(header)
	if !ok {
		return daraja.ErrInvalidAuthHeader().Because("Authorization must be Bearer and a token, with one space between")
	}
	g, known := w.tokens.get(token)
	if !known {
		return x.op.InvalidToken().Because("this token was not given out here, or was revoked")
	}
	if late := x.Now.Sub(g.expires); late >= 0 {
		return x.op.InvalidToken().Because("the token expired %s ago", late.Round(time.Second))
	}
	had, when := g.products, "did not have the product %s when the token was issued"
	if w.settings[SettingTokenProducts] == "live" {
		had, when = w.apps[g.app].Products, "does not have the product %s"
	}
	if had != nil && !slices.Contains(had, x.op.product) {
		return x.op.InvalidToken().Because("the app "+when, x.op.product)
	}
	return nil
}
