package control_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/scenarios"
	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/clock"
	"github.com/darajabox/darajabox/simulator/control"
	"github.com/darajabox/darajabox/simulator/control/client"
	"github.com/darajabox/darajabox/simulator/httpapi"
	"github.com/darajabox/darajabox/simulator/journal"
	"github.com/darajabox/darajabox/simulator/product/oauth"
	"github.com/darajabox/darajabox/simulator/product/producttest"
	"github.com/darajabox/darajabox/simulator/product/stk"
	"github.com/darajabox/darajabox/simulator/scenario"
)

func at() time.Time { return time.Date(2026, 11, 24, 12, 0, 0, 0, daraja.EAT()) }

const (
	phone = "254712345678"
	mine  = "name: mine\ndescription: what it does\nrules:\n  - then: {result: 1032}\n"
)

// fakeWorlds are real worlds on frozen clocks, with the rest around them made up.
type fakeWorlds struct {
	mu    sync.Mutex
	all   []*fakeWorld
	fails error // of the next Create
}

func newFakeWorlds(t *testing.T, ids ...string) *fakeWorlds {
	t.Helper()
	f := &fakeWorlds{}
	for _, id := range append([]string{control.DefaultWorld}, ids...) {
		f.all = append(f.all, newFakeWorld(client.NewWorld{ID: id}))
	}
	return f
}

func (f *fakeWorlds) Get(id string) (control.World, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, w := range f.all {
		if w.made.ID == id {
			return w, true
		}
	}
	return nil, false
}

func (f *fakeWorlds) List() []control.World {
	f.mu.Lock()
	defer f.mu.Unlock()
	out := make([]control.World, len(f.all))
	for i, w := range f.all {
		out[i] = w
	}
	return out
}

func (f *fakeWorlds) Create(_ context.Context, n client.NewWorld) (control.World, error) {
	if f.fails != nil {
		return nil, f.fails
	}
	if n.ID == "" {
		n.ID = "w-1"
	}
	if _, taken := f.Get(n.ID); taken {
		return nil, fmt.Errorf("there is a world %s already: %w", n.ID, control.ErrConflict)
	}
	w := newFakeWorld(n)
	if n.Scenario != "" {
		file, source, err := readyLoader("", n.Scenario)
		if err == nil {
			_, err = w.Load(file, source)
		}
		if err != nil {
			return nil, err
		}
	}
	if n.ScenarioSource != "" {
		if _, err := w.Load(n.ScenarioFile, []byte(n.ScenarioSource)); err != nil {
			return nil, err
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.all = append(f.all, w)
	return w, nil
}

func (f *fakeWorlds) Delete(_ context.Context, id string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i, w := range f.all {
		if w.made.ID == id {
			w.end()
			f.all = slices.Delete(f.all, i, i+1)
			return nil
		}
	}
	return control.ErrNotFound
}

func (f *fakeWorlds) Ready() []scenarios.Ready {
	return []scenarios.Ready{
		{Name: "cancelled", Description: "The customer cancels.", Rules: 1, Source: []byte("rules:\n  - then: {result: 1032}\n")},
		{Name: "hostile", Description: "Everything goes wrong.", Preset: true, Rules: 2, Source: []byte("rules:\n  - then: {result: 1}\n  - then: {result: 1037}\n")},
	}
}

// readyLoader finds the fake's ready scenarios.
func readyLoader(_, name string) (file string, source []byte, err error) {
	for _, r := range (&fakeWorlds{}).Ready() {
		if r.Name == name {
			return name + ".yaml", r.Source, nil
		}
	}
	return "", nil, &scenario.NotFound{Name: name, Known: []string{"cancelled", "hostile"}}
}

// fakeWorld is a real domain, journal and clock.
type fakeWorld struct {
	made      client.NewWorld
	domain    *simulator.World
	journal   *journal.Journal
	clock     *clock.Clock
	callbacks *fakeCallbacks

	mu        sync.Mutex
	loaded    *client.Scenario
	fault     string
	file      control.FileState
	onDisk    string // version of what the file says
	meanwhile func() // happens while the scenario file is looked at; may be nil
	snapshots []client.Snapshot
	listening map[chan simulator.Event]bool
	resets    int
	restored  []string
	broken    error // of Reset, Snapshot and Unload
}

func newFakeWorld(n client.NewWorld) *fakeWorld {
	w := &fakeWorld{made: n, journal: journal.New(journal.Config{World: n.ID}), listening: map[chan simulator.Event]bool{}}
	w.callbacks = &fakeCallbacks{world: w}
	w.clock = clock.New(clock.Config{
		Now:   time.Now,
		After: func(d time.Duration, f func()) func() bool { return time.AfterFunc(d, f).Stop },
		Start: at(),
	})
	var err error
	w.domain, err = simulator.New(simulator.Config{Products: products(),
		Seed: 1, Clock: w.clock, Sink: w.callbacks, Settings: n.Settings, Events: w.Publish, Apps: []simulator.App{w.app()},
		People: func(int64, daraja.MSISDN) simulator.Person {
			return simulator.Person{Name: "Grace Mwende", PIN: "4321", Balance: 1000 * daraja.Shilling}
		},
	})
	if err != nil {
		panic(err) // the control API checks settings
	}
	return w
}

func (w *fakeWorld) app() simulator.App {
	return simulator.App{Key: "key-" + w.made.ID, Secret: "secret"}
}

func (w *fakeWorld) Info() client.World {
	info := client.World{
		ID: w.made.ID, ConsumerKey: w.app().Key, ConsumerSecret: w.app().Secret, BaseURL: "http://127.0.0.1:7070",
		Shortcode: daraja.SandboxShortcode, Passkey: daraja.SandboxPasskey, Seed: 1, CreatedAt: at(),
	}
	if w.made.ID != control.DefaultWorld {
		info.BaseURL += "/w/" + w.made.ID
	}
	if s, ok := w.Loaded(); ok {
		info.Scenario = s.Name
	}
	return info
}

func (w *fakeWorld) Domain() *simulator.World     { return w.domain }
func (w *fakeWorld) Journal() *journal.Journal    { return w.journal }
func (w *fakeWorld) Clock() control.Clock         { return w.clock }
func (w *fakeWorld) Callbacks() control.Callbacks { return w.callbacks }

func (w *fakeWorld) Loaded() (client.Scenario, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.loaded == nil {
		return client.Scenario{Fault: w.fault, Version: w.onDisk}, false
	}
	return *w.loaded, true
}

func (w *fakeWorld) Load(file string, source []byte) (client.Scenario, error) {
	language := scenario.For(products())
	s, err := language.Parse(file, source, readyLoader)
	if err != nil {
		return client.Scenario{}, &control.ScenarioErrors{Faults: control.NewScenarioErrors(language.Check(file, source, readyLoader)), Cause: err}
	}
	if err := w.domain.Apply(s.Setup()); err != nil {
		return client.Scenario{}, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.loaded = &client.Scenario{Name: s.Name, Description: s.Description, Source: string(source), File: file, Version: fmt.Sprint(len(source))}
	return *w.loaded, nil
}

func (w *fakeWorld) Unload() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.loaded = nil
	return w.broken
}

// ScenarioFile calls meanwhile before it looks.
func (w *fakeWorld) ScenarioFile() control.FileState {
	if w.meanwhile != nil {
		w.meanwhile()
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	file := w.file
	if file.Name != "" {
		file.Version = w.onDisk
	}
	return file
}

// SaveScenario has the length of a text for its version.
func (w *fakeWorld) SaveScenario(source []byte, version string, overwrite bool) (client.Scenario, error) {
	if w.broken != nil {
		return client.Scenario{}, w.broken
	}
	if version != w.onDisk && !overwrite {
		return client.Scenario{}, fmt.Errorf("shop.yaml has changed on disk: %w", control.ErrConflict)
	}
	loaded, err := w.Load("shop.yaml", source)
	if err != nil {
		return loaded, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.onDisk, w.loaded.Saved = fmt.Sprint(len(source)), true
	return *w.loaded, nil
}

func (w *fakeWorld) Reset(context.Context) error {
	w.domain.Reset()
	w.journal.Reset()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.resets++
	return w.broken
}

func (w *fakeWorld) Snapshot(_ context.Context, name string) (client.Snapshot, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	s := client.Snapshot{ID: fmt.Sprintf("s-%d", len(w.snapshots)+1), Name: name, At: w.clock.Now()}
	w.snapshots = append(w.snapshots, s)
	return s, w.broken
}

func (w *fakeWorld) Snapshots() []client.Snapshot {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.snapshots)
}

func (w *fakeWorld) Restore(_ context.Context, id string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !slices.ContainsFunc(w.snapshots, func(s client.Snapshot) bool { return s.ID == id }) {
		return fmt.Errorf("there is no snapshot %s: %w", id, control.ErrNotFound)
	}
	w.restored = append(w.restored, id)
	return nil
}

func (w *fakeWorld) DropSnapshot(id string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	i := slices.IndexFunc(w.snapshots, func(s client.Snapshot) bool { return s.ID == id })
	if i < 0 {
		return fmt.Errorf("there is no snapshot %s: %w", id, control.ErrNotFound)
	}
	w.snapshots = slices.Delete(w.snapshots, i, i+1)
	return nil
}

func (w *fakeWorld) Subscribe() (<-chan simulator.Event, func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	c := make(chan simulator.Event, 256)
	w.listening[c] = true
	return c, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.listening, c)
	}
}

// listeners is how many subscribers there are.
func (w *fakeWorld) listeners() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.listening)
}

func (w *fakeWorld) Publish(e simulator.Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for c := range w.listening {
		select {
		case c <- e:
		default:
		}
	}
}

// end closes what subscribers read, as a deleted world does.
func (w *fakeWorld) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for c := range w.listening {
		close(c)
	}
	w.listening = map[chan simulator.Event]bool{}
}

// push asks the customer for KES 150 and returns the CheckoutRequestID.
func (w *fakeWorld) push(t *testing.T, number string, changes ...func(*daraja.STKPush)) string {
	t.Helper()
	token := w.domain.HandleCall(oauth.API, simulator.Call{
		Authorization: "Basic " + base64.StdEncoding.EncodeToString([]byte(w.app().Key+":"+w.app().Secret)),
		Values:        producttest.Values{"grant_type": daraja.GrantType},
	})
	if token.Err != nil {
		t.Fatal(token.Err)
	}
	const stamp = "20261124120000"
	in := daraja.STKPush{
		BusinessShortCode: daraja.SandboxShortcode, Password: daraja.Text(daraja.Password(daraja.SandboxShortcode, daraja.SandboxPasskey, stamp)), Timestamp: stamp,
		TransactionType: daraja.CustomerPayBillOnline, Amount: "150", PartyA: daraja.Text(number), PartyB: daraja.SandboxShortcode, PhoneNumber: daraja.Text(number),
		CallBackURL: "http://127.0.0.1:9/callback", AccountReference: "INV-1", TransactionDesc: "x",
	}
	for _, change := range changes {
		change(&in)
	}
	made := w.domain.HandleCall(stk.APIPush, simulator.Call{Authorization: "Bearer " + token.Token, Values: producttest.ValuesOf(t, in)})
	if made.Err != nil {
		t.Fatal(made.Err)
	}
	w.journal.Add(journal.Record{
		At: w.clock.Now().In(daraja.EAT()), Kind: journal.KindRequest, API: stk.APIPush, Payment: made.About.Payment, Phone: number, Reference: "INV-1",
		Method: "POST", URL: daraja.STKPushPath, Status: 200, Request: []byte(`{"Amount":150}`), Response: []byte(`{"ResponseCode":"0"}`),
	})
	return made.About.Payment
}

// fakeCallbacks delivers at once, into the journal.
type fakeCallbacks struct {
	world *fakeWorld

	mu      sync.Mutex
	all     []client.Callback
	holding bool
	resent  []string
	broken  error // of Resend
}

func (f *fakeCallbacks) ScheduleDelivery(c simulator.Callback) {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := f.world.clock.Now()
	f.all = append(f.all, client.Callback{
		ID: c.ID, CheckoutRequestID: c.Payment, URL: c.URL, Phone: c.Phone.Digits(), Status: "delivered", DueAt: now.In(daraja.EAT()), Attempts: 1, LastStatus: 200, Body: json.RawMessage(c.Body),
	})
	f.world.journal.Add(journal.Record{
		At: now.In(daraja.EAT()), Kind: journal.KindCallback, API: stk.APIPush, Payment: c.Payment, Phone: c.Phone.Digits(), Method: "POST", URL: c.URL, Status: 200,
		Copy: 1, Request: journal.RawBody(c.Body), Response: journal.RawBody(nil),
	})
}

func (f *fakeCallbacks) List() []client.Callback {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.all)
}

func (f *fakeCallbacks) Hold()         { f.set(true) }
func (f *fakeCallbacks) Release()      { f.set(false) }
func (f *fakeCallbacks) Holding() bool { f.mu.Lock(); defer f.mu.Unlock(); return f.holding }

func (f *fakeCallbacks) set(holding bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.holding = holding
}

func (f *fakeCallbacks) Resend(id string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.broken != nil {
		return f.broken
	}
	if !slices.ContainsFunc(f.all, func(c client.Callback) bool { return c.ID == id }) {
		return fmt.Errorf("there is no such callback: %w", control.ErrNotFound)
	}
	f.resent = append(f.resent, id)
	return nil
}

var errBroken = errors.New("broken")

// long is a body over every limit.
func long() string { return `{"name": "` + strings.Repeat("x", control.MaxBody) + `"}` }

// place is the world as Daraja's API sees it.
func (w *fakeWorld) place() *httpapi.World {
	return &httpapi.World{ID: w.made.ID, Domain: w.domain, Record: w.journal, Clock: w.clock, WaitForCallbacks: func(context.Context) error { return nil }}
}

func (f *fakeWorlds) ByID(id string) *httpapi.World {
	w, ok := f.Get(id)
	if !ok {
		return nil
	}
	return w.(*fakeWorld).place()
}

func (f *fakeWorlds) ByCredentials(_, _ string) *httpapi.World { return f.all[0].place() }
func (f *fakeWorlds) AddToken(string, *httpapi.World)          {}
