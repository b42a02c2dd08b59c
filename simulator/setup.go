package simulator

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/darajabox/darajabox/daraja"
)

// Apply replaces the scenario: its settings, its customers and organisations, its rules.
// What the scenario before changed is reset to the seed and the configuration; customers
// and settings that were changed by hand stay, unless s has the same ones. Open prompts
// keep their outcome; attempts are counted anew.
func (w *World) Apply(s Setup) error {
	if err := cmp.Or(checkOrganisations(s.Organisations), checkBalances(s)); err != nil {
		return fmt.Errorf("applying a scenario: %w", err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	edited := w.editedSettingsExcept(s.Settings)
	settings, err := w.catalogue.newSettingValues(w.base.settings, s.Settings, edited)
	if err != nil {
		return fmt.Errorf("applying a scenario: %w", err)
	}
	before := w.setup
	if !maps.Equal(w.settings, settings) {
		defer w.notify(EventSettings, "", "")
	}
	w.setup, w.settings, w.editedSettings, w.appliedAt = s, settings, edited, w.clock.Now()
	w.customerSetups = make(map[daraja.MSISDN][]CustomerSetup, len(s.Customers))
	for _, c := range s.Customers {
		w.customerSetups[c.Phone] = append(w.customerSetups[c.Phone], c)
	}
	if s.Seed != nil {
		w.seed = *s.Seed
		w.ids.Reseed(w.seed)
		w.ids.RestartDraws()
	}
	w.attempts = newBoundedMap[stream, int](maxAttempts)
	for _, c := range slices.Concat(before.Customers, s.Customers) {
		w.resetCustomer(c.Phone)
	}
	for _, o := range before.Organisations {
		delete(w.orgs, o.Shortcode)
		w.accounts.closeAccounts(Owner(o.Shortcode))
		w.locks.unlock(o.Shortcode)
		if org, ok := w.base.orgs[o.Shortcode]; ok {
			w.orgs[o.Shortcode] = &organisation{Organisation: org}
		}
	}
	for _, o := range s.Organisations {
		w.upsertOrganisation(o)
	}
	w.notify(EventScenario, "", "")
	return nil
}

// checkBalances refuses what no account can hold.
func checkBalances(s Setup) (err error) {
	check := func(whose string, b *daraja.Money) {
		if b != nil && (*b < 0 || *b > maxTransfer) && err == nil {
			err = fmt.Errorf("%s would hold %s; an account holds from KES 0.00 to %s", whose, b.Grouped(), maxTransfer.Grouped())
		}
	}
	for _, c := range s.Customers {
		check("customer "+c.Phone.Masked(), c.Balance)
	}
	for _, o := range s.Organisations {
		check("organisation "+o.Shortcode, o.Balance)
		for kind, b := range o.Accounts {
			if kind == AccountChargesPaid {
				b = -b // it counts below zero
			}
			check("the "+kind.String()+" of organisation "+o.Shortcode, &b)
		}
	}
	return err
}

// resetCustomer makes a customer as the seed and the scenario have them. An open prompt
// stays.
func (w *World) resetCustomer(m daraja.MSISDN) {
	c := w.customer(m)
	made := w.seedCustomer(m)
	made.prompt = c.prompt
	*c = made
	w.openWallet(c)
}

// seedCustomer is the owner of m at the start: from the seed, with what the scenario
// changes, the last change winning.
func (w *World) seedCustomer(m daraja.MSISDN) customer {
	c := customer{number: m, Person: w.people(w.seed, m)}
	for _, s := range w.customerSetups[m] {
		c.override(s)
	}
	return c
}

// SettingValue is a setting and what it is set to.
type SettingValue struct {
	Setting
	Value string
}

// Settings lists the settings in force.
func (w *World) Settings() []SettingValue {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []SettingValue
	for _, s := range w.catalogue.settings {
		out = append(out, SettingValue{Setting: s, Value: w.settings[s.Name]})
	}
	return out
}
