package app

import (
	"cmp"
	"fmt"
	"log/slog"
	"maps"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/internal/listen"
	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/clock"
	"github.com/darajabox/darajabox/simulator/control"
	"github.com/darajabox/darajabox/simulator/journal"
	"github.com/darajabox/darajabox/simulator/product/all"
	"github.com/darajabox/darajabox/simulator/scenario"
)

// Config says what simulator to run. The zero value runs one on ports of the
// kernel's choice, in real time, without a scenario.
type Config struct {
	Addr         string   // of Daraja's API, host:port; "" is 127.0.0.1:0, port 0 the kernel's choice
	ControlAddr  string   // of the control API, likewise
	AllowedHosts []string // names, without a port, under which the control API may be asked beside loopback and its address
	PublicURL    string   // base URL of Daraja's API that the control API hands out, for ports that Docker publishes under other numbers, or a proxy; one of localhost is for callers by localhost only. "" is the host of the request and the port of Addr
	ProxyAddr    string   // of the proxy for clients that have Safaricom's hosts built in: host:port, or ProxyAuto; "" for none
	TLSAddr      string   // that answers as Safaricom's hosts do, by TLS; "" for none
	CADir        string   // folder of the authority of their certificates, made when it is needed
	RootFile     string   // certificates that clients trust beside it; "" is the system's own file
	Offline      bool     // the proxy refuses every host but Safaricom's
	Routes       []Route  // of callbacks, for apps that are elsewhere than their callback URL says
	Version      string   // of the program, for the control API; may be ""

	Products []simulator.Product // what is simulated; nil is every product

	Seed    int64        // identifiers, customers and chances come from it
	Speed   float64      // how many times faster than real time; 0 is 1, at most clock.MaxSpeed
	Frozen  bool         // time stands still until it is advanced; Speed does not count then
	StartAt time.Time    // what the clock shows at the start; zero is the machine's time
	Clock   *clock.Clock // of the default world, in the place of one of Speed, Frozen and StartAt; its maker stops it. Its Settle is set here

	Preset         string          // name of a ready scenario that applies where the active one says nothing; "" for none
	Scenario       string          // name of a ready scenario, or ""
	ScenarioName   string          // file that ScenarioSource is from, for messages; "" is scenario.yaml
	ScenarioSource []byte          // a scenario in YAML; when it is not nil, Scenario is not read
	ScenarioStore  ScenarioStore   // what ScenarioSource is kept in, for edits by the console; nil cannot be written
	Include        scenario.Loader // finds what ScenarioSource, and what LoadScenario is given, include; nil finds the ready scenarios

	Dialect         string            // daraja or malipo; "" is daraja
	StrictCallbacks bool              // refuse the callback URLs that production refuses
	Settings        map[string]string // over the defaults, and over Dialect and StrictCallbacks

	JournalSize int    // records kept in memory for each world; 0 is journal.DefaultSize
	JournalDir  string // folder that keeps every record, in a file of JSON lines for each world; "" for none

	Report func(Record) // gets each record of every world's journal as it is kept; it must not block. nil for none

	Log *slog.Logger // nil discards
}

// Record is what a journal keeps of a request, a callback or an action.
type Record = journal.Record

// dependencies is what all worlds of a server share.
type dependencies struct {
	Config
	products      *simulator.Catalogue
	language      scenario.Language
	settings      map[string]string
	clockSettings clockSettings
	preset        *loadedScenario
	open          bool             // Daraja's API is on all addresses of the machine
	now           func() time.Time // the machine's
	address       func() string    // of Daraja's API
}

// newDependencies reads what all worlds share out of c.
func newDependencies(c Config) (*dependencies, error) {
	if c.Products == nil {
		c.Products = all.Products()
	}
	products, err := simulator.NewCatalogue(c.Products...)
	if err != nil {
		return nil, err
	}
	d := &dependencies{
		Config: c, products: products, language: scenario.For(products), settings: settings(c), clockSettings: clockSettingsOfConfig(c),
		open: listen.IsWildcard(c.Addr), now: func() time.Time { return time.Now().In(daraja.EAT()) },
	}
	if err := d.clockSettings.check(); err != nil {
		return nil, err
	}
	if c.JournalSize < 0 {
		return nil, fmt.Errorf("a journal of %d records cannot be; 0 takes the usual size", c.JournalSize)
	}
	if c.JournalDir != "" {
		if err := os.MkdirAll(c.JournalDir, 0o700); err != nil {
			return nil, fmt.Errorf("making the folder of the journal: %w", err)
		}
	}
	d.preset, err = presetScenario(d.language, c.Preset)
	return d, err
}

// publicURL reads Config.PublicURL, nil when there is none.
func publicURL(raw string) (*url.URL, error) {
	if raw == "" {
		return nil, nil
	}
	u, err := url.Parse(raw)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || !isPort(u.Port()) || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, fmt.Errorf("the public URL %.200q is not a URL such as http://localhost:17070, without user, query and fragment", raw)
	}
	u.Path = strings.TrimRight(u.Path, "/")
	return u, nil
}

// isPort reports whether a URL may have the port s; "" is the usual one of its scheme.
func isPort(s string) bool {
	n, err := strconv.ParseUint(s, 10, 16)
	return s == "" || err == nil && n > 0
}

// clockSettingsOfConfig is how c sets the clocks. Speed 1 is the default, so a scenario may set another.
func clockSettingsOfConfig(c Config) clockSettings {
	t := clockSettings{Frozen: c.Frozen, Speed: c.Speed, At: c.StartAt}
	if c.Clock != nil {
		t = clockSettings{Frozen: c.Clock.Frozen(), Speed: c.Clock.Speed(), At: c.Clock.Now()}
	}
	if t.Frozen || t.Speed == 1 {
		t.Speed = 0
	}
	return t
}

// newClock makes a clock on the machine's time.
func (d *dependencies) newClock(t clockSettings) *clock.Clock {
	c := clock.Config{
		Now: d.now, Speed: cmp.Or(t.Speed, 1),
		After: func(d time.Duration, f func()) (stop func() bool) { return time.AfterFunc(d, f).Stop },
	}
	if t.Frozen {
		c.Speed = 0
	}
	if !t.At.IsZero() {
		c.Start = t.At.In(daraja.EAT())
	}
	return clock.New(c)
}

// defaultWorldConfig is the configuration of the default world.
func defaultWorldConfig(c Config, d *dependencies) (w worldConfig, err error) {
	w = worldConfig{
		id: control.DefaultWorld, app: simulator.SandboxApp(), seed: c.Seed, settings: d.settings,
		clock: c.Clock, clockSettings: d.clockSettings, preset: d.preset, include: c.Include,
	}
	if c.Clock != nil {
		w.clockSettings = clockSettings{} // a clock that was given may be changed by the scenario
	}
	switch {
	case c.ScenarioSource != nil:
		w.scenario, err = parseScenario(d.language, c.ScenarioName, c.ScenarioSource, c.Include)
		if err == nil && c.ScenarioStore != nil {
			w.scenario.own, w.file, w.fileName = true, c.ScenarioStore, w.scenario.file
		}
	case c.Scenario != "":
		w.scenario, err = readyScenario(d.language, c.Scenario)
	}
	return w, err
}

// settings are those of c, with the ones that have a name of their own in it.
func settings(c Config) map[string]string {
	s := make(map[string]string)
	if c.Dialect != "" {
		s[simulator.SettingDialect] = c.Dialect
	}
	if c.StrictCallbacks {
		s[simulator.SettingStrictCallbacks] = "on"
	}
	maps.Copy(s, c.Settings)
	return s
}
