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
	Passkey   string `json:"-"`    // "" cannot push
	Till      string `json:"till"` // "" for a paybill

	Limits     Limits        `json:"-"` // of its own accounts; what is zero is not limited
	Initiators []Initiator   `json:"-"` // nil has SandboxInitiators
	Nominated  daraja.MSISDN `json:"-"` // the phone of the operator who is asked to pay, the portal's nominated number; "" for none
}

// OrganisationView is an organisation, what it holds and its messages.
type OrganisationView struct {
	Organisation
	Balance  daraja.Money     `json:"balance_cents"` // of its PaymentAccount
	Accounts []AccountBalance `json:"-"`
	Locked   []string         `json:"-"` // the initiators that are locked
	Messages []Message        `json:"-"` // the latest 50, newest last
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

// testBalance is what an organisation of the sandbox for tests begins with, on each of the two
// accounts that pay.
const testBalance = 1_000_000 * daraja.Shilling

// isTestShortcode reports whether the sandbox has an organisation for tests with a shortcode:
// to be paid by C2B, to pay customers and organisations, but not to push.
func isTestShortcode(shortcode string) bool {
	return shortcode == "600000" || shortcode == "600584" || len(shortcode) == 6 && shortcode >= "600977" && shortcode <= "600998"
}

// organisation is the organisation with a shortcode, or nil. In a world whose Config lists
// none, the sandbox's organisations for tests are there from their first use on.
func (w *World) organisation(shortcode string) *organisation {
	o := w.orgs[shortcode]
	if o == nil && w.base.testOrgs && isTestShortcode(shortcode) {
		o = &organisation{Organisation: Organisation{Shortcode: shortcode, Name: sandboxName}}
		w.orgs[shortcode] = o
		w.setBalance(OrganisationAccount(shortcode, AccountWorking), testBalance)
		w.setBalance(OrganisationAccount(shortcode, AccountUtility), testBalance)
	}
	return o
}

// Receiver is the number that a customer pays: the till, or the paybill itself.
func (o Organisation) Receiver() string { return cmp.Or(o.Till, o.Shortcode) }

// Organisations lists the organisations by shortcode.
func (w *World) Organisations() []OrganisationView {
	w.mu.Lock()
	views := make([]OrganisationView, 0, len(w.orgs))
	for _, o := range w.orgs {
		views = append(views, w.organisationView(o))
	}
	w.mu.Unlock()
	slices.SortFunc(views, func(a, b OrganisationView) int { return cmp.Compare(a.Shortcode, b.Shortcode) })
	return views
}

func (w *World) organisationView(o *organisation) OrganisationView {
	v := OrganisationView{
		Organisation: o.Organisation, Balance: w.accounts.balance(o.PaymentAccount()),
		Accounts: w.locked().Balances(o.Shortcode), Messages: o.inbox.latest(maxMessages),
	}
	for _, i := range o.initiators() {
		if w.clock.Now().Before(w.locks[initiatorID{o.Shortcode, i.Name}].until) {
			v.Locked = append(v.Locked, i.Name)
		}
	}
	return v
}

// initiators are those of an organisation: its own, or the sandbox's.
func (o Organisation) initiators() []Initiator {
	if o.Initiators == nil {
		return SandboxInitiators()
	}
	return o.Initiators
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
	o := w.organisation(s.Shortcode)
	if o == nil {
		o = &organisation{Organisation: Organisation{Shortcode: s.Shortcode, Name: sandboxName}}
		w.orgs[s.Shortcode] = o
	}
	before := o.PaymentAccount()
	o.Name = cmp.Or(s.Name, o.Name)
	o.Passkey = cmp.Or(s.Passkey, o.Passkey, daraja.SandboxPasskey)
	o.Till = cmp.Or(s.Till, o.Till)
	o.Nominated = cmp.Or(s.Nominated, o.Nominated)
	if s.Initiators != nil {
		o.Initiators = s.Initiators
	}
	if s.Limits != (Limits{}) {
		o.Limits = s.Limits
	}
	if after := o.PaymentAccount(); after != before { // it has become a till's store
		w.setBalance(after, w.accounts.balance(before))
		w.setBalance(before, 0)
	}
	if s.Balance != nil {
		w.setBalance(o.PaymentAccount(), *s.Balance)
	}
	for kind, balance := range s.Accounts {
		w.setBalance(OrganisationAccount(s.Shortcode, kind), balance)
	}
}
