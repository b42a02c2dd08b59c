// Package simulator is the kernel of a simulated Daraja: a world of apps, organisations,
// customers with phones, prompts, pending jobs, accounts and initiators, and the contract of a
// product, which says how calls of one API change that world. It knows no product by
// name. It does no I/O: time, randomness and the sender of callbacks are fields.
package simulator

import (
	"maps"
	"sync"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator/ids"
)

// Clock has the world's time and runs functions later. On a clock that stands still, what is
// due at one instant runs in the order of the tie-breakers. stop returns false when f has
// already been started. Neither calls f before it has returned.
type Clock interface {
	Now() time.Time
	AfterFunc(d time.Duration, tieBreaker string, f func()) (stop func() bool)
}

// CallbackSink delivers callbacks.
type CallbackSink interface {
	// ScheduleDelivery takes a callback to be delivered as its Plan says. It must not block and
	// must not call the world.
	ScheduleDelivery(Callback)
}

// Callback is a result on its way to a merchant.
type Callback struct {
	API       API    // whose callback it is
	ID        string // unique in the world
	Payment   string // its id, whatever Body says
	URL       string
	Shortcode string
	Phone     daraja.MSISDN
	Reference string
	Header    []Header // lines beside those of every callback, such as Authorization; the plan's own win
	Body      []byte
	Plan      CallbackPlan // Copies is at least 1; what concerns Body is done
	By        string       // who decided the outcome, for the record; "" is the default
	Reason    string       // of the result, where it does not say it; for the record
	Faults    []string     // what Body says wrong, for the record; Locked.Send sets it
	Awaited   JobID        // the job that waits for the answer, which World.HandleAnswer gets; 0 for none
}

// Person is who owns a phone.
type Person struct {
	Name    string
	PIN     string // "" takes every PIN for the right one
	Balance daraja.Money

	Unregistered bool // the number has no M-PESA account
}

// Config makes a World. Products, Clock, Sink and People must be set.
type Config struct {
	Products *Catalogue
	Seed     int64
	Clock    Clock
	Sink     CallbackSink
	People   func(seed int64, m daraja.MSISDN) Person // who a number is, the same at each call
	Settings map[string]string                        // over the defaults
	Apps     []App                                    // nil has SandboxApp
	Orgs     []Organisation                           // nil has SandboxOrganisations, and the test shortcodes of the sandbox from their first use on
	Events   func(Event)                              // may be nil; called under the world's lock, so it must not block or call the world
}

// World is one fake Daraja. All its methods may be called concurrently. What it
// remembers is bounded: 100,000 customers with 50 messages each, 200,000 prompts,
// 200,000 payments, 100,000 requests for payouts, 10,000 tokens, 1,000 queued outcomes; the
// oldest go.
type World struct {
	catalogue *Catalogue
	clock     Clock
	sink      CallbackSink
	people    func(int64, daraja.MSISDN) Person
	events    func(Event)
	base      base
	apps      map[string]App // by consumer key, as New was given them

	mu           sync.Mutex
	phoneHolders map[daraja.MSISDN]int  // how many hold each phone; resets keep it
	attended     map[daraja.MSISDN]bool // by SetAttended; each is one of the holders
	stopped      bool

	credentials *credentialReader // resets keep it: it is a cache
	state
}

// base is what a reset restores.
type base struct {
	seed     int64
	settings map[string]string
	merged   settingValues // settings over the defaults
	orgs     map[string]Organisation
	testOrgs bool // those of the sandbox are there too
}

// state is what a snapshot keeps of a world.
type state struct {
	seed           int64
	ids            *ids.Generator
	settings       settingValues
	setup          Setup
	editedSettings map[string]string                 // settings that were changed by hand, over those of setup; never written
	appliedAt      time.Time                         // when setup was applied
	customerSetups map[daraja.MSISDN][]CustomerSetup // by setup; never written
	orgs           map[string]*organisation
	tokens         boundedMap[string, grant]
	customers      boundedMap[daraja.MSISDN, *customer]
	prompts        boundedMap[string, *prompt]
	attempts       boundedMap[stream, int]
	accounts       accounts
	locks          initiatorLocks
	planned        boundedMap[plannedKey, *PlannedTransfer]
	receipts       lastReceipts
	queue          queue
	jobs           jobs
	products       map[string]State // by the name of the product
}

// Bounds of what a world remembers.
const (
	maxTokens       = 10_000
	maxCustomers    = 100_000
	maxPrompts      = 200_000
	maxAttempts     = 100_000
	maxQueued       = 1_000
	maxMessages     = 50
	maxTransactions = 200_000
	maxOrgs         = 1_000
)

// New makes a world. It fails on settings that do not exist.
func New(c Config) (*World, error) {
	opt, err := c.Products.newSettingValues(c.Settings)
	if err != nil {
		return nil, err
	}
	if c.Apps == nil {
		c.Apps = []App{SandboxApp()}
	}
	testOrgs := c.Orgs == nil
	if testOrgs {
		c.Orgs = SandboxOrganisations()
	}
	if c.Events == nil {
		c.Events = func(Event) {}
	}
	w := &World{
		catalogue: c.Products, clock: c.Clock, sink: c.Sink, people: c.People, events: c.Events,
		base:         base{seed: c.Seed, settings: maps.Clone(c.Settings), merged: opt, orgs: make(map[string]Organisation), testOrgs: testOrgs},
		apps:         make(map[string]App),
		phoneHolders: make(map[daraja.MSISDN]int), attended: make(map[daraja.MSISDN]bool), credentials: newCredentialReader(),
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
		seed: w.base.seed, ids: ids.New(w.base.seed), settings: w.base.merged, appliedAt: w.clock.Now(),
		orgs:      make(map[string]*organisation),
		tokens:    newBoundedMap[string, grant](maxTokens),
		customers: newBoundedMap[daraja.MSISDN, *customer](maxCustomers),
		prompts:   newBoundedMap[string, *prompt](maxPrompts),
		attempts:  newBoundedMap[stream, int](maxAttempts),
		planned:   newBoundedMap[plannedKey, *PlannedTransfer](maxPlanned),
		jobs:      jobs{byID: make(map[JobID]*job)},
		products:  w.catalogue.newStates(),
		accounts:  newAccounts(),
		locks:     make(initiatorLocks),
	}
	for code, org := range w.base.orgs {
		s.orgs[code] = &organisation{Organisation: org}
	}
	return s
}

// Catalogue is what the world simulates.
func (w *World) Catalogue() *Catalogue { return w.catalogue }

// Seed is what identifiers, chances and customers come from.
func (w *World) Seed() int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.seed
}

// Reset forgets customers, prompts, payments, queued outcomes and the scenario.
// Apps and tokens stay, and so do the holders of phones. Chances start again;
// identifiers do not, since clients remember the receipts.
func (w *World) Reset() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.stopTimers()
	before := w.state
	w.state = w.fresh()
	w.ids, w.tokens, w.queue.id, w.jobs.last = before.ids, before.tokens, before.queue.id, before.jobs.last
	w.ids.Reseed(w.seed)
	w.ids.RestartDraws()
	w.notify(EventReset, "", "")
}

// Stop ends the world: open prompts get no result, and no job is done.
func (w *World) Stop() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.stopped = true
	w.stopTimers()
}

// notify reports an event. The caller holds mu.
func (w *World) notify(kind EventKind, m daraja.MSISDN, payment string) {
	w.events(Event{Kind: kind, At: w.clock.Now(), Phone: m, Payment: payment})
}
