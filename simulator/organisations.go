package simulator

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/darajabox/darajabox/daraja"
)

// Organisation is a business with a shortcode.
type Organisation struct {
	Shortcode string `json:"shortcode"` // what BusinessShortCode says: the paybill, or a till's store number
	Name      string `json:"name"`
	Passkey   string `json:"-"`
	Till      string `json:"till"` // "" for a paybill

	Initiators []Initiator   `json:"-"` // nil has SandboxInitiators
	Nominated  daraja.MSISDN `json:"-"` // the phone of the operator who is asked to pay, the portal's nominated number; "" for none
}

// OrganisationView is an organisation, what it has been paid and its messages.
type OrganisationView struct {
	Organisation
	Balance  daraja.Money `json:"balance_cents"`
	Messages []Message    `json:"-"` // the latest 50, newest last
}

// organisation is one in a world.
type organisation struct {
	Organisation
	inbox recent[Message]
}

// Till and its store number, which every world has beside the sandbox's paybill. Their
// passkey is daraja.SandboxPasskey.
const (
	SandboxTill  = "174380"
	SandboxStore = "174381"
)

const sandboxName = "Daraja-Sandbox"

// SandboxOrganisations are the sandbox's paybill and a till, both with the public
// passkey and with the sandbox's phone as their nominated number. The real sandbox has no till that can ask for payments.
func SandboxOrganisations() []Organisation {
	return []Organisation{
		{Shortcode: daraja.SandboxShortcode, Name: sandboxName, Passkey: daraja.SandboxPasskey, Nominated: daraja.SandboxMSISDN},
		{Shortcode: SandboxStore, Name: "Duka la Soko", Passkey: daraja.SandboxPasskey, Till: SandboxTill, Nominated: daraja.SandboxMSISDN},
	}
}

// Receiver is the number that a customer pays: the till, or the paybill itself.
func (o Organisation) Receiver() string { return cmp.Or(o.Till, o.Shortcode) }

// Organisations lists the organisations by shortcode.
func (w *World) Organisations() []OrganisationView {
	w.mu.Lock()
	views := make([]OrganisationView, 0, len(w.orgs))
	for _, o := range w.orgs {
		views = append(views, OrganisationView{
			Organisation: o.Organisation, Balance: w.accounts.balance(o.PaymentAccount()), Messages: o.inbox.latest(maxMessages),
		})
	}
	w.mu.Unlock()
	slices.SortFunc(views, func(a, b OrganisationView) int { return cmp.Compare(a.Shortcode, b.Shortcode) })
	return views
}

func checkOrganisations(all []OrganisationSetup) error {
	if len(all) > maxOrgs {
		return fmt.Errorf("there are %d organisations, at most %d can be set up", len(all), maxOrgs)
	}
	for _, o := range all {
		problem := Shortcode("an organisation's shortcode", daraja.Text(o.Shortcode))
		if o.Till != "" {
			problem = cmp.Or(problem, Shortcode("the till of "+o.Shortcode, daraja.Text(o.Till)))
		}
		if problem != "" {
			return errors.New(problem)
		}
	}
	return nil
}

// upsertOrganisation adds or changes an organisation.
func (w *World) upsertOrganisation(s OrganisationSetup) {
	o := w.orgs[s.Shortcode]
	if o == nil {
		o = &organisation{Organisation: Organisation{Shortcode: s.Shortcode, Name: sandboxName, Passkey: daraja.SandboxPasskey}}
		w.orgs[s.Shortcode] = o
	}
	before := o.PaymentAccount()
	o.Name = cmp.Or(s.Name, o.Name)
	o.Passkey = cmp.Or(s.Passkey, o.Passkey)
	o.Till = cmp.Or(s.Till, o.Till)
	o.Nominated = cmp.Or(s.Nominated, o.Nominated)
	if s.Initiators != nil {
		o.Initiators = s.Initiators
	}
	if after := o.PaymentAccount(); after != before { // it has become a till's store
		w.setBalance(after, w.accounts.balance(before))
		w.setBalance(before, 0)
	}
	if s.Balance != nil {
		w.setBalance(o.PaymentAccount(), *s.Balance)
	}
}
