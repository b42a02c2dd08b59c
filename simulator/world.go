// Package simulator is the domain of a fake Daraja: a world of apps,
// organisations, customers, prompts and a ledger, and what becomes of a push in
// it. It does no I/O: time, randomness and the way out of callbacks are fields.
package simulator

import (
	"fmt"
	"maps"
	"sync"
	"time"

	"github.com/darajabox/darajabox/daraja"
)

// Clock tells the world's time and calls back later. stop returns false when f
// has already been started.
type Clock interface {
	Now() time.Time
	AfterFunc(d time.Duration, f func()) (stop func() bool)
}

// CallbackSink delivers callbacks. It must not block and must not call the world.
type CallbackSink interface {
	Deliver(Callback)
}

// Callback is a result on its way to a merchant.
type Callback struct {
	CheckoutRequestID string
	URL               string
	Shortcode         string
	Body              []byte
	Plan              CallbackPlan // Copies is at least 1
}

// Person is who owns a phone.
type Person struct {
	Name    string
	PIN     string
	Balance daraja.Money
}

// Config makes a World. Clock, Sink and People must be set.
type Config struct {
	Seed     int64
	Clock    Clock
	Sink     CallbackSink
	People   func(daraja.MSISDN) Person // who a number is, the same at each call
	Settings map[string]string          // over the defaults
	Apps     []App                      // nil has SandboxApp
	Orgs     []Organisation             // nil has SandboxOrganisations
}

// World is one fake Daraja. All its methods may be called concurrently.
type World struct {
	clock  Clock
	sink   CallbackSink
	people func(daraja.MSISDN) Person
	base   map[string]string // settings that a reset goes back to

	mu        sync.Mutex
	ids       *daraja.IDs
	opt       options
	setup     Setup
	apps      map[string]App
	orgs      map[string]Organisation
	tokens    tokens
	customers map[daraja.MSISDN]*customer
	prompts   prompts
	ledger    ledger
}

// New makes a world. It fails on settings that do not exist.
func New(c Config) (*World, error) {
	opt, err := newOptions(c.Settings)
	if err != nil {
		return nil, err
	}
	if c.Apps == nil {
		c.Apps = []App{SandboxApp()}
	}
	if c.Orgs == nil {
		c.Orgs = SandboxOrganisations()
	}
	w := &World{
		clock: c.Clock, sink: c.Sink, people: c.People, base: maps.Clone(c.Settings),
		ids: daraja.NewIDs(c.Seed), opt: opt,
		apps: make(map[string]App), orgs: make(map[string]Organisation),
		customers: make(map[daraja.MSISDN]*customer),
	}
	for _, app := range c.Apps {
		w.apps[app.Key] = app
	}
	for _, org := range c.Orgs {
		w.orgs[org.Shortcode] = org
	}
	w.tokens.clear()
	w.prompts.clear()
	return w, nil
}

// RequestID is the requestId of an error envelope.
func (w *World) RequestID() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.ids.RequestID()
}

// Now is the world's time.
func (w *World) Now() time.Time { return w.clock.Now() }

// Apply puts a scenario in charge, in place of the one before: its settings, its
// customers, its rules. Prompts that are open keep the outcome they were given.
func (w *World) Apply(s Setup) error {
	opt, err := newOptions(w.base, s.Settings)
	if err != nil {
		return fmt.Errorf("applying a scenario: %w", err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, old := range w.setup.Customers {
		w.customer(old.Phone).Person = w.people(old.Phone)
	}
	w.setup, w.opt = s, opt
	for _, c := range s.Customers {
		one := w.customer(c.Phone)
		one.Person = w.people(c.Phone)
		one.override(c)
	}
	return nil
}

// Reset forgets customers, prompts, payments and the scenario. Apps and tokens
// stay, and identifiers go on, since whoever was paid remembers the receipts.
func (w *World) Reset() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.prompts.stopAll()
	w.prompts.clear()
	w.customers = make(map[daraja.MSISDN]*customer)
	w.ledger = ledger{}
	w.setup = Setup{}
	if opt, err := newOptions(w.base); err == nil { // checked by New
		w.opt = opt
	}
}

// Stop ends the world: no prompt comes to its end any more.
func (w *World) Stop() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.prompts.stopAll()
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

// WrongMethod is Daraja's answer to the wrong verb on a known path.
func (w *World) WrongMethod(method string) *daraja.Error {
	w.mu.Lock()
	defer w.mu.Unlock()
	err := daraja.ErrMethodNotAllowed(method)
	if w.opt.wrongMethod == "404.001.04" {
		err = daraja.ErrInvalidAuthHeader()
	}
	return err.Because("%s is not the verb of this path", method)
}
