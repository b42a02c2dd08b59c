package darajatest

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/darajabox/darajabox/simulator/app"
)

// epoch is when time stands still unless At says otherwise: Monday 5 January 2026,
// nine in the morning in Nairobi.
const epoch = "2026-01-05T09:00:00+03:00"

// Option shapes a world.
type Option func(*options) error

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
}

func newOptions(opts []Option) (options, error) {
	o := options{seed: 1, frozen: true, settings: make(map[string]string)}
	var err error
	if o.at, err = time.Parse(time.RFC3339, epoch); err != nil {
		return options{}, err
	}
	for _, set := range opts {
		if err := set(&o); err != nil {
			return options{}, err
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

// worldRequest is what the control API takes for a new world.
type worldRequest struct {
	Seed           int64             `json:"seed"`
	Scenario       string            `json:"scenario,omitempty"`
	ScenarioSource string            `json:"scenario_source,omitempty"`
	ScenarioFile   string            `json:"scenario_file,omitempty"`
	Preset         string            `json:"preset,omitempty"`
	Clock          clockRequest      `json:"clock"`
	Settings       map[string]string `json:"settings,omitempty"`
}

type clockRequest struct {
	Frozen bool    `json:"frozen,omitempty"`
	At     string  `json:"at,omitempty"`
	Speed  float64 `json:"speed,omitempty"`
}

// request is a further world as asked.
func (o options) request() worldRequest {
	r := worldRequest{
		Seed: o.seed, Scenario: o.scenario, ScenarioSource: string(o.scenarioSource), Preset: o.preset,
		Clock: clockRequest{Frozen: o.frozen, Speed: o.speed}, Settings: o.settings,
	}
	if o.scenarioFile != "" {
		r.ScenarioFile = filepath.Base(o.scenarioFile)
	}
	if !o.at.IsZero() {
		r.Clock.At = o.at.Format(time.RFC3339Nano)
	}
	return r
}

// Scenario puts a ready scenario in charge, such as "cancelled"; `darajabox scenario
// list` names them all.
func Scenario(name string) Option {
	return func(o *options) error { o.scenario = name; return nil }
}

// ScenarioSource puts a scenario in charge, in YAML.
func ScenarioSource(yaml string) Option {
	return func(o *options) error { o.scenarioSource = []byte(yaml); return nil }
}

// ScenarioFile puts the scenario of a file in charge. The file is read by the test,
// so that the path is relative to the package's folder.
func ScenarioFile(path string) Option {
	return func(o *options) error {
		source, err := os.ReadFile(path) //nolint:gosec // the test names its own file
		if err != nil {
			return fmt.Errorf("reading a scenario: %w", err)
		}
		o.scenarioFile, o.scenarioSource = path, source
		return nil
	}
}

// Preset adds faults from all sides: "kind" has none, "sandbox" is as flaky as
// Safaricom's sandbox, "hostile" is worse than anything seen.
func Preset(name string) Option {
	return func(o *options) error { o.preset = name; return nil }
}

// Seed is where customers, identifiers and chances come from; 1 unless given.
func Seed(seed int64) Option {
	return func(o *options) error { o.seed = seed; return nil }
}

// Setting sets one of the simulator's settings, which GET /settings of the control
// API lists.
func Setting(name, value string) Option {
	return func(o *options) error { o.settings[name] = value; return nil }
}

// At is where the clock stands at first, instead of nine in the morning of 5 January 2026,
// Nairobi.
func At(t time.Time) Option {
	return func(o *options) error { o.at = t; return nil }
}

// RealTime lets the clock run from the machine's time, as fast as it does.
func RealTime() Option {
	return func(o *options) error { o.frozen, o.speed, o.at = false, 1, time.Time{}; return nil }
}

// Speed lets the clock run n times as fast as real time.
func Speed(n float64) Option {
	return func(o *options) error { o.frozen, o.speed = false, n; return nil }
}
