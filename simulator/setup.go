package simulator

import (
	"fmt"
	"maps"

	"github.com/darajabox/darajabox/daraja"
)

// Apply puts a scenario in charge, in place of the one before: its settings, its
// customers and organisations, its rules. Who and what the one before had changed
// becomes again what the seed and the configuration make of it; customers and settings
// that were changed by hand stay, unless s has the same ones. Prompts that are open keep the outcome they were given; attempts are counted anew.
func (w *World) Apply(s Setup) error {
	if err := checkOrganisations(s.Organisations); err != nil {
		return fmt.Errorf("applying a scenario: %w", err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	tuned := w.untuned(s.Settings)
	opt, err := newOptions(w.base.settings, s.Settings, tuned)
	if err != nil {
		return fmt.Errorf("applying a scenario: %w", err)
	}
	before := w.setup
	if !maps.Equal(w.opt.values, opt.values) {
		defer w.tell(EventSettings, "", "")
	}
	w.setup, w.opt, w.tuned, w.since = s, opt, tuned, w.clock.Now()
	w.changed = make(map[daraja.MSISDN][]CustomerSetup, len(s.Customers))
	for _, c := range s.Customers {
		w.changed[c.Phone] = append(w.changed[c.Phone], c)
	}
	if s.Seed != nil {
		w.seed = *s.Seed
		w.ids.Reseed(w.seed)
		w.ids.Rewind()
	}
	w.attempts = newLatest[daraja.Lane, int](maxAttempts)
	for _, customers := range [][]CustomerSetup{before.Customers, s.Customers} {
		for _, c := range customers {
			w.remake(c.Phone)
		}
	}
	for _, o := range before.Organisations {
		delete(w.orgs, o.Shortcode)
		if org, ok := w.base.orgs[o.Shortcode]; ok {
			w.orgs[o.Shortcode] = &organisation{Organisation: org}
		}
	}
	for _, o := range s.Organisations {
		w.organise(o)
	}
	w.tell(EventScenario, "", "")
	return nil
}

// remake makes a customer as the seed and the scenario in charge have them. A prompt
// that is open stays.
func (w *World) remake(m daraja.MSISDN) {
	c := w.customer(m)
	made := w.born(m)
	made.prompt = c.prompt
	*c = made
}

// born is who m is before anything has happened: from the seed, and from what the
// scenario changes, the last word winning.
func (w *World) born(m daraja.MSISDN) customer {
	c := customer{number: m, Person: w.people(w.seed, m)}
	for _, s := range w.changed[m] {
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
	for _, s := range Settings() {
		out = append(out, SettingValue{Setting: s, Value: w.opt.values[s.Name]})
	}
	return out
}
