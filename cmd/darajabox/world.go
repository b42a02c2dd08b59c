package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/darajabox/darajabox/simulator/control/client"
	"github.com/darajabox/darajabox/simulator/scenario"
)

type worldCmd struct {
	Create   worldCreateCmd   `cmd:"" help:"Create a world with its own customers, clock, scenario, journal and consumer key."`
	List     worldListCmd     `cmd:"" help:"List the worlds."`
	Show     worldShowCmd     `cmd:"" help:"Show a world and its credentials."`
	Load     worldLoadCmd     `cmd:"" help:"Load a scenario into a world."`
	Unload   worldActionCmd   `cmd:"" help:"Unload the scenario of a world."`
	Set      worldSetCmd      `cmd:"" help:"List a world's settings, or change them while it runs."`
	Reset    worldActionCmd   `cmd:"" help:"Reset a world to its start."`
	Snapshot worldSnapshotCmd `cmd:"" help:"Take a snapshot of a world."`
	Restore  worldRestoreCmd  `cmd:"" help:"Restore a world from a snapshot, or list the snapshots."`
	Delete   worldDeleteCmd   `cmd:"" help:"Delete a world."`
}

func printWorld(w io.Writer, i client.World) {
	printRows(w, [][]string{
		{"world", i.ID}, {"consumer key", i.ConsumerKey}, {"consumer secret", i.ConsumerSecret}, {"base URL", i.BaseURL},
		{"control", i.ControlURL}, {"shortcode", i.Shortcode}, {"passkey", i.Passkey}, {"seed", fmt.Sprint(i.Seed)},
		{"scenario", i.Scenario}, {"created", zonedTime(i.CreatedAt)},
	}...)
}

type worldCreateCmd struct {
	ID       string            `help:"Name of the world; the simulator picks one unless given." placeholder:"ID" env:"-" name:"id"`
	Scenario string            `predictor:"scenario" help:"Scenario file, or the name of a ready one." placeholder:"FILE-or-NAME" env:"-"`
	Preset   string            `predictor:"preset" help:"Preset: background faults under any scenario: kind (none), sandbox (as flaky as Safaricom's), hostile (every fault now and then)." placeholder:"NAME" env:"-"`
	Seed     *int64            `help:"Seed of customers and identifiers: the same seed, the same run." placeholder:"N" env:"-"`
	Frozen   bool              `help:"Freeze the clock: it stands still until 'clock advance' moves it." env:"-"`
	At       *moment           `help:"Time that the world's clock shows at the start; now unless given." placeholder:"TIME" env:"-"`
	Speed    float64           `help:"How much faster than real time the clock runs." placeholder:"N" env:"-"`
	Set      map[string]string `help:"A setting of the simulator, such as pending_query=500." placeholder:"NAME=VALUE" env:"-" mapsep:";"`
	controlFlags
}

func (c *worldCreateCmd) Run(e *env) error {
	world, err := scenarioToSend(e, c.Scenario)
	if err != nil {
		return err
	}
	world.ID, world.Seed, world.Preset, world.Settings = c.ID, c.Seed, c.Preset, c.Set
	if c.Frozen || c.At != nil || c.Speed != 0 {
		world.Clock = &client.NewClock{Frozen: c.Frozen, Speed: c.Speed}
		if c.At != nil {
			world.Clock.At = &c.At.Time
		}
	}
	created, err := c.client().CreateWorld(e.ctx, world)
	err = answerOf(created, err).print(e, c, func(w io.Writer, i client.World) {
		printWorld(w, i)
		fmt.Fprintf(w, "\nWork in it with --world %s, or: export DARAJABOX_WORLD=%s\n", i.ID, i.ID)
	})
	return printScenarioFaults(e, err, c.Scenario)
}

// scenarioToSend is the scenario of a new world: the name of a ready one, or the text of a
// file, which is checked. The simulator does not open the file.
func scenarioToSend(e *env, given string) (world client.NewWorld, err error) {
	if given == "" || !looksLikeFile(given) && !isFile(given) {
		return client.NewWorld{Scenario: given}, nil
	}
	file, text, _, err := findScenario(given)
	if err != nil {
		return world, err
	}
	included := &includedFiles{}
	if err := checkScenario(e, file, text, included.load); err != nil {
		return world, err
	}
	// What is no file is a ready scenario that is written like one.
	others := slices.DeleteFunc(included.list(), func(name string) bool { return !isFile(name) })
	if len(others) > 0 {
		return world, fmt.Errorf("%s includes %s, and a running simulator is sent one file only; put the rules into one file, or start the simulator with --scenario %s",
			file, strings.Join(others, " and "), file)
	}
	return client.NewWorld{ScenarioSource: string(text), ScenarioFile: filepath.Base(file)}, nil
}

// checkScenario prints every mistake and warning of a scenario's file, as `scenario
// validate` does, and fails when there is a mistake.
func checkScenario(e *env, file string, source []byte, load scenario.Loader) error {
	mistakes := language().Check(file, source, load)
	for _, m := range mistakes {
		fmt.Fprintf(e.stderr, "%s\n", m)
	}
	if len(mistakes) > 0 {
		return notLoaded(e, file, len(mistakes))
	}
	printWarnings(e.stderr, file, source, load)
	return nil
}

// printWarnings prints the warnings of a scenario without mistakes.
func printWarnings(w io.Writer, file string, source []byte, load scenario.Loader) {
	for _, m := range language().Warnings(file, source, load) {
		fmt.Fprintf(w, "warning: %s\n", m)
	}
}

// printScenarioFaults prints the mistakes that a simulator found in the file that it was
// sent, whose folder it does not know.
func printScenarioFaults(e *env, err error, file string) error {
	faults := client.ScenarioErrors(err)
	if len(faults) == 0 {
		return err
	}
	for _, f := range faults {
		fmt.Fprintf(e.stderr, "%s:%d:%d: %s\n", file, f.Line, f.Column, f.Error.Text())
	}
	return notLoaded(e, file, len(faults))
}

func notLoaded(e *env, file string, mistakes int) error {
	fmt.Fprintf(e.stderr, "darajabox: %s has %s and was not loaded\n", file, plural(mistakes, "mistake", "mistakes"))
	return errReported
}

func isFile(name string) bool {
	info, err := os.Stat(name)
	return err == nil && !info.IsDir()
}

type worldListCmd struct{ controlFlags }

func (c *worldListCmd) Run(e *env) error {
	return answerOf(c.client().Worlds(e.ctx)).print(e, c, func(w io.Writer, l client.Worlds) {
		const header = "WORLD|SCENARIO|SEED|CONSUMER KEY|BASE URL|CREATED (EAT)"
		printTable(w, "There is no world.", header, l.Worlds, func(i client.World) []string {
			return []string{i.ID, i.Scenario, fmt.Sprint(i.Seed), i.ConsumerKey, i.BaseURL, shortTime(i.CreatedAt)}
		})
	})
}

type worldShowCmd struct {
	ID string `arg:"" optional:"" name:"id" help:"ID of the world; that of --world unless given."`
	clientFlags
}

func (c *worldShowCmd) Run(e *env) error {
	c.World = cmp.Or(c.ID, c.World)
	return answerOf(c.world().World(e.ctx)).print(e, c, printWorld)
}

type worldLoadCmd struct {
	Scenario string `arg:"" predictor:"scenario" help:"Scenario file, or the name of a ready one." name:"file-or-name"`
	clientFlags
}

func (c *worldLoadCmd) Run(e *env) error {
	s, err := scenarioToSend(e, c.Scenario)
	if err != nil {
		return err
	}
	var loaded client.Scenario
	if s.Scenario != "" {
		loaded, err = c.world().LoadReadyScenario(e.ctx, s.Scenario)
	} else {
		loaded, err = c.world().LoadScenario(e.ctx, s.ScenarioFile, s.ScenarioSource)
	}
	err = answerOf(loaded, err).print(e, c, func(w io.Writer, l client.Scenario) {
		fmt.Fprintf(w, "scenario %s is active in world %s\n", l.Name, c.World)
		if l.Description != "" {
			fmt.Fprintf(w, "  %s\n", oneLine(l.Description))
		}
	})
	return printScenarioFaults(e, err, c.Scenario)
}

type worldSetCmd struct {
	Settings map[string]string `arg:"" optional:"" name:"name=value" help:"Settings to change; without any, all are listed."`
	clientFlags
}

func (c *worldSetCmd) Run(e *env) error {
	if len(c.Settings) > 0 {
		return answerOf(c.world().ChangeSettings(e.ctx, c.Settings)).print(e, c, func(w io.Writer, _ client.Settings) {
			for _, name := range slices.Sorted(maps.Keys(c.Settings)) {
				fmt.Fprintf(w, "%s is %s\n", name, oneLine(c.Settings[name]))
			}
		})
	}
	return answerOf(c.world().Settings(e.ctx)).print(e, c, func(w io.Writer, l client.Settings) {
		printTable(w, "There is no setting.", "SETTING|VALUE|ALLOWED|WHAT IT IS", l.Settings, func(s client.Setting) []string {
			return []string{s.Name, s.Value, strings.Join(s.Allowed, ", "), s.Doc}
		})
	})
}

type worldSnapshotCmd struct {
	Name string `help:"Name of the snapshot." placeholder:"NAME" env:"-"`
	clientFlags
}

func (c *worldSnapshotCmd) Run(e *env) error {
	return answerOf(c.world().TakeSnapshot(e.ctx, c.Name)).print(e, c, func(w io.Writer, s client.Snapshot) {
		fmt.Fprintf(w, "snapshot %s of world %s at %s; back to it with: %s\n", s.ID, c.World, zonedTime(s.At), c.hint(e, "world", "restore", s.ID))
	})
}

type worldRestoreCmd struct {
	Snapshot string `arg:"" optional:"" help:"ID or name of a snapshot; without it, the snapshots are listed."`
	clientFlags
}

func (c *worldRestoreCmd) Run(e *env) error {
	list, err := c.world().Snapshots(e.ctx)
	if c.Snapshot == "" || err != nil {
		return answerOf(list, err).print(e, c, func(w io.Writer, l client.Snapshots) {
			none := "There is no snapshot; `" + c.hint(e, "world", "snapshot") + "` takes one."
			printTable(w, none, "SNAPSHOT|NAME|AT (EAT)", l.Snapshots, func(s client.Snapshot) []string {
				return []string{s.ID, s.Name, shortTime(s.At)}
			})
		})
	}
	id := c.Snapshot
	for _, s := range list.Snapshots { // the latest of the name, unless one has it as its ID
		if s.Name == c.Snapshot || s.ID == c.Snapshot {
			id = s.ID
		}
		if s.ID == c.Snapshot {
			break
		}
	}
	return confirm(e, c, c.world().Restore(e.ctx, id), "world "+c.World+" is as it was at snapshot "+id)
}

type worldDeleteCmd struct {
	ID    string `arg:"" optional:"" name:"id" help:"ID of the world."`
	World string `help:"ID of the world, as the argument. DARAJABOX_WORLD is not read: name the world that you delete." placeholder:"ID" env:"-"`
	controlFlags
}

func (c *worldDeleteCmd) Validate() error {
	switch {
	case c.ID == "" && c.World == "":
		return errors.New("name the world, as in 'world delete w-1'; 'world list' lists them")
	case c.ID != "" && c.World != "" && c.ID != c.World:
		return errors.New("give either a world or --world, not both")
	}
	return nil
}

func (c *worldDeleteCmd) Run(e *env) error {
	c.World = cmp.Or(c.ID, c.World) // a refusal prints a command for this world
	return confirm(e, c, c.client().In(c.World).DeleteWorld(e.ctx), "world "+c.World+" is deleted")
}
