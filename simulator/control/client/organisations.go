package client

import (
	"context"
	"net/http"
	"time"

	"github.com/darajabox/darajabox/internal/apiclient"
)

// Organisations are the businesses of a world, by shortcode.
type Organisations struct {
	Organisations []Organisation `json:"organisations"`
}

// Organisation is a business with a shortcode.
type Organisation struct {
	Shortcode    string           `json:"shortcode"`
	Name         string           `json:"name"`
	Till         string           `json:"till"`             // "" for a paybill
	Nominated    string           `json:"nominated_number"` // "" for none
	BalanceCents int64            `json:"balance_cents"`    // of the account where payments arrive
	Accounts     map[string]int64 `json:"accounts_cents"`   // working, utility, charges_paid, merchant, settlement
	Limits       map[string]int64 `json:"limits_cents"`     // min_payment, max_payment, daily_limit, max_balance; those that there are
	Initiators   []Initiator      `json:"initiators"`
}

// Initiator is an API user of an organisation.
type Initiator struct {
	Name     string     `json:"name"`
	Password string     `json:"password"`
	Roles    []string   `json:"roles"`      // null is every role
	Expires  *time.Time `json:"expires_at"` // when the password stops being right; null is never
	Locked   bool       `json:"locked"`     // after too many wrong credentials
}

// OrganisationEdit is what is changed of an organisation; what is left out stays as it is.
type OrganisationEdit struct {
	Name      string           `json:"name,omitempty"`
	Till      string           `json:"till,omitempty"`
	Passkey   string           `json:"passkey,omitempty"`
	Nominated string           `json:"nominated_number,omitempty"`
	Accounts  map[string]int64 `json:"accounts_cents,omitempty"` // by the names that Organisation has; charges_paid from 0 down
	Limits    map[string]int64 `json:"limits_cents,omitempty"`   // likewise
}

// InitiatorEdit is what an initiator is from now on.
type InitiatorEdit struct {
	Password string     `json:"password"`
	Roles    []string   `json:"roles,omitempty"`      // nil is every role
	Expires  *time.Time `json:"expires_at,omitempty"` // nil is 90 days from now by the world's clock
}

// App is a consumer of Daraja's API.
type App struct {
	Key      string   `json:"key"`
	Products []string `json:"products"` // the names of those that it may use; null is all
}

// Apps are those of a world.
type Apps struct {
	Apps []App `json:"apps"`
}

// AppEdit is what an app may use from now on.
type AppEdit struct {
	Products []string `json:"products"` // null is all
}

// Organisations lists the organisations.
func (c *Client) Organisations(ctx context.Context) (Organisations, error) {
	return get[Organisations](ctx, c, "/organisations", nil)
}

// EditOrganisation changes an organisation, or adds one.
func (c *Client) EditOrganisation(ctx context.Context, shortcode string, edit OrganisationEdit) (Organisation, error) {
	return send[Organisation](ctx, c, http.MethodPut, apiclient.Path("organisations", shortcode), edit)
}

// SetInitiator adds an initiator to an organisation, or changes and unlocks the one of that name.
func (c *Client) SetInitiator(ctx context.Context, shortcode, name string, edit InitiatorEdit) (Organisation, error) {
	return send[Organisation](ctx, c, http.MethodPut, apiclient.Path("organisations", shortcode, "initiators", name), edit)
}

// Apps lists the apps.
func (c *Client) Apps(ctx context.Context) (Apps, error) { return get[Apps](ctx, c, "/apps", nil) }

// EditApp changes which products an app may use.
func (c *Client) EditApp(ctx context.Context, key string, edit AppEdit) (App, error) {
	return send[App](ctx, c, http.MethodPut, apiclient.Path("apps", key), edit)
}
