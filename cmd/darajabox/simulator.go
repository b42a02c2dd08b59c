package main

import (
	"errors"
	"os"
	"runtime/debug"

	"github.com/alecthomas/kong"

	simapp "github.com/darajabox/darajabox/simulator/app"
)

type worldFlags struct {
	Scenario        string            `predictor:"scenario" help:"Scenario file, or the name of a ready one. A file is read again when it changes." placeholder:"FILE-or-NAME"`
	Preset          string            `predictor:"preset" help:"Preset: background faults under any scenario: kind (none), sandbox (as flaky as Safaricom's), hostile (every fault now and then)." placeholder:"NAME"`
	Seed            int64             `help:"Seed of customers and identifiers: the same seed, the same run." default:"1"`
	Dialect         string            `help:"Texts of the result codes: daraja, or malipo (those of the Malipo gateway's documentation)." enum:"daraja,malipo" default:"daraja"`
	StrictCallbacks bool              `help:"Refuse the callback URLs that production refuses: http, localhost, addresses, ngrok, forbidden words. --set strict_callbacks=sandbox takes http and ngrok."`
	Set             map[string]string `help:"A setting of the simulator, such as pending_query=500; docs/scenarios.md lists them. Several are separated by semicolons, as in its variable: 'think_time=1s;pending_query=500'." placeholder:"NAME=VALUE" mapsep:";"`
	Frozen          bool              `help:"Freeze the simulator's clock: it stands still until 'clock advance' moves it."`
	At              moment            `help:"What the simulator's clock shows at the start, such as 2026-11-24T12:00; now unless given." placeholder:"TIME"`
	JournalSize     int               `help:"Records that the simulator keeps in memory for each world; 0 is the usual number." default:"0" placeholder:"N"`
	JournalDir      string            `help:"Folder that keeps every record of the simulator, a file of JSON lines for each world." type:"path" placeholder:"DIR"`
	ControlHost     []string          `help:"Host name under which the control port answers, beside localhost and its own IP addresses, such as the name of its service in a compose file; several are separated by commas." placeholder:"NAME"`
	PublicURL       string            `name:"public-url" help:"Base URL of the simulator's API that it hands out, for ports that Docker publishes under other numbers: with -p 17070:7070, http://localhost:17070. Unless given, the host by which the control port is asked, and the port of the API." placeholder:"URL"`
}

// config is the simulator that the flags describe. Its scenario, when that is a file,
// has a watcher, which is to be started with the simulator's LoadScenario.
func (f worldFlags) config(e *env) (simapp.Config, *watcher, error) {
	found := &includedFiles{}
	c := simapp.Config{
		Seed: f.Seed, Preset: f.Preset, Dialect: f.Dialect, StrictCallbacks: f.StrictCallbacks, Settings: f.Set, Include: found.load,
		Frozen: f.Frozen, StartAt: f.At.Time, JournalSize: f.JournalSize, JournalDir: f.JournalDir,
		AllowedHosts: f.ControlHost, PublicURL: f.PublicURL, Version: version,
	}
	if f.Scenario == "" {
		return c, nil, nil
	}
	name, source, isFile, err := findScenario(f.Scenario)
	c.ScenarioName, c.ScenarioSource = name, source
	if err != nil || !isFile {
		return c, nil, err
	}
	if err := checkScenario(e, name, source, loadIncluded); err != nil {
		return c, nil, err
	}
	if name == standardInput || !isOrdinary(name) { // a pipe is read once
		return c, nil, nil
	}
	w := &watcher{file: name, source: source, included: found.list, every: watchEvery, out: e.stderr}
	c.ScenarioStore = newScenarioFile(w, found)
	return c, w, nil
}

// startSimulator starts the simulator of c, and the watcher of its scenario's file if any.
func (r *running) startSimulator(e *env, c simulatorCmd, report *reporter) (*simapp.App, error) {
	config, w, err := c.config(e)
	if err != nil {
		return nil, err
	}
	config.Addr, config.ControlAddr, config.Speed, config.Log = c.Addr, c.ControlAddr, c.Speed, c.logger(e.stderr)
	c.apply(&config)
	if report != nil { // otherwise every record is read for nothing
		config.Report = report.record
	}
	sim, err := simapp.New(config)
	if err != nil {
		return nil, err
	}
	if err := r.start(e.ctx, "simulator", sim); err != nil || w == nil {
		return sim, err
	}
	w.load = sim.LoadScenario
	return sim, r.start(e.ctx, "watcher of the scenario", w)
}

type simulatorCmd struct {
	Addr        string  `help:"Address of the API: HOST:PORT, or PORT for 127.0.0.1. Port 0 is any free one, host 0.0.0.0 all addresses of the machine." default:"127.0.0.1:7070" env:"DARAJABOX_SIMULATOR_ADDR" placeholder:"HOST:PORT"`
	ControlAddr string  `help:"Address of the control port." default:"127.0.0.1:7071" placeholder:"HOST:PORT"`
	Speed       float64 `help:"Divides every wait: 10 is ten times faster." default:"1"`
	reachFlags
	worldFlags
	activityFlags
	logFlags
}

func (c *simulatorCmd) Run(e *env, app *kong.Kong) (err error) {
	ignoreSIGPIPE()
	if os.Getenv("GOGC") == "" { // what a world keeps is bounded, so the collector may run less often than by default
		debug.SetGCPercent(200)
	}
	c.warnVariables(e, app)
	report := c.newReporter(e)
	defer report.stop()
	var r running
	defer func() { err = errors.Join(err, r.stop()) }()
	l := append(listeners{{simapp.ListenerAPI, "--addr", c.Addr}, {simapp.ListenerControl, "--control-addr", c.ControlAddr}}, c.listeners()...)
	sim, err := r.startSimulator(e, *c, report)
	if err != nil {
		return l.explain(err)
	}
	b := c.banner(e, sim, c.Quiet)
	c.announce(e, c.bannerWriter(e), b, l, "base_url", b.BaseURL, "control_url", b.ControlURL, "proxy_addr", b.Proxy, "tls_addr", sim.TLSAddr())
	report.start()
	<-e.ctx.Done()
	return nil
}
