package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/darajabox/darajabox/gateway/adminapi"
	"github.com/darajabox/darajabox/internal/apiclient"
)

type partnerCmd struct {
	Create partnerCreateCmd `cmd:"" help:"Create a partner with an API key and a webhook secret, which are shown once."`
	Update partnerUpdateCmd `cmd:"" help:"Change a partner's settings."`
	List   partnerListCmd   `cmd:"" help:"List the partners."`
}

type partnerCreateCmd struct {
	Name           string `arg:"" help:"Name of the partner: lower-case letters, digits, - and _."`
	ReviewWebhooks string `help:"Whether it also gets a webhook, with status review, when a payment comes to need a person: on or off." enum:"on,off" default:"off" placeholder:"on|off" env:"-"`
	adminFlags
}

func (c *partnerCreateCmd) Run(e *env) error {
	body := map[string]any{"name": c.Name, "review_webhooks": c.ReviewWebhooks == on}
	return callAndPrint(e, c.adminFlags, post(body, "partners"), func(w io.Writer, p adminapi.NewPartner) {
		printRows(w, []string{"partner", p.Name}, []string{"key id", p.APIKey.ID}, []string{"API key", p.APIKey.Shown.Reveal()},
			[]string{"webhook secret", p.Secret.Shown.Reveal()})
		fmt.Fprintln(w, "\nThe API key and the webhook secret are shown once only: save them now.")
	})
}

type partnerUpdateCmd struct {
	Name           string `arg:"" help:"Name of the partner."`
	ReviewWebhooks string `help:"Whether it also gets a webhook, with status review, when a payment comes to need a person: on or off." enum:"on,off" required:"" placeholder:"on|off" env:"-"`
	adminFlags
}

func (c *partnerUpdateCmd) Run(e *env) error {
	body := map[string]bool{"review_webhooks": c.ReviewWebhooks == on}
	patch := apiclient.Call{Method: http.MethodPatch, Path: apiclient.Path("partners", c.Name), Body: body}
	return callAndPrint(e, c.adminFlags, patch, func(w io.Writer, p adminapi.Partner) {
		printRows(w, []string{"partner", p.Name}, []string{"review webhooks", onOff(p.ReviewWebhooks)})
	})
}

type partnerListCmd struct{ adminFlags }

func (c *partnerListCmd) Run(e *env) error {
	return callAndPrint(e, c.adminFlags, get("partners"), func(w io.Writer, l adminapi.Partners) {
		none := "There is no partner; `" + c.hint(e, "gateway", "partner", "create", "NAME") + "` makes one."
		printTable(w, none, "PARTNER|FROM|REVIEW WEBHOOKS|CREATED", l.Partners, func(p adminapi.Partner) []string {
			from := "the database"
			if p.Configured {
				from = "the configuration"
			}
			return []string{p.Name, from, onOff(p.ReviewWebhooks), longTime(p.CreatedAt.Time)}
		})
	})
}

type keyCmd struct {
	Create keyCreateCmd `cmd:"" help:"Create another API key for a partner; it is shown once."`
	List   keyListCmd   `cmd:"" help:"List a partner's API keys."`
	Rotate keyRotateCmd `cmd:"" help:"Replace a key by a new one; the old one stays valid for a while."`
	Revoke keyRevokeCmd `cmd:"" help:"Revoke a key, at once and for good."`
}

type keyCreateCmd struct {
	Partner string   `arg:"" help:"Name of the partner."`
	Scope   []string `help:"Scope: collect, read or deliveries; may be repeated. All unless given." placeholder:"SCOPE" env:"-"`
	Note    string   `help:"What it is for." placeholder:"TEXT" env:"-"`
	Expires lifetime `help:"When it ends, such as 36h or 90d; never unless given." placeholder:"TIME" env:"-"`
	adminFlags
}

func (c *keyCreateCmd) Run(e *env) error {
	return callAndPrint(e, c.adminFlags, post(struct {
		Scopes    []string `json:"scopes,omitempty"`
		Note      string   `json:"note,omitempty"`
		ExpiresIn lifetime `json:"expires_in,omitempty"`
	}{c.Scope, c.Note, c.Expires}, "partners", c.Partner, "keys"), printNewKey)
}

func printNewKey(w io.Writer, k adminapi.NewKey) {
	printRows(w, []string{"partner", k.Partner}, []string{"key id", k.ID}, []string{"API key", k.Shown.Reveal()},
		[]string{"scopes", strings.Join(k.Scopes, ", ")}, []string{"expires", orNever(k.ExpiresAt.Time)})
	fmt.Fprintln(w, "\nThe API key is shown once only: save it now.")
}

type ofPartnerFlags struct {
	Partner string `arg:"" help:"Name of the partner."`
	adminFlags
}

type keyListCmd struct{ ofPartnerFlags }

func (c *keyListCmd) Run(e *env) error {
	return callAndPrint(e, c.adminFlags, get("partners", c.Partner, "keys"), func(w io.Writer, l adminapi.Keys) {
		printTable(w, "The partner has no key.", "KEY|STATE|SCOPES|CREATED|EXPIRES|LAST USED|NOTE", l.Keys, func(k adminapi.Key) []string {
			return []string{k.ID, k.State, strings.Join(k.Scopes, ","), longTime(k.CreatedAt.Time), orNever(k.ExpiresAt.Time), longTime(k.UsedAt.Time), k.Note}
		})
	})
}

type keyRotateCmd struct {
	ID      string   `arg:"" help:"ID of the key." name:"id"`
	Overlap overlap  `help:"How long the old key stays valid." default:"24h" placeholder:"TIME" env:"-"`
	Expires lifetime `help:"When the new key ends, such as 90d, or never; required when the old key has an end." placeholder:"TIME" env:"-"`
	adminFlags
}

func (c *keyRotateCmd) Run(e *env) error {
	body := map[string]string{"overlap": string(c.Overlap)}
	if c.Expires != "" {
		body["expires_in"] = string(c.Expires)
	}
	err := callAndPrint(e, c.adminFlags, post(body, "keys", c.ID, "rotate"), func(w io.Writer, k adminapi.NewKey) {
		printNewKey(w, k)
		fmt.Fprintf(w, "Key %s stays valid for another %s at most.\n", c.ID, c.Overlap)
	})
	if refused := (*apiclient.RefusedError)(nil); errors.As(err, &refused) && strings.HasPrefix(refused.Message, "expires_in is missing") {
		return usageError("key %s has an end, so the new key needs one: add --expires 90d, or --expires never", c.ID)
	}
	return err
}

type keyRevokeCmd struct {
	ID string `arg:"" help:"ID of the key." name:"id"`
	adminFlags
}

func (c *keyRevokeCmd) Run(e *env) error {
	return callAndConfirm(e, c.adminFlags, post(nil, "keys", c.ID, "revoke"), "key "+c.ID+" is revoked")
}

type secretCmd struct {
	Rotate secretRotateCmd `cmd:"" help:"Create a new webhook secret for a partner; it is shown once."`
	List   secretListCmd   `cmd:"" help:"List a partner's webhook secrets, without their values."`
}

type secretRotateCmd struct {
	Partner string  `arg:"" help:"Name of the partner."`
	Overlap overlap `help:"How long webhooks are signed with the old secret too." default:"24h" placeholder:"TIME" env:"-"`
	adminFlags
}

func (c *secretRotateCmd) Run(e *env) error {
	body := map[string]string{"overlap": string(c.Overlap)}
	return callAndPrint(e, c.adminFlags, post(body, "partners", c.Partner, "secrets", "rotate"), func(w io.Writer, s adminapi.NewSecret) {
		printRows(w, []string{"partner", s.Partner}, []string{"webhook secret", s.Shown.Reveal()})
		fmt.Fprintf(w, "\nThe webhook secret is shown once only: save it now.\nWebhooks are signed with the old one too for another %s at most.\n", c.Overlap)
	})
}

type secretListCmd struct{ ofPartnerFlags }

func (c *secretListCmd) Run(e *env) error {
	return callAndPrint(e, c.adminFlags, get("partners", c.Partner, "secrets"), func(w io.Writer, l adminapi.Secrets) {
		printTable(w, "The partner has no webhook secret.", "SECRET|STATE|CREATED|EXPIRES", l.Secrets, func(s adminapi.Secret) []string {
			return []string{fmt.Sprint(s.ID), s.State, longTime(s.CreatedAt.Time), orNever(s.ExpiresAt.Time)}
		})
	})
}
