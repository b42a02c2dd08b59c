// Package control is the simulator's second port: what a tester reads and sets while
// something runs against Daraja's API on the first. openapi.yaml describes it in full.
package control

import (
	"context"
	"errors"
	"io/fs"
	"net/http"
	"time"

	"github.com/darajabox/darajabox/scenarios"
	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/control/client"
	"github.com/darajabox/darajabox/simulator/journal"
)

// DefaultWorld is the id of the world that paths without /worlds/{world} mean.
const DefaultWorld = client.DefaultWorld

// What an implementation's errors wrap when they are to be answered with 404 and
// 409. Every other error of Create and Load is the caller's mistake, answered with 400 and
// its text, as a *ScenarioErrors always is; every other error of the rest is answered with 500.
var (
	ErrNotFound = errors.New("not found")
	ErrConflict = errors.New("not now")
)

// Config makes the control API. Worlds and Products must be set.
type Config struct {
	Worlds       Worlds
	Products     *simulator.Catalogue
	Console      fs.FS                       // the pages at /; nil has none
	Version      string                      // of the program, for the header Server; "" is left out
	AllowedHosts []string                    // names and addresses, without a port, that a Host header may have beside loopback and the address that a request came in on
	Ping         time.Duration               // between two signs of life on a stream of events; 0 is DefaultPing
	Daraja       http.Handler                // Daraja's API, by which payments are made here; nil can make none
	Self         func() string               // base URL at which callbacks reach this server from the simulator; set with Daraja
	Links        func(host string) []Address // of what runs beside the simulator, for a caller that reaches this machine as host; nil has none
	DarajaURL    func(host string) string    // the base of Daraja's API for a caller whose Host header is host, with or without a port; nil hands out BaseURL of World.Info to all
	Warnings     func() []string             // what is wrong though the server is up, for /health, such as a disk that is full; nil is never anything
}

// Worlds are the worlds of one server.
type Worlds interface {
	Get(id string) (World, bool)
	List() []World                                                // in order of creation
	Create(ctx context.Context, n client.NewWorld) (World, error) // ErrConflict: the id is taken, or there are too many
	Delete(ctx context.Context, id string) error                  // ErrNotFound; ErrConflict for the default world

	Ready() []scenarios.Ready
}

// World is one world and what is around it.
type World interface {
	Info() client.World // without URL and ControlURL; BaseURL may have the world in its path
	Domain() *simulator.World
	Journal() *journal.Journal
	Clock() Clock
	Callbacks() Callbacks

	// Loaded is the active scenario. Without one it may still have a Fault. Saved means that
	// the text is what ScenarioFile said when it was loaded; what else a scenario says of
	// the file is left out, here and in the answers of Load and SaveScenario.
	Loaded() (client.Scenario, bool)
	Load(file string, source []byte) (client.Scenario, error)
	Unload() error
	ScenarioFile() FileState // zero for a world without one
	// SaveScenario writes the file and loads the scenario. ErrNotFound: there is
	// no file; ErrConflict: what is on disk is not version, and overwrite is false, or is
	// no ordinary file; *ScenarioErrors.
	SaveScenario(source []byte, version string, overwrite bool) (client.Scenario, error)

	Reset(ctx context.Context) error
	Snapshot(ctx context.Context, name string) (client.Snapshot, error)
	Snapshots() []client.Snapshot                 // oldest first; times in EAT
	Restore(ctx context.Context, id string) error // ErrNotFound
	DropSnapshot(id string) error                 // ErrNotFound
	Subscribe() (<-chan simulator.Event, func())  // bounded; what a slow reader leaves is lost to it. Closed when the world is deleted
	Publish(e simulator.Event)                    // to subscribers, a change that the domain has no event for
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
	List() []client.Callback // oldest first; times in EAT
	Hold()
	Release()
	Holding() bool
	Resend(id string) error // ErrNotFound
}

// New returns the control API. Streams of events and long waits end with their
// request's context, so a server that stops has to cancel that.
func New(c Config) http.Handler { return newServer(c) }
