package admin

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/gorilla/mux"

	"github.com/darajabox/darajabox/gateway"
)

// partner is a partner in an answer.
type partner struct {
	Name       string     `json:"name"`
	Configured bool       `json:"configured"` // in the configuration, where its key is changed
	Reviews    bool       `json:"review_webhooks"`
	CreatedAt  *time.Time `json:"created_at"`
}

// key is an API key in an answer, without what opens the gateway.
type key struct {
	ID        string     `json:"id"`
	Partner   string     `json:"partner"`
	Scopes    []string   `json:"scopes"`
	Note      string     `json:"note"`
	State     string     `json:"state"` // valid, expired or revoked
	CreatedAt *time.Time `json:"created_at"`
	ExpiresAt *time.Time `json:"expires_at"`
	RevokedAt *time.Time `json:"revoked_at"`
	UsedAt    *time.Time `json:"used_at"` // to the minute
}

// newKey is the one answer that shows a key.
type newKey struct {
	key
	Shown gateway.Shown `json:"key"`
}

// secret is a webhook secret in an answer, without what it is.
type secret struct {
	ID        int64      `json:"id"`
	Partner   string     `json:"partner"`
	State     string     `json:"state"` // valid or expired
	CreatedAt *time.Time `json:"created_at"`
	ExpiresAt *time.Time `json:"expires_at"`
}

// newSecret is the one answer that shows a webhook secret.
type newSecret struct {
	secret
	Shown gateway.Shown `json:"webhook_secret"`
}

func (a *api) describeKey(k gateway.Key) key {
	state := "valid"
	switch {
	case !k.RevokedAt.IsZero():
		state = "revoked"
	case !k.Valid(a.Clock.Now()):
		state = "expired"
	}
	return key{
		ID: k.ID, Partner: k.Partner, Scopes: strings.Fields(string(k.Scopes)), Note: k.Note, State: state,
		CreatedAt: when(k.CreatedAt), ExpiresAt: when(k.ExpiresAt), RevokedAt: when(k.RevokedAt), UsedAt: when(k.UsedAt),
	}
}

func (a *api) describeSecret(s gateway.Secret) secret {
	state := "valid"
	if !s.Valid(a.Clock.Now()) {
		state = "expired"
	}
	return secret{ID: s.ID, Partner: s.Partner, State: state, CreatedAt: when(s.CreatedAt), ExpiresAt: when(s.ExpiresAt)}
}

// listPartners is GET /partners.
func (a *api) listPartners(r *http.Request) (response, error) {
	known, err := a.Accounts.Partners(r.Context())
	if err != nil {
		return response{}, err
	}
	list := make([]partner, len(known))
	for i, p := range known {
		list[i] = partner{p.Name, p.Configured, p.ReviewWebhooks, when(p.CreatedAt)}
	}
	return ok(struct {
		Partners []partner `json:"partners"`
	}{list})
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
	return created(struct {
		partner
		Key    newKey    `json:"api_key"`
		Secret newSecret `json:"secret"`
	}{
		partner{p.Name, false, p.ReviewWebhooks, when(p.CreatedAt)},
		newKey{a.describeKey(p.Key.Key), p.Key.Shown},
		newSecret{a.describeSecret(p.Secret.Secret), p.Secret.Shown},
	})
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
	return ok(partner{p.Name, false, p.ReviewWebhooks, when(p.CreatedAt)})
}

// listKeys is GET /partners/{partner}/keys.
func (a *api) listKeys(r *http.Request) (response, error) {
	keys, err := a.Accounts.Keys(r.Context(), mux.Vars(r)["partner"])
	if err != nil {
		return response{}, err
	}
	list := make([]key, len(keys))
	for i, k := range keys {
		list[i] = a.describeKey(k)
	}
	return ok(struct {
		Keys []key `json:"keys"`
	}{list})
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
	return created(newKey{a.describeKey(k.Key), k.Shown})
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
	return created(newKey{a.describeKey(k.Key), k.Shown})
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
	list := make([]secret, len(secrets))
	for i, s := range secrets {
		list[i] = a.describeSecret(s)
	}
	return ok(struct {
		Secrets []secret `json:"secrets"`
	}{list})
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
	return created(newSecret{a.describeSecret(s.Secret), s.Shown})
}
