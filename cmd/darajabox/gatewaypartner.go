package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/darajabox/darajabox/daraja"
)

type partnerCmd struct {
	Create partnerCreateCmd `cmd:"" help:"Create a partner with an API key and a webhook secret, which are shown once."`
	Update partnerUpdateCmd `cmd:"" help:"Change a partner's settings."`
	List   partnerListCmd   `cmd:"" help:"List the partners."`
}

// Help teaches by example.
func (partnerCmd) Help() string {
	return `A partner is a shop or app that takes payments through the gateway. It sends an API key with each request, and verifies the gateway's webhooks by a secret.

    darajabox gateway partner create duka
    darajabox gateway partner update duka --review-webhooks on
    darajabox gateway partner list`
}

// keyInfo is an API key as the administration describes it.
type keyInfo struct {
	ID        string    `json:"id"`
	Partner   string    `json:"partner"`
	Scopes    []string  `json:"scopes"`
	Note      string    `json:"note"`
	State     string    `json:"state"`
	CreatedAt time.Time `json:"created_at"`
	ExpiresAt time.Time `json:"expires_at"`
	UsedAt    time.Time `json:"used_at"`
	Key       string    `json:"key"` // in the one answer that shows it
}

// secretInfo is a webhook secret as the administration describes it.
type secretInfo struct {
	ID            int64     `json:"id"`
	Partner       string    `json:"partner"`
	State         string    `json:"state"`
	CreatedAt     time.Time `json:"created_at"`
	ExpiresAt     time.Time `json:"expires_at"`
	WebhookSecret string    `json:"webhook_secret"` // in the one answer that shows it
}

type partnerCreateCmd struct {
	Name           string `arg:"" help:"Name of the partner: lower-case letters, digits, - and _."`
	ReviewWebhooks string `help:"Whether it also gets a webhook, with status review, when a payment comes to need a person: on or off." enum:"on,off" default:"off" placeholder:"on|off" env:"-"`
	adminFlags
}

// Help teaches by example.
func (*partnerCreateCmd) Help() string {
	return `The key has every scope; 'key create' makes keys with fewer.

    darajabox gateway partner create duka
    key=$(darajabox gateway partner create duka -o json | jq -r .api_key.key)`
}

// Run makes the partner.
func (c *partnerCreateCmd) Run(e *env) error {
	type created struct {
		Name   string     `json:"name"`
		APIKey keyInfo    `json:"api_key"`
		Secret secretInfo `json:"secret"`
	}
	return do(e, c.adminFlags, post(map[string]any{"name": c.Name, "review_webhooks": c.ReviewWebhooks == on}, "partners"), func(w io.Writer, p created) {
		aligned(w, [][]string{
			{"partner", p.Name},
			{"key id", p.APIKey.ID},
			{"API key", p.APIKey.Key},
			{"webhook secret", p.Secret.WebhookSecret},
		})
		fmt.Fprintln(w, "\nThe API key and the webhook secret are shown once only: save them now.")
	})
}

// on is a setting's value.
const on = "on"

// partnerInfo is a partner as the administration describes it.
type partnerInfo struct {
	Name           string    `json:"name"`
	Configured     bool      `json:"configured"`
	ReviewWebhooks bool      `json:"review_webhooks"`
	CreatedAt      time.Time `json:"created_at"`
}

type partnerUpdateCmd struct {
	Name           string `arg:"" help:"Name of the partner."`
	ReviewWebhooks string `help:"Whether it also gets a webhook, with status review, when a payment comes to need a person: on or off." enum:"on,off" required:"" placeholder:"on|off" env:"-"`
	adminFlags
}

// Help teaches by example.
func (*partnerUpdateCmd) Help() string {
	return `A webhook with status review comes once for a payment, and the usual one when the review is resolved. For partners of --partner, 'gateway run --partner-reviews NAME' does this.

    darajabox gateway partner update duka --review-webhooks on`
}

// Run changes the partner.
func (c *partnerUpdateCmd) Run(e *env) error {
	ask := call{method: http.MethodPatch, path: below("partners", c.Name), body: map[string]bool{"review_webhooks": c.ReviewWebhooks == on}}
	return do(e, c.adminFlags, ask, func(w io.Writer, p partnerInfo) {
		aligned(w, [][]string{{"partner", p.Name}, {"review webhooks", onOff(p.ReviewWebhooks)}})
	})
}

func onOff(b bool) string {
	if b {
		return on
	}
	return "off"
}

type partnerListCmd struct{ adminFlags }

// Run lists the partners.
func (c *partnerListCmd) Run(e *env) error {
	type list struct {
		Partners []partnerInfo `json:"partners"`
	}
	return do(e, c.adminFlags, get("partners"), func(w io.Writer, l list) {
		var rows [][]string
		for _, p := range l.Partners {
			from := "the database"
			if p.Configured {
				from = "the configuration"
			}
			rows = append(rows, []string{p.Name, from, onOff(p.ReviewWebhooks), day(p.CreatedAt)})
		}
		table(w, "There is no partner; `"+c.hint(e, "gateway", "partner", "create", "NAME")+"` makes one.", []string{"PARTNER", "FROM", "REVIEW WEBHOOKS", "CREATED"}, rows)
	})
}

// day is a time with its year, since keys live long; "" for none.
func day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(daraja.EAT()).Format("2006-01-02 15:04 EAT")
}

type keyCmd struct {
	Create keyCreateCmd `cmd:"" help:"Create another API key for a partner; it is shown once."`
	List   keyListCmd   `cmd:"" help:"List a partner's API keys."`
	Rotate keyRotateCmd `cmd:"" help:"Replace a key by a new one; the old one stays valid for a while."`
	Revoke keyRevokeCmd `cmd:"" help:"Revoke a key, at once and for good."`
}

// Help teaches by example.
func (keyCmd) Help() string {
	return `A key is known by its id, the 16 letters after dbx_live_, or dbx_test_ where no real money moves. The gateway does not store keys: rotate a lost key, revoke a leaked one.

    darajabox gateway key create duka --scope read --note "the accountant" --expires 90d
    darajabox gateway key list duka
    darajabox gateway key rotate k7hq2mzr4xw5abcd --overlap 48h
    darajabox gateway key revoke k7hq2mzr4xw5abcd`
}

type keyCreateCmd struct {
	Partner string   `arg:"" help:"Name of the partner."`
	Scope   []string `help:"Scope: collect, read or deliveries; may be repeated. All unless given." placeholder:"SCOPE" env:"-"`
	Note    string   `help:"What it is for." placeholder:"TEXT" env:"-"`
	Expires lifetime `help:"When it ends, such as 36h or 90d; never unless given." placeholder:"TIME" env:"-"`
	adminFlags
}

// Help teaches by example.
func (*keyCreateCmd) Help() string {
	return `
    darajabox gateway key create duka --scope collect --scope read --note "shop's server" --expires 365d`
}

// newKeyAsk is the request for a key.
type newKeyAsk struct {
	Scopes    []string `json:"scopes,omitempty"`
	Note      string   `json:"note,omitempty"`
	ExpiresIn string   `json:"expires_in,omitempty"`
}

// Run makes the key.
func (c *keyCreateCmd) Run(e *env) error {
	return do(e, c.adminFlags, post(newKeyAsk{c.Scope, c.Note, string(c.Expires)}, "partners", c.Partner, "keys"), printNewKey)
}

func printNewKey(w io.Writer, k keyInfo) {
	aligned(w, [][]string{
		{"partner", k.Partner},
		{"key id", k.ID},
		{"API key", k.Key},
		{"scopes", strings.Join(k.Scopes, ", ")},
		{"expires", orNever(k.ExpiresAt)},
	})
	fmt.Fprintln(w, "\nThe API key is shown once only: save it now.")
}

func orNever(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return day(t)
}

type keyListCmd struct {
	Partner string `arg:"" help:"Name of the partner."`
	adminFlags
}

// Run lists the keys.
func (c *keyListCmd) Run(e *env) error {
	type list struct {
		Keys []keyInfo `json:"keys"`
	}
	return do(e, c.adminFlags, get("partners", c.Partner, "keys"), func(w io.Writer, l list) {
		var rows [][]string
		for _, k := range l.Keys {
			rows = append(rows, []string{k.ID, k.State, strings.Join(k.Scopes, ","), day(k.CreatedAt), orNever(k.ExpiresAt), day(k.UsedAt), k.Note})
		}
		table(w, "The partner has no key.", []string{"KEY", "STATE", "SCOPES", "CREATED", "EXPIRES", "LAST USED", "NOTE"}, rows)
	})
}

type keyRotateCmd struct {
	ID      string   `arg:"" help:"ID of the key." name:"id"`
	Overlap overlap  `help:"How long the old key stays valid." default:"24h" placeholder:"TIME" env:"-"`
	Expires lifetime `help:"When the new key ends, such as 90d, or never; required when the old key has an end." placeholder:"TIME" env:"-"`
	adminFlags
}

// Help teaches by example.
func (*keyRotateCmd) Help() string {
	return `The new key has the scopes of the old one. Give it to the partner and let the old one expire; --overlap 0s ends it at once.

    darajabox gateway key rotate k7hq2mzr4xw5abcd --overlap 48h
    darajabox gateway key rotate k7hq2mzr4xw5abcd --expires 90d`
}

// Run rotates the key.
func (c *keyRotateCmd) Run(e *env) error {
	ask := map[string]string{"overlap": string(c.Overlap)}
	if c.Expires != "" {
		ask["expires_in"] = string(c.Expires)
	}
	err := do(e, c.adminFlags, post(ask, "keys", c.ID, "rotate"), func(w io.Writer, k keyInfo) {
		printNewKey(w, k)
		fmt.Fprintf(w, "Key %s stays valid for another %s at most.\n", c.ID, c.Overlap)
	})
	if refused := (refusedError{}); errors.As(err, &refused) && strings.HasPrefix(refused.text, "expires_in is missing") {
		return exitError{exitUsage, fmt.Errorf("key %s has an end, so the new key needs one: add --expires 90d, or --expires never", c.ID)}
	}
	return err
}

type keyRevokeCmd struct {
	ID string `arg:"" help:"ID of the key." name:"id"`
	adminFlags
}

// Run revokes the key.
func (c *keyRevokeCmd) Run(e *env) error {
	return instruct(e, c.adminFlags, post(nil, "keys", c.ID, "revoke"), "key "+c.ID+" is revoked")
}

type secretCmd struct {
	Rotate secretRotateCmd `cmd:"" help:"Create a new webhook secret for a partner; it is shown once."`
	List   secretListCmd   `cmd:"" help:"List a partner's webhook secrets, without their values."`
}

// Help teaches by example.
func (secretCmd) Help() string {
	return `Webhooks are signed with each secret that is valid, so a partner can change to the new one at any time during the overlap.

    darajabox gateway secret rotate duka --overlap 48h
    darajabox gateway secret list duka`
}

type secretRotateCmd struct {
	Partner string  `arg:"" help:"Name of the partner."`
	Overlap overlap `help:"How long webhooks are signed with the old secret too." default:"24h" placeholder:"TIME" env:"-"`
	adminFlags
}

// Run rotates the secret.
func (c *secretRotateCmd) Run(e *env) error {
	ask := map[string]string{"overlap": string(c.Overlap)}
	return do(e, c.adminFlags, post(ask, "partners", c.Partner, "secrets", "rotate"), func(w io.Writer, s secretInfo) {
		aligned(w, [][]string{{"partner", s.Partner}, {"webhook secret", s.WebhookSecret}})
		fmt.Fprintf(w, "\nThe webhook secret is shown once only: save it now.\nWebhooks are signed with the old one too for another %s at most.\n", c.Overlap)
	})
}

type secretListCmd struct {
	Partner string `arg:"" help:"Name of the partner."`
	adminFlags
}

// Run lists the secrets.
func (c *secretListCmd) Run(e *env) error {
	type list struct {
		Secrets []secretInfo `json:"secrets"`
	}
	return do(e, c.adminFlags, get("partners", c.Partner, "secrets"), func(w io.Writer, l list) {
		var rows [][]string
		for _, s := range l.Secrets {
			rows = append(rows, []string{fmt.Sprint(s.ID), s.State, day(s.CreatedAt), orNever(s.ExpiresAt)})
		}
		table(w, "The partner has no webhook secret.", []string{"SECRET", "STATE", "CREATED", "EXPIRES"}, rows)
	})
}
