package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/darajabox/darajabox/simulator/scenario"
)

type worldCmd struct {
	Create   worldCreateCmd   `cmd:"" help:"Create a world with its own customers, clock, scenario, journal and consumer key."`
	List     worldListCmd     `cmd:"" help:"List the worlds."`
	Show     worldShowCmd     `cmd:"" help:"Show a world and its credentials."`
	Load     worldLoadCmd     `cmd:"" help:"Load a scenario into a world."`
	Unload   worldUnloadCmd   `cmd:"" help:"Unload the scenario of a world."`
	Set      worldSetCmd      `cmd:"" help:"List a world's settings, or change them while it runs."`
	Reset    worldResetCmd    `cmd:"" help:"Reset a world to its start."`
	Snapshot worldSnapshotCmd `cmd:"" help:"Take a snapshot of a world."`
	Restore  worldRestoreCmd  `cmd:"" help:"Restore a world from a snapshot, or list the snapshots."`
	Delete   worldDeleteCmd   `cmd:"" help:"Delete a world."`
}

// Help teaches by example.
func (worldCmd) Help() string {
	return `A world is an isolated copy of the simulator: its own customers, clock, scenario, journal and consumer key. Tests that run at the same time use a world each and do not see each other.

    darajabox world create --scenario cancelled --frozen
    export DARAJABOX_WORLD=w-1       # for the commands that follow
    darajabox world snapshot --name funded
    darajabox world restore funded
    darajabox world show w-1
    darajabox world delete w-1`
}

// worldInfo is a world as the control API describes it.
type worldInfo struct {
	ID             string    `json:"id"`
	ConsumerKey    string    `json:"consumer_key"`
	ConsumerSecret string    `json:"consumer_secret"`
	BaseURL        string    `json:"base_url"`
	URL            string    `json:"url"`
	ControlURL     string    `json:"control_url"`
	Shortcode      string    `json:"shortcode"`
	Passkey        string    `json:"passkey"`
	Seed           int64     `json:"seed"`
	Scenario       string    `json:"scenario"`
	CreatedAt      time.Time `json:"created_at"`
}

func printWorld(w io.Writer, i worldInfo) {
	aligned(w, [][]string{
		{"world", i.ID},
		{"consumer key", i.ConsumerKey},
		{"consumer secret", i.ConsumerSecret},
		{"base URL", i.BaseURL},
		{"control", i.ControlURL},
		{"shortcode", i.Shortcode},
		{"passkey", i.Passkey},
		{"seed", fmt.Sprint(i.Seed)},
		{"scenario", i.Scenario},
		{"created", zoned(i.CreatedAt)},
	})
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

// Help teaches by example.
func (*worldCreateCmd) Help() string {
	return `Prints the credentials; --output json is for scripts:

    key=$(darajabox world create --scenario cancelled --frozen -o json | jq -r .consumer_key)
    darajabox world create --id shop --seed 7 --preset hostile
    darajabox world create --scenario flaky.yaml --frozen --at 2030-01-01T12:00`
}

// newWorld is the request for a world.
type newWorld struct {
	ID             string            `json:"id,omitempty"`
	Seed           *int64            `json:"seed,omitempty"`
	Scenario       string            `json:"scenario,omitempty"`
	ScenarioSource string            `json:"scenario_source,omitempty"`
	ScenarioFile   string            `json:"scenario_file,omitempty"`
	Preset         string            `json:"preset,omitempty"`
	Clock          *newClock         `json:"clock,omitempty"`
	Settings       map[string]string `json:"settings,omitempty"`
}

type newClock struct {
	Frozen bool    `json:"frozen,omitempty"`
	At     string  `json:"at,omitempty"`
	Speed  float64 `json:"speed,omitempty"`
}

// Run makes the world.
func (c *worldCreateCmd) Run(e *env) error {
	s, err := readyOrSource(e, c.Scenario)
	if err != nil {
		return err
	}
	ask := newWorld{ID: c.ID, Seed: c.Seed, Preset: c.Preset, Settings: c.Set, Scenario: s.ready, ScenarioSource: s.source, ScenarioFile: s.file}
	if c.Frozen || c.At != nil || c.Speed != 0 {
		ask.Clock = &newClock{Frozen: c.Frozen, Speed: c.Speed}
		if c.At != nil {
			ask.Clock.At = c.At.rfc3339()
		}
	}
	err = do(e, c.controlFlags, call{method: http.MethodPost, path: "/worlds", body: ask}, func(w io.Writer, i worldInfo) {
		printWorld(w, i)
		fmt.Fprintf(w, "\nWork in it with --world %s, or: export DARAJABOX_WORLD=%s\n", i.ID, i.ID)
	})
	return inFile(e, err, c.Scenario)
}

// sentScenario is a scenario as a running simulator is sent it; the zero value is none.
type sentScenario struct {
	ready  string // name of a ready one, or
	source string // the text of a file
	file   string // that file's name, without its folder: the simulator does not open it
}

// readyOrSource tells a ready scenario, which the simulator knows by name, from a
// file, which it has to be sent and which is checked here.
func readyOrSource(e *env, given string) (sentScenario, error) {
	if given == "" {
		return sentScenario{}, nil
	}
	if !looksLikeFile(given) && !isFile(given) {
		return sentScenario{ready: given}, nil
	}
	file, text, err := readScenario(given)
	if err != nil {
		return sentScenario{}, err
	}
	found := &included{}
	if err := checkScenario(e, file, text, found.load); err != nil {
		return sentScenario{}, err
	}
	// One that is no file is a ready scenario that is written like one.
	others := slices.DeleteFunc(found.list(), func(name string) bool { return !isFile(name) })
	if len(others) > 0 {
		return sentScenario{}, fmt.Errorf("%s includes %s, and a running simulator is sent one file only; put the rules into one file, or start the simulator with --scenario %s",
			file, strings.Join(others, " and "), file)
	}
	return sentScenario{source: string(text), file: filepath.Base(file)}, nil
}

// checkScenario prints every mistake and warning of a scenario's file, as `scenario
// validate` does, and fails when there is a mistake.
func checkScenario(e *env, file string, source []byte, load scenario.Loader) error {
	mistakes := scenario.Check(file, source, load)
	for _, m := range mistakes {
		fmt.Fprintf(e.stderr, "%s\n", m)
	}
	if len(mistakes) > 0 {
		return notLoaded(e, file, len(mistakes))
	}
	printWarnings(e.stderr, file, source, load)
	return nil
}

// printWarnings prints what a scenario without mistakes says in vain.
func printWarnings(w io.Writer, file string, source []byte, load scenario.Loader) {
	for _, m := range scenario.Warnings(file, source, load) {
		fmt.Fprintf(w, "warning: %s\n", m)
	}
}

// inFile prints the mistakes that a simulator found in the file that it was sent, whose
// folder it does not know.
func inFile(e *env, err error, file string) error {
	refused := refusedError{}
	if !errors.As(err, &refused) || len(refused.faults) == 0 {
		return err
	}
	for _, f := range refused.faults {
		fmt.Fprintf(e.stderr, "%s:%d:%d: %s\n", file, f.Line, f.Column, f.withoutPlace())
	}
	return notLoaded(e, file, len(refused.faults))
}

func notLoaded(e *env, file string, mistakes int) error {
	fmt.Fprintf(e.stderr, "darajabox: %s has %s and was not loaded\n", file, counted(mistakes, "mistake"))
	return errReported
}

func isFile(name string) bool {
	info, err := os.Stat(name)
	return err == nil && !info.IsDir()
}

type worldListCmd struct{ controlFlags }

// Run lists the worlds.
func (c *worldListCmd) Run(e *env) error {
	type list struct {
		Worlds []worldInfo `json:"worlds"`
	}
	return do(e, c.controlFlags, call{method: http.MethodGet, path: "/worlds"}, func(w io.Writer, l list) {
		var rows [][]string
		for _, i := range l.Worlds {
			rows = append(rows, []string{i.ID, i.Scenario, fmt.Sprint(i.Seed), i.ConsumerKey, i.BaseURL, short(i.CreatedAt)})
		}
		table(w, "There is no world.", []string{"WORLD", "SCENARIO", "SEED", "CONSUMER KEY", "BASE URL", "CREATED (EAT)"}, rows)
	})
}

type worldShowCmd struct {
	ID string `arg:"" optional:"" name:"id" help:"ID of the world; that of --world unless given."`
	clientFlags
}

// Run shows the world.
func (c *worldShowCmd) Run(e *env) error {
	if c.ID != "" {
		c.World = c.ID
	}
	return do(e, c.controlFlags, call{method: http.MethodGet, path: c.path()}, printWorld)
}

type worldLoadCmd struct {
	Scenario string `arg:"" predictor:"scenario" help:"Scenario file, or the name of a ready one." name:"file-or-name"`
	clientFlags
}

// Help teaches by example.
func (*worldLoadCmd) Help() string {
	return `A file with a mistake is not loaded: each mistake is printed with its place, and the scenario before it stays active.

    darajabox world load cancelled
    darajabox world load flaky.yaml --world w-1`
}

// Run loads the scenario.
func (c *worldLoadCmd) Run(e *env) error {
	s, err := readyOrSource(e, c.Scenario)
	if err != nil {
		return err
	}
	load := call{method: http.MethodPut, path: c.path("scenario")}
	if s.ready != "" {
		load.query = url.Values{"name": {s.ready}}
	} else {
		load.query, load.body = url.Values{"file": {s.file}}, yamlText(s.source)
	}
	type loaded struct {
		Name        string `json:"name"`
		Description string `json:"description"`
	}
	err = do(e, c.controlFlags, load, func(w io.Writer, l loaded) {
		fmt.Fprintf(w, "scenario %s is active in world %s\n%s", l.Name, c.World, paragraph(l.Description))
	})
	return inFile(e, err, c.Scenario)
}

// paragraph is a description below the line that it describes; "" has none.
func paragraph(s string) string {
	if s == "" {
		return ""
	}
	return "  " + oneLine(s) + "\n"
}

type worldUnloadCmd struct{ clientFlags }

// Run takes the scenario away.
func (c *worldUnloadCmd) Run(e *env) error {
	return instruct(e, c.controlFlags, call{method: http.MethodDelete, path: c.path("scenario")}, "world "+c.World+" has no scenario")
}

type worldResetCmd struct{ clientFlags }

// Help says what stays.
func (*worldResetCmd) Help() string {
	return `Removes payments, customers, queue, callbacks and journal, and loads the scenario that the world began with. The clock, tokens and receipt numbers continue.`
}

// Run resets the world.
func (c *worldResetCmd) Run(e *env) error {
	return instruct(e, c.controlFlags, call{method: http.MethodPost, path: c.path("reset")}, "world "+c.World+" is reset")
}

// snapshotInfo is a snapshot as the control API describes it.
type snapshotInfo struct {
	ID   string    `json:"id"`
	Name string    `json:"name"`
	At   time.Time `json:"at"`
}

type worldSnapshotCmd struct {
	Name string `help:"Name of the snapshot." placeholder:"NAME" env:"-"`
	clientFlags
}

// Run takes the snapshot.
func (c *worldSnapshotCmd) Run(e *env) error {
	body := map[string]string{}
	if c.Name != "" {
		body["name"] = c.Name
	}
	return do(e, c.controlFlags, call{method: http.MethodPost, path: c.path("snapshots"), body: body}, func(w io.Writer, s snapshotInfo) {
		fmt.Fprintf(w, "snapshot %s of world %s at %s; back to it with: %s\n", s.ID, c.World, zoned(s.At), c.hint(e, "world", "restore", s.ID))
	})
}

type worldRestoreCmd struct {
	Snapshot string `arg:"" optional:"" help:"ID or name of a snapshot; without it, the snapshots are listed."`
	clientFlags
}

type snapshotList struct {
	Snapshots []snapshotInfo `json:"snapshots"`
}

// Run restores the snapshot.
func (c *worldRestoreCmd) Run(e *env) error {
	list := call{method: http.MethodGet, path: c.path("snapshots")}
	if c.Snapshot == "" {
		return do(e, c.controlFlags, list, func(w io.Writer, l snapshotList) {
			printSnapshots(w, l, c.hint(e, "world", "snapshot"))
		})
	}
	var all snapshotList
	if err := c.read(e, list, &all); err != nil {
		return err
	}
	id := all.find(c.Snapshot)
	return instruct(e, c.controlFlags, call{method: http.MethodPost, path: c.path("snapshots", id, "restore")},
		"world "+c.World+" is as it was at snapshot "+id)
}

// printSnapshots lists them; take is the command that takes one.
func printSnapshots(w io.Writer, l snapshotList, take string) {
	var rows [][]string
	for _, s := range l.Snapshots {
		rows = append(rows, []string{s.ID, s.Name, short(s.At)})
	}
	table(w, "There is no snapshot; `"+take+"` takes one.", []string{"SNAPSHOT", "NAME", "AT (EAT)"}, rows)
}

// find is the id of the snapshot that has the id, or of the latest that has the name.
func (l snapshotList) find(idOrName string) string {
	id := idOrName
	for _, s := range l.Snapshots {
		switch idOrName {
		case s.ID:
			return s.ID
		case s.Name:
			id = s.ID
		}
	}
	return id
}

type worldDeleteCmd struct {
	ID    string `arg:"" optional:"" name:"id" help:"ID of the world."`
	World string `help:"ID of the world, as the argument. DARAJABOX_WORLD is not read: name the world that you delete." placeholder:"ID" env:"-"`
	controlFlags
}

// Validate wants one world, named here.
func (c *worldDeleteCmd) Validate() error {
	switch {
	case c.ID == "" && c.World == "":
		return errors.New("say which world, as in 'world delete w-1'; 'world list' lists them")
	case c.ID != "" && c.World != "" && c.ID != c.World:
		return errors.New("say either a world or --world, not both")
	}
	return nil
}

// Run deletes the world.
func (c *worldDeleteCmd) Run(e *env) error {
	c.World = cmp.Or(c.ID, c.World) // a refusal prints a command for this world
	return instruct(e, c.controlFlags, call{method: http.MethodDelete, path: worldPath(c.World)}, "world "+c.World+" is deleted")
}
