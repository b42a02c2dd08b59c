package main

import (
	"errors"
	"fmt"

	simapp "github.com/darajabox/darajabox/simulator/app"
)

// worldFlags shape the simulator's world.
type worldFlags struct {
	Scenario        string            `help:"Scenario file, or the name of a ready one. A file is read again when it changes." placeholder:"FILE-or-NAME"`
	Preset          string            `help:"Kind of weather under the scenario: kind, sandbox or hostile." placeholder:"NAME"`
	Seed            int64             `help:"Seed of customers and identifiers: the same seed, the same run." default:"1"`
	Dialect         string            `help:"Whose texts the result codes have: daraja or malipo." enum:"daraja,malipo" default:"daraja"`
	StrictCallbacks bool              `help:"Refuse the callback URLs that Safaricom refuses: http, localhost, addresses, forbidden words."`
	Set             map[string]string `help:"A setting of the simulator; the control port lists them at /settings." placeholder:"NAME=VALUE" mapsep:";"`
	Frozen          bool              `help:"The simulator's time stands still until the control port advances it."`
	At              moment            `help:"What the simulator's clock shows at the start, such as 2026-11-24T12:00; now unless given." placeholder:"TIME"`
	JournalSize     int               `help:"Records that the simulator keeps in memory for each world; 0 is the usual number." default:"0" placeholder:"N"`
	JournalDir      string            `help:"Folder that keeps every record of the simulator, a file of JSON lines for each world." type:"path" placeholder:"DIR"`
	ControlHost     []string          `help:"Name under which the control port may be asked, beside loopback and its own address." placeholder:"NAME"`
}

// config is the simulator that the flags describe. Its scenario, when that is a file,
// has a watcher, which is to be started with the simulator's LoadScenario.
func (f worldFlags) config(e *env) (simapp.Config, *watcher, error) {
	found := &included{}
	c := simapp.Config{
		Seed: f.Seed, Preset: f.Preset, Dialect: f.Dialect, StrictCallbacks: f.StrictCallbacks, Settings: f.Set, Include: found.load,
		Frozen: f.Frozen, StartAt: f.At.Time, JournalSize: f.JournalSize, JournalDir: f.JournalDir, AllowedHosts: f.ControlHost, Version: version,
	}
	if f.Scenario == "" {
		return c, nil, nil
	}
	name, source, own, err := findScenario(f.Scenario)
	c.ScenarioName, c.ScenarioSource = name, source
	if err != nil || !own {
		return c, nil, err
	}
	w := &watcher{file: name, source: source, included: found.list, every: watchEvery, say: e.stderr}
	c.ScenarioFile = newScenarioFile(w)
	return c, w, nil
}

// watch starts w, when there is one.
func (r *running) watch(e *env, w *watcher, sim *simapp.App) error {
	if w == nil {
		return nil
	}
	w.load = sim.LoadScenario
	return r.start(e.ctx, "watcher of the scenario", w)
}

type simulatorCmd struct {
	Addr        string  `help:"Address of the API." default:"127.0.0.1:7070"`
	ControlAddr string  `help:"Address of the control port." default:"127.0.0.1:7071"`
	Speed       float64 `help:"Divides every wait: 10 is ten times faster." default:"1"`
	worldFlags
	logFlags
}

// Run starts the simulator.
func (c *simulatorCmd) Run(e *env) (err error) {
	config, w, err := c.config(e)
	if err != nil {
		return err
	}
	config.Addr, config.ControlAddr, config.Speed, config.Log = c.Addr, c.ControlAddr, c.Speed, c.logger(e.stderr)
	sim, err := simapp.New(config)
	if err != nil {
		return err
	}
	var r running
	defer func() { err = errors.Join(err, r.stop()) }()
	if err := r.start(e.ctx, "simulator", sim); err != nil {
		return err
	}
	if err := r.watch(e, w, sim); err != nil {
		return err
	}
	fmt.Fprintf(e.stdout, "simulator  %s\ncontrol    %s\n", sim.URL(), sim.ControlURL())
	<-e.ctx.Done()
	return nil
}
