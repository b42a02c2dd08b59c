package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/darajabox/darajabox/scenarios"
	simapp "github.com/darajabox/darajabox/simulator/app"
)

// worldFlags shape the simulator's world.
type worldFlags struct {
	Scenario        string            `help:"Scenario file, or the name of a ready one." placeholder:"FILE-or-NAME"`
	Seed            int64             `help:"Seed of customers and identifiers: the same seed, the same run." default:"1"`
	Dialect         string            `help:"Whose texts the result codes have: daraja or malipo." enum:"daraja,malipo" default:"daraja"`
	StrictCallbacks bool              `help:"Refuse the callback URLs that Safaricom refuses: http, localhost, addresses, forbidden words."`
	Set             map[string]string `help:"A setting of the simulator; the control port lists them at /settings." placeholder:"NAME=VALUE" mapsep:";"`
}

// config is the simulator that the flags describe.
func (f worldFlags) config() (simapp.Config, error) {
	c := simapp.Config{Seed: f.Seed, Dialect: f.Dialect, StrictCallbacks: f.StrictCallbacks, Settings: f.Set}
	if f.Scenario == "" {
		return c, nil
	}
	name, source, err := readScenario(f.Scenario)
	c.ScenarioName, c.ScenarioSource = name, source
	return c, err
}

// maxScenario is more than a scenario may have; the parser says so.
const maxScenario = 1 << 20

// readScenario reads a file, or a ready scenario when there is no such file.
func readScenario(nameOrFile string) (name string, source []byte, err error) {
	info, err := os.Stat(nameOrFile)
	switch {
	case err == nil && info.Size() > maxScenario:
		return "", nil, fmt.Errorf("reading scenario %s: it has more than %d bytes", nameOrFile, maxScenario)
	case err == nil:
		source, err = os.ReadFile(nameOrFile)
	case errors.Is(err, fs.ErrNotExist) && !looksLikeFile(nameOrFile):
		source, err = scenarios.Read(nameOrFile)
		nameOrFile += ".yaml"
	}
	if err != nil {
		return "", nil, fmt.Errorf("reading scenario: %w", err)
	}
	return nameOrFile, source, nil
}

func looksLikeFile(s string) bool {
	ext := filepath.Ext(s)
	return strings.ContainsRune(s, filepath.Separator) || ext == ".yaml" || ext == ".yml"
}

type simulatorCmd struct {
	Addr        string  `help:"Address of the API." default:"127.0.0.1:7070"`
	ControlAddr string  `help:"Address of the control port." default:"127.0.0.1:7071"`
	Speed       float64 `help:"Divides every wait: 10 is ten times faster." default:"1"`
	worldFlags
	logFlags
}

// Run starts the simulator.
func (c *simulatorCmd) Run(e *env) error {
	config, err := c.config()
	if err != nil {
		return err
	}
	config.Addr, config.ControlAddr, config.Speed, config.Log = c.Addr, c.ControlAddr, c.Speed, c.logger(e.stderr)
	sim, err := simapp.New(config)
	if err != nil {
		return err
	}
	return serve(e, "simulator", sim, func() {
		fmt.Fprintf(e.stdout, "simulator  %s\ncontrol    %s\n", sim.URL(), sim.ControlURL())
	})
}
