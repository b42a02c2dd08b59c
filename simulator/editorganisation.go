package simulator

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/darajabox/darajabox/daraja"
)

// MaxInitiators is how many initiators an organisation may have.
const MaxInitiators = 100

// EditOrganisation changes an organisation, or adds one, as a scenario would. Either all of it
// is done or, when something is wrong, nothing. It holds until a reset, or until a scenario is
// applied that sets the organisation up.
func (w *World) EditOrganisation(s OrganisationSetup) (OrganisationView, error) {
	named := error(nil)
	if s.Name != "" {
		named = checkName(s.Name)
	}
	if err := cmp.Or(checkOrganisations([]OrganisationSetup{s}), checkBalances(Setup{Organisations: []OrganisationSetup{s}}), named, s.Limits.checkEdit()); err != nil {
		return OrganisationView{}, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.organisation(s.Shortcode) == nil && len(w.orgs) >= maxOrgs {
		return OrganisationView{}, fmt.Errorf("there are %d organisations, and no more can be added", maxOrgs)
	}
	w.upsertOrganisation(s)
	w.notify(EventSettings, "", "")
	return w.organisationView(w.orgs[s.Shortcode]), nil
}

// checkEdit refuses limits that are less than nothing.
func (l Limits) checkEdit() error {
	for _, m := range []daraja.Money{l.MinPayment, l.MaxPayment, l.Daily, l.MaxBalance} {
		if m < 0 || m > maxTransfer {
			return fmt.Errorf("a limit is %s; it must be from KES 0.00 to %s", m.Grouped(), maxTransfer.Grouped())
		}
	}
	return nil
}

// SetInitiator adds an initiator to an organisation, or changes the one of that name, who is
// not locked any more.
func (w *World) SetInitiator(shortcode string, i Initiator) (OrganisationView, error) {
	if i.Name == "" || i.Password == "" {
		return OrganisationView{}, errors.New("an initiator needs a name and a password")
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	o := w.organisation(shortcode)
	if o == nil {
		return OrganisationView{}, fmt.Errorf("no organisation here has shortcode %s", shortcode)
	}
	all := slices.DeleteFunc(slices.Clone(o.initiators()), func(known Initiator) bool { return known.Name == i.Name })
	if len(all) >= MaxInitiators {
		return OrganisationView{}, fmt.Errorf("organisation %s has %d initiators, and no more can be added", shortcode, MaxInitiators)
	}
	all = append(all, i)
	o.Initiators = all
	delete(w.locks, initiatorID{shortcode, i.Name})
	w.notify(EventSettings, "", "")
	return w.organisationView(o), nil
}

// Apps lists the apps of the world with the products that they may use now, by consumer key.
func (w *World) Apps() []App {
	w.mu.Lock()
	defer w.mu.Unlock()
	all := make([]App, 0, len(w.apps))
	for _, app := range w.apps {
		all = append(all, app)
	}
	slices.SortFunc(all, func(a, b App) int { return cmp.Compare(a.Key, b.Key) })
	return all
}
