package darajatest

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator/app"
	"github.com/darajabox/darajabox/simulator/control/client"
)

// epoch is where the clock stands at first, unless At says otherwise: a Monday.
func epoch() time.Time { return time.Date(2026, time.January, 5, 9, 0, 0, 0, daraja.EAT()) }

// Option shapes a world.
type Option func(*options)

type options struct {
	seed           int64
	scenario       string
	scenarioFile   string // where the source is from, for messages
	scenarioSource []byte
	preset         string
	frozen         bool
	speed          float64
	at             time.Time
	settings       map[string]string
	err            error // of an option
}

func newOptions(opts []Option) (options, error) {
	o := options{seed: 1, frozen: true, at: epoch(), settings: make(map[string]string)}
	for _, set := range opts {
		if set(&o); o.err != nil {
			return options{}, o.err
		}
	}
	return o, nil
}

// config is a server whose first world is as asked.
func (o options) config() app.Config {
	return app.Config{
		Addr: "127.0.0.1:0", ControlAddr: "127.0.0.1:0", Seed: o.seed, Settings: o.settings,
		Frozen: o.frozen, Speed: o.speed, StartAt: o.at,
		Preset: o.preset, Scenario: o.scenario, ScenarioName: o.scenarioFile, ScenarioSource: o.scenarioSource,
	}
}

// request is a further world as asked.
func (o options) request() client.NewWorld {
	r := client.NewWorld{
		Seed: &o.seed, Scenario: o.scenario, ScenarioSource: string(o.scenarioSource), Preset: o.preset,
		Clock: &client.NewClock{Frozen: o.frozen, Speed: o.speed}, Settings: o.settings,
	}
	if o.scenarioFile != "" {
		r.ScenarioFile = filepath.Base(o.scenarioFile)
	}
	if !o.at.IsZero() {
		r.Clock.At = &o.at
	}
	return r
}

// Scenario activates a ready scenario, such as "cancelled"; `darajabox scenario
// list` names them all.
func Scenario(name string) Option {
	return func(o *options) { o.scenario = name }
}

// ScenarioSource activates a scenario in YAML.
func ScenarioSource(yaml string) Option {
	return func(o *options) { o.scenarioSource = []byte(yaml) }
}

// ScenarioFile activates the scenario of a file. The file is read by the test,
// so that the path is relative to the package's folder.
func ScenarioFile(path string) Option {
	return func(o *options) {
		o.scenarioFile = path
		if o.scenarioSource, o.err = os.ReadFile(path); o.err != nil { //nolint:gosec // the test names its own file
			o.err = fmt.Errorf("reading a scenario: %w", o.err)
		}
	}
}

// Preset adds faults from all sides: "kind" has none, "sandbox" is as flaky as
// Safaricom's sandbox, "hostile" is worse than anything seen.
func Preset(name string) Option {
	return func(o *options) { o.preset = name }
}

// Seed is where customers, identifiers and chances come from; 1 unless given.
func Seed(seed int64) Option {
	return func(o *options) { o.seed = seed }
}

// Setting sets one of the simulator's settings, which GET /settings of the control
// API lists.
func Setting(name, value string) Option {
	return func(o *options) { o.settings[name] = value }
}

// At is where the clock stands at first, instead of nine in the morning of 5 January 2026,
// Nairobi.
func At(t time.Time) Option {
	return func(o *options) { o.at = t }
}

// RealTime lets the clock run from the machine's time, as fast as it does.
func RealTime() Option {
	return func(o *options) { o.frozen, o.speed, o.at = false, 1, time.Time{} }
}

// Speed lets the clock run n times as fast as real time.
func Speed(n float64) Option {
	return func(o *options) { o.frozen, o.speed = false, n }
}
