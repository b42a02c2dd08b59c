package simulator

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/darajabox/darajabox/daraja"
)

// Organisation is a business with a shortcode.
type Organisation struct {
	Shortcode string // what BusinessShortCode says: the paybill, or a till's store number
	Name      string
	Passkey   string
	Till      string // "" for a paybill
}

// OrganisationView is an organisation, what it has been paid and its messages.
type OrganisationView struct {
	Organisation
	Balance  daraja.Money
	Messages []Message // the latest 50, newest last
}

// organisation is one in a world.
type organisation struct {
	Organisation
	balance daraja.Money
	inbox   inbox
}

// Till that every world has beside the sandbox's paybill. Its store number is
// SandboxStore, its passkey the public one.
const (
	SandboxTill  = daraja.SimulatorTill
	SandboxStore = daraja.SimulatorStore
)

const sandboxName = "Daraja-Sandbox"

// SandboxOrganisations are the sandbox's paybill and a till, both with the public
// passkey. The real sandbox has no till that can be pushed for.
func SandboxOrganisations() []Organisation {
	return []Organisation{
		{Shortcode: daraja.SandboxShortcode, Name: sandboxName, Passkey: daraja.SandboxPasskey},
		{Shortcode: SandboxStore, Name: "Duka la Soko", Passkey: daraja.SandboxPasskey, Till: SandboxTill},
	}
}

// receiver is the PartyB that a push for o must name.
func (o Organisation) receiver() string {
	if o.Till != "" {
		return o.Till
	}
	return o.Shortcode
}

// transactionType is the only one that o may push with.
func (o Organisation) transactionType() string {
	if o.Till != "" {
		return daraja.CustomerBuyGoodsOnline
	}
	return daraja.CustomerPayBillOnline
}

// Organisations lists the organisations by shortcode.
func (w *World) Organisations() []OrganisationView {
	w.mu.Lock()
	views := make([]OrganisationView, 0, len(w.orgs))
	inboxes := make(map[string]inbox, len(w.orgs))
	for code, o := range w.orgs {
		views = append(views, OrganisationView{Organisation: o.Organisation, Balance: o.balance})
		inboxes[code] = o.inbox
	}
	w.mu.Unlock()
	for i := range views {
		views[i].Messages = inboxes[views[i].Shortcode].messages()
	}
	slices.SortFunc(views, func(a, b OrganisationView) int { return cmp.Compare(a.Shortcode, b.Shortcode) })
	return views
}

func checkOrganisations(all []OrganisationSetup) error {
	if len(all) > maxOrgs {
		return fmt.Errorf("there are %d organisations, at most %d can be set up", len(all), maxOrgs)
	}
	for _, o := range all {
		if fault := checkShortcode("an organisation's shortcode", daraja.Text(o.Shortcode)); fault != "" {
			return fmt.Errorf("%s", fault)
		}
		if o.Till == "" {
			continue
		}
		if fault := checkShortcode("the till of "+o.Shortcode, daraja.Text(o.Till)); fault != "" {
			return fmt.Errorf("%s", fault)
		}
	}
	return nil
}

// organise adds or changes an organisation.
func (w *World) organise(s OrganisationSetup) {
	o := w.orgs[s.Shortcode]
	if o == nil {
		o = &organisation{Organisation: Organisation{Shortcode: s.Shortcode, Name: sandboxName, Passkey: daraja.SandboxPasskey}}
		w.orgs[s.Shortcode] = o
	}
	o.Name = cmp.Or(s.Name, o.Name)
	o.Passkey = cmp.Or(s.Passkey, o.Passkey)
	o.Till = cmp.Or(s.Till, o.Till)
	if s.Balance != nil {
		o.balance = *s.Balance
	}
}
