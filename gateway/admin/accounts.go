package admin

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/gorilla/mux"

	"github.com/darajabox/darajabox/gateway"
	"github.com/darajabox/darajabox/gateway/adminapi"
)

// describePartner is a partner of the database.
func describePartner(p gateway.Partner) adminapi.Partner {
	return adminapi.Partner{Name: p.Name, ReviewWebhooks: p.ReviewWebhooks, CreatedAt: when(p.CreatedAt)}
}

func (a *api) describeKey(k gateway.Key) adminapi.Key {
	state := "valid"
	switch {
	case !k.RevokedAt.IsZero():
		state = "revoked"
	case !k.Valid(a.Clock.Now()):
		state = "expired"
	}
	return adminapi.Key{
		ID: k.ID, Partner: k.Partner, Scopes: strings.Fields(string(k.Scopes)), Note: k.Note, State: state,
		CreatedAt: when(k.CreatedAt), ExpiresAt: when(k.ExpiresAt), RevokedAt: when(k.RevokedAt), UsedAt: when(k.UsedAt),
	}
}

func (a *api) describeNewKey(k gateway.NewKey) adminapi.NewKey {
	return adminapi.NewKey{Key: a.describeKey(k.Key), Shown: k.Shown}
}

func (a *api) describeSecret(s gateway.Secret) adminapi.Secret {
	state := "valid"
	if !s.Valid(a.Clock.Now()) {
		state = "expired"
	}
	return adminapi.Secret{ID: s.ID, Partner: s.Partner, State: state, CreatedAt: when(s.CreatedAt), ExpiresAt: when(s.ExpiresAt)}
}

func (a *api) describeNewSecret(s gateway.NewSecret) adminapi.NewSecret {
	return adminapi.NewSecret{Secret: a.describeSecret(s.Secret), Shown: s.Shown}
}

// listPartners is GET /partners.
func (a *api) listPartners(r *http.Request) (response, error) {
	known, err := a.Accounts.Partners(r.Context())
	if err != nil {
		return response{}, err
	}
	list := make([]adminapi.Partner, len(known))
	for i, p := range known {
		list[i] = describePartner(p.Partner)
		list[i].Configured = p.Configured
	}
	return ok(adminapi.Partners{Partners: list})
}

// createPartner is POST /partners.
func (a *api) createPartner(r *http.Request) (response, error) {
	var ask struct {
		Name    string `json:"name"`
		Reviews bool   `json:"review_webhooks"`
	}
	if err := decode(r, &ask); err != nil {
		return response{}, err
	}
	p, err := a.Accounts.CreatePartner(r.Context(), ask.Name, gateway.PartnerSettings{ReviewWebhooks: ask.Reviews})
	if err != nil {
		return response{}, err
	}
	return created(adminapi.NewPartner{Partner: describePartner(p.Partner), APIKey: a.describeNewKey(p.Key), Secret: a.describeNewSecret(p.Secret)})
}

// updatePartner is PATCH /partners/{partner}.
func (a *api) updatePartner(r *http.Request) (response, error) {
	var ask struct {
		Reviews *bool `json:"review_webhooks"`
	}
	if err := decode(r, &ask); err != nil {
		return response{}, err
	}
	if ask.Reviews == nil {
		return response{}, gateway.Invalidf("there is nothing to change; a partner has the setting review_webhooks, true or false")
	}
	p, err := a.Accounts.UpdatePartner(r.Context(), mux.Vars(r)["partner"], gateway.PartnerSettings{ReviewWebhooks: *ask.Reviews})
	if err != nil {
		return response{}, err
	}
	return ok(describePartner(p))
}

// listKeys is GET /partners/{partner}/keys.
func (a *api) listKeys(r *http.Request) (response, error) {
	keys, err := a.Accounts.Keys(r.Context(), mux.Vars(r)["partner"])
	if err != nil {
		return response{}, err
	}
	list := make([]adminapi.Key, len(keys))
	for i, k := range keys {
		list[i] = a.describeKey(k)
	}
	return ok(adminapi.Keys{Keys: list})
}

// scopeList is the scopes of a new key; nil when they were left out.
type scopeList []string

// UnmarshalJSON implements json.Unmarshaler. It takes null for an empty list, which is
// refused: only a list that is left out means all scopes.
func (l *scopeList) UnmarshalJSON(raw []byte) error {
	words := []string{}
	if err := json.Unmarshal(raw, &words); err != nil {
		return err
	}
	*l = append(scopeList{}, words...)
	return nil
}

// createKey is POST /partners/{partner}/keys.
func (a *api) createKey(r *http.Request) (response, error) {
	var ask struct {
		Scopes    scopeList `json:"scopes"`
		Note      string    `json:"note"`
		ExpiresIn life      `json:"expires_in"`
	}
	if err := decode(r, &ask); err != nil {
		return response{}, err
	}
	scopes, err := gateway.ParseScopes(ask.Scopes)
	if err != nil {
		return response{}, err
	}
	o := gateway.KeyOrder{Scopes: scopes, Note: ask.Note}
	if end := ask.ExpiresIn.end(a.Clock.Now()); end != nil {
		o.ExpiresAt = *end
	}
	k, err := a.Accounts.CreateKey(r.Context(), mux.Vars(r)["partner"], o)
	if err != nil {
		return response{}, err
	}
	return created(a.describeNewKey(k))
}

// overlap is how long what is rotated is still good.
type overlap struct {
	Overlap *span `json:"overlap"`
}

func (o overlap) duration() time.Duration {
	if o.Overlap == nil {
		return gateway.DefaultOverlap
	}
	return time.Duration(*o.Overlap)
}

// rotateKey is POST /keys/{key}/rotate.
func (a *api) rotateKey(r *http.Request) (response, error) {
	var ask struct {
		overlap
		ExpiresIn life `json:"expires_in"`
	}
	if err := decode(r, &ask); err != nil {
		return response{}, err
	}
	k, err := a.Accounts.RotateKey(r.Context(), mux.Vars(r)["key"], gateway.Rotation{
		Overlap: ask.duration(), ExpiresAt: ask.ExpiresIn.end(a.Clock.Now()),
	})
	if err != nil {
		return response{}, err
	}
	return created(a.describeNewKey(k))
}

// revokeKey is POST /keys/{key}/revoke.
func (a *api) revokeKey(r *http.Request) (response, error) {
	k, err := a.Accounts.RevokeKey(r.Context(), mux.Vars(r)["key"])
	if err != nil {
		return response{}, err
	}
	return ok(a.describeKey(k))
}

// listSecrets is GET /partners/{partner}/secrets.
func (a *api) listSecrets(r *http.Request) (response, error) {
	secrets, err := a.Accounts.SecretsOf(r.Context(), mux.Vars(r)["partner"])
	if err != nil {
		return response{}, err
	}
	list := make([]adminapi.Secret, len(secrets))
	for i, s := range secrets {
		list[i] = a.describeSecret(s)
	}
	return ok(adminapi.Secrets{Secrets: list})
}

// rotateSecret is POST /partners/{partner}/secrets/rotate.
func (a *api) rotateSecret(r *http.Request) (response, error) {
	var ask overlap
	if err := decode(r, &ask); err != nil {
		return response{}, err
	}
	s, err := a.Accounts.RotateSecret(r.Context(), mux.Vars(r)["partner"], ask.duration())
	if err != nil {
		return response{}, err
	}
	return created(a.describeNewSecret(s))
}
