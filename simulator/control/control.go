// Package control is the simulator's second port: what a tester asks and sets
// while something runs against Daraja's API on the first. openapi.yaml beside this
// file says it in full.
package control

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"net/http"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/journal"
)

// DefaultWorld is the id of the world that paths without /worlds/{world} mean.
const DefaultWorld = "default"

// What an implementation's errors wrap when they are to be answered with 404 and
// 409. Every other error of Create, Load, LoadReady and Outcome is the caller's
// mistake, told in full with 400; every other error of the rest is answered with 500.
var (
	ErrNotFound = errors.New("not found")
	ErrConflict = errors.New("not now")
)

// Config makes the control API. Worlds must be set.
type Config struct {
	Worlds       Worlds
	Console      fs.FS                       // the pages at /; nil has none
	Version      string                      // of the program, for the header Server; "" is left out
	AllowedHosts []string                    // names and addresses, without a port, that a Host header may have beside loopback and the address that a request came in on
	Ping         time.Duration               // between two signs of life on a stream of events; 0 is DefaultPing
	Daraja       http.Handler                // Daraja's API, by which payments are made here; nil can make none
	Self         func() string               // base URL at which callbacks reach this server from the simulator; set with Daraja
	Links        func(host string) []Address // of what runs beside the simulator, for a caller that reaches this machine as host; nil has none
	DarajaURL    func(host string) string    // the base of Daraja's API for a caller whose Host header is host, with or without a port; nil hands out WorldInfo.BaseURL to all
	Troubles     func() []string             // what is wrong though the server is up, for /health, such as a disk that is full; nil is never anything
}

// Worlds are the worlds of one server.
type Worlds interface {
	Get(id string) (World, bool)
	List() []World                                         // in order of creation
	Create(ctx context.Context, n NewWorld) (World, error) // ErrConflict: the id is taken, or there are too many
	Delete(ctx context.Context, id string) error           // ErrNotFound; ErrConflict for the default world

	Ready() []ReadyScenario
	Check(file string, source []byte) []ScenarioFault // every mistake in a scenario, in the order of the file
}

// NewWorld is what a world is made of. The zero value is a world like the default one.
type NewWorld struct {
	ID             string // [a-z0-9-]{1,64}; "" draws one
	Seed           *int64 // nil draws one from the server's
	Scenario       string // name of a ready scenario
	ScenarioSource []byte // YAML, instead of Scenario
	ScenarioFile   string // name of the file that ScenarioSource is from; "" is scenario.yaml
	Preset         string // name of a ready scenario that is a preset
	Clock          *ClockSetup
	Settings       map[string]string // over the server's
}

// ClockSetup is how a world's clock begins.
type ClockSetup struct {
	Frozen bool
	Speed  float64   // times real time, when it is not frozen; 0 is 1
	At     time.Time // zero is now
}

// World is one world and what is around it.
type World interface {
	Info() WorldInfo
	Domain() *simulator.World
	Journal() *journal.Journal
	Clock() Clock
	Callbacks() Callbacks

	Loaded() (Scenario, bool) // without one it may still have a Fault
	Load(file string, source []byte) (Scenario, error)
	LoadReady(name string) (Scenario, error)
	Unload() error
	ScenarioFile() FileState // zero for a world without one
	// SaveScenario writes the file and puts the scenario in charge. ErrNotFound: there is
	// no file; ErrConflict: what is on disk is not version, and overwrite is false, or is
	// no ordinary file; *ScenarioFaults.
	SaveScenario(source []byte, version string, overwrite bool) (Scenario, error)
	Outcome(then []byte) (simulator.Outcome, error) // reads a `then` of the scenario language, in JSON or YAML

	Reset(ctx context.Context) error
	Snapshot(ctx context.Context, name string) (SnapshotInfo, error)
	Snapshots() []SnapshotInfo                    // oldest first
	Restore(ctx context.Context, id string) error // ErrNotFound
	DropSnapshot(id string) error                 // ErrNotFound
	Subscribe() (<-chan simulator.Event, func())  // bounded; what a slow reader leaves is lost to it. Closed when the world is deleted
}

// WorldInfo is how a world is reached, and what it was made of.
type WorldInfo struct {
	ID             string
	ConsumerKey    string
	ConsumerSecret string
	BaseURL        string // of Daraja's API, with or without /w/{id}
	Shortcode      string // of an organisation in it
	Passkey        string // the organisation's
	Seed           int64
	Scenario       string // name, "" for none
	CreatedAt      time.Time
}

// Clock is a world's time. Advance and AdvanceTo return when everything that falls
// due has run and its callbacks are delivered, and fail when the clock runs.
type Clock interface {
	Now() time.Time
	Frozen() bool
	Speed() float64
	Freeze()
	Run(speed float64) error
	Advance(ctx context.Context, d time.Duration) error
	AdvanceTo(ctx context.Context, t time.Time) error
	Next() (time.Time, bool) // when the next thing is due
}

// Callbacks are a world's callbacks, on their way and delivered.
type Callbacks interface {
	List() []CallbackState // oldest first
	Hold()
	Release()
	Holding() bool
	Resend(id string) error // ErrNotFound
}

// CallbackState is a callback and what has become of it.
type CallbackState struct {
	ID                string
	CheckoutRequestID string
	URL               string
	Phone             daraja.MSISDN
	Status            string // planned, held, sending, delivered, failed or dropped
	DueAt             time.Time
	Attempts          int
	LastStatus        int // HTTP; 0 when there was no answer
	LastError         string
	Body              json.RawMessage
}

// Scenario is a scenario that is in charge.
type Scenario struct {
	Name        string
	Description string
	Source      string // YAML
	File        string // that it was read from, "" for none
	Fault       string // of the latest edit of File, which was not taken; "" for none
	Version     string // of Source, or of the file's text that was loaded last when Source is not from there
	FromFile    bool   // Source is what ScenarioFile said when it was loaded
}

// ReadyScenario is a scenario that comes with the program.
type ReadyScenario struct {
	Name        string
	Description string
	Preset      bool // made to be used on its own, for a whole run
	Source      string
}

// ScenarioFault is a mistake in a scenario. Line and Column count from 1.
type ScenarioFault struct {
	File     string
	Line     int
	Column   int
	Message  string // what is wrong
	Expected string // "" when Message says it
	Nearest  string // what was probably meant, "" when nothing is near
}

// SnapshotInfo is a state that a world can go back to.
type SnapshotInfo struct {
	ID   string
	Name string
	At   time.Time // the world's time
}

// New returns the control API. Streams of events and long waits end with their
// request's context, so a server that stops has to cancel that.
func New(c Config) http.Handler { return newServer(c) }
