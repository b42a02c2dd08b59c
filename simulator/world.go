// Package simulator is the domain of a fake Daraja: a world of apps,
// organisations, customers, prompts and a ledger, and what becomes of a push in
// it. It does no I/O: time, randomness and the way out of callbacks are fields.
package simulator

import (
	"cmp"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/darajabox/darajabox/daraja"
)

// Clock tells the world's time and calls back later. What is due at one instant
// runs in order of rank, where that can be told. stop returns false when f has
// already been started. Neither calls f before it has returned.
type Clock interface {
	Now() time.Time
	AfterFunc(d time.Duration, rank string, f func()) (stop func() bool)
}

// CallbackSink delivers callbacks. It must not block and must not call the world.
type CallbackSink interface {
	Deliver(Callback)
}

// Callback is a result on its way to a merchant.
type Callback struct {
	ID                string // unique in the world
	CheckoutRequestID string // the prompt's own, whatever Body says
	URL               string
	Shortcode         string
	Phone             daraja.MSISDN
	Reference         string
	Body              []byte
	Plan              CallbackPlan // Copies is at least 1; what concerns Body is done
	By                string       // who decided the outcome, for the record; "" is nature
	Reason            string       // of the result, where it does not say it; for the record
}

// Person is who owns a phone.
type Person struct {
	Name    string
	PIN     string // "" takes every PIN for the right one
	Balance daraja.Money
}

// Config makes a World. Clock, Sink and People must be set.
type Config struct {
	Seed     int64
	Clock    Clock
	Sink     CallbackSink
	People   func(seed int64, m daraja.MSISDN) Person // who a number is, the same at each call
	Settings map[string]string                        // over the defaults
	Apps     []App                                    // nil has SandboxApp
	Orgs     []Organisation                           // nil has SandboxOrganisations
	Events   func(Event)                              // may be nil; called under the world's lock, so it must not block or call the world
}

// World is one fake Daraja. All its methods may be called concurrently. What it
// remembers is bounded: 100,000 customers with 50 messages each, 200,000 prompts,
// 200,000 payments, 10,000 tokens, 1,000 queued outcomes; the oldest go.
type World struct {
	clock  Clock
	sink   CallbackSink
	people func(int64, daraja.MSISDN) Person
	events func(Event)
	base   base
	apps   map[string]App // by consumer key, as New was given them

	mu       sync.Mutex
	attended map[daraja.MSISDN]int // how many hold each phone; they outlive resets
	stopped  bool
	state
}

// base is what a reset goes back to.
type base struct {
	seed     int64
	settings map[string]string
	options  options
	orgs     map[string]Organisation
}

// state is what a snapshot keeps of a world.
type state struct {
	seed      int64
	ids       *daraja.IDs
	opt       options
	setup     Setup
	tuned     map[string]string                 // settings that were changed by hand, over those of setup; never written
	since     time.Time                         // when setup was put in charge
	changed   map[daraja.MSISDN][]CustomerSetup // by setup; never written
	orgs      map[string]*organisation
	tokens    latest[string, grant]
	customers latest[daraja.MSISDN, *customer]
	prompts   latest[string, *prompt]
	attempts  latest[daraja.Lane, int]
	ledger    ledger
	queue     queue
}

// Bounds of what a world remembers.
const (
	maxTokens    = 10_000
	maxCustomers = 100_000
	maxPrompts   = 200_000
	maxEntries   = 200_000
	maxAttempts  = 100_000
	maxQueued    = 1_000
	maxMessages  = 50
	maxOrgs      = 1_000
)

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
	if c.Events == nil {
		c.Events = func(Event) {}
	}
	w := &World{
		clock: c.Clock, sink: c.Sink, people: c.People, events: c.Events,
		base:     base{seed: c.Seed, settings: maps.Clone(c.Settings), options: opt, orgs: make(map[string]Organisation)},
		apps:     make(map[string]App),
		attended: make(map[daraja.MSISDN]int),
	}
	for _, app := range c.Apps {
		w.apps[app.Key] = app
	}
	for _, org := range c.Orgs {
		w.base.orgs[org.Shortcode] = org
	}
	w.state = w.fresh()
	return w, nil
}

// fresh is the state at the start of a world.
func (w *World) fresh() state {
	s := state{
		seed: w.base.seed, ids: daraja.NewIDs(w.base.seed), opt: w.base.options, since: w.clock.Now(),
		orgs:      make(map[string]*organisation),
		tokens:    newLatest[string, grant](maxTokens),
		customers: newLatest[daraja.MSISDN, *customer](maxCustomers),
		prompts:   newLatest[string, *prompt](maxPrompts),
		attempts:  newLatest[daraja.Lane, int](maxAttempts),
	}
	for code, org := range w.base.orgs {
		s.orgs[code] = &organisation{Organisation: org}
	}
	return s
}

// Now is the world's time.
func (w *World) Now() time.Time { return w.clock.Now() }

// Seed is what identifiers, chances and customers come from.
func (w *World) Seed() int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.seed
}

// Apps lists the apps by key.
func (w *World) Apps() []App {
	return slices.SortedFunc(maps.Values(w.apps), func(a, b App) int { return cmp.Compare(a.Key, b.Key) })
}

// Reset forgets customers, prompts, payments, queued outcomes and the scenario.
// Apps and tokens stay, as do those who hold a phone. Chances start again;
// identifiers go on, since whoever was paid remembers the receipts.
func (w *World) Reset() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.disarm()
	kept := w.state
	w.state = w.fresh()
	w.ids, w.tokens, w.queue.id = kept.ids, kept.tokens, kept.queue.id
	w.ids.Reseed(w.seed)
	w.ids.Rewind()
	w.tell(EventReset, "", "")
}

// Stop ends the world: no prompt comes to its end any more.
func (w *World) Stop() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.stopped = true
	w.disarm()
}

// tell reports an event. The caller holds mu.
func (w *World) tell(kind EventKind, m daraja.MSISDN, checkoutID string) {
	w.events(Event{Kind: kind, At: w.clock.Now(), Phone: m, CheckoutRequestID: checkoutID})
}

// RequestID is the requestId of an error envelope that answers a call which is none
// of Token, Push and Query: an unknown path, the wrong verb. Those three bring
// theirs in the Reply.
func (w *World) RequestID(c Call) string {
	lane := daraja.NewLane(string(APIUnknown), c.Body)
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.ids.RequestID(lane, w.clock.Now())
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
