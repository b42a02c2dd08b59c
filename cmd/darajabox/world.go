package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"
)

type worldCmd struct {
	Create   worldCreateCmd   `cmd:"" help:"Make a world of its own: customers, clock, scenario, journal, consumer key."`
	List     worldListCmd     `cmd:"" help:"List the worlds."`
	Show     worldShowCmd     `cmd:"" help:"Show a world and its credentials."`
	Load     worldLoadCmd     `cmd:"" help:"Put a scenario in charge of a world."`
	Unload   worldUnloadCmd   `cmd:"" help:"Take the scenario away."`
	Set      worldSetCmd      `cmd:"" help:"List a world's settings, or change them while it runs."`
	Reset    worldResetCmd    `cmd:"" help:"Bring a world back to its start."`
	Snapshot worldSnapshotCmd `cmd:"" help:"Remember a world as it is."`
	Restore  worldRestoreCmd  `cmd:"" help:"Bring a world back to a snapshot, or list the snapshots."`
	Delete   worldDeleteCmd   `cmd:"" help:"Delete a world."`
}

// Help teaches by example.
func (worldCmd) Help() string {
	return `A world is everything of one fake Daraja. A server holds many, and a consumer key belongs to one of them, so tests that run at once do not see each other.

    darajabox world create --scenario cancelled --frozen
    export DARAJABOX_WORLD=w1        # the commands that follow work in it
    darajabox world snapshot --name funded
    darajabox world restore funded
    darajabox world show w1
    darajabox world delete w1`
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
		{"created", short(i.CreatedAt)},
	})
}

type worldCreateCmd struct {
	ID       string            `help:"Name of the world; the simulator picks one unless given." placeholder:"ID" env:"-" name:"id"`
	Scenario string            `help:"Scenario file, or the name of a ready one." placeholder:"FILE-or-NAME" env:"-"`
	Preset   string            `help:"Preset of faults to start from: kind, sandbox or hostile." placeholder:"NAME" env:"-"`
	Seed     *int64            `help:"Seed of customers and identifiers: the same seed, the same run." placeholder:"N" env:"-"`
	Frozen   bool              `help:"Time stands still until 'clock advance' moves it." env:"-"`
	At       *moment           `help:"What the world's clock shows at first; now unless given." placeholder:"TIME" env:"-"`
	Speed    float64           `help:"How much faster than real time the clock runs." placeholder:"N" env:"-"`
	Set      map[string]string `help:"A setting of the simulator." placeholder:"NAME=VALUE" env:"-" mapsep:";"`
	controlFlags
}

// Help teaches by example.
func (*worldCreateCmd) Help() string {
	return `The text tells the credentials; --output json is for scripts:

    key=$(darajabox world create --scenario cancelled --frozen -o json | jq -r .consumer_key)
    darajabox world create --id shop --seed 7 --preset hostile
    darajabox world create --scenario flaky.yaml --frozen --at 2026-11-24T12:00`
}

// newWorld is the request for a world.
type newWorld struct {
	ID             string            `json:"id,omitempty"`
	Seed           *int64            `json:"seed,omitempty"`
	Scenario       string            `json:"scenario,omitempty"`
	ScenarioSource string            `json:"scenario_source,omitempty"`
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
	ask := newWorld{ID: c.ID, Seed: c.Seed, Preset: c.Preset, Settings: c.Set}
	var err error
	if ask.Scenario, ask.ScenarioSource, err = readyOrSource(c.Scenario); err != nil {
		return err
	}
	if c.Frozen || c.At != nil || c.Speed != 0 {
		ask.Clock = &newClock{Frozen: c.Frozen, Speed: c.Speed}
		if c.At != nil {
			ask.Clock.At = c.At.rfc3339()
		}
	}
	return do(e, c.controlFlags, call{method: http.MethodPost, path: "/worlds", body: ask}, func(w io.Writer, i worldInfo) {
		printWorld(w, i)
		fmt.Fprintf(w, "\nWork in it with --world %s, or: export DARAJABOX_WORLD=%s\n", i.ID, i.ID)
	})
}

// readyOrSource tells a ready scenario, which the simulator knows by name, from a
// file, which it has to be sent.
func readyOrSource(scenario string) (name, source string, err error) {
	if scenario == "" {
		return "", "", nil
	}
	if !looksLikeFile(scenario) && !isFile(scenario) {
		return scenario, "", nil
	}
	_, text, err := readScenario(scenario)
	return "", string(text), err
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
		table(w, "There is no world.", []string{"WORLD", "SCENARIO", "SEED", "CONSUMER KEY", "BASE URL", "CREATED"}, rows)
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
	Scenario string `arg:"" help:"Scenario file, or the name of a ready one." name:"file-or-name"`
	clientFlags
}

// Help teaches by example.
func (*worldLoadCmd) Help() string {
	return `A scenario with a mistake is refused with its place, and the one before stays in charge.

    darajabox world load cancelled
    darajabox world load flaky.yaml --world w1`
}

// Run loads the scenario.
func (c *worldLoadCmd) Run(e *env) error {
	ready, source, err := readyOrSource(c.Scenario)
	if err != nil {
		return err
	}
	load := call{method: http.MethodPut, path: c.path("scenario")}
	if ready != "" {
		load.query = map[string][]string{"name": {ready}}
	} else {
		load.body = yamlText(source)
	}
	type loaded struct {
		Name        string `json:"name"`
		Description string `json:"description"`
	}
	return do(e, c.controlFlags, load, func(w io.Writer, l loaded) {
		fmt.Fprintf(w, "%s is in charge of world %s\n%s", l.Name, c.World, paragraph(l.Description))
	})
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
	return `Payments, customers, queue, callbacks and journal are forgotten, and the scenario that the world began with is in charge again. The clock, tokens and receipt numbers go on.`
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
	Name string `help:"What to call it." placeholder:"NAME" env:"-"`
	clientFlags
}

// Run takes the snapshot.
func (c *worldSnapshotCmd) Run(e *env) error {
	body := map[string]string{}
	if c.Name != "" {
		body["name"] = c.Name
	}
	return do(e, c.controlFlags, call{method: http.MethodPost, path: c.path("snapshots"), body: body}, func(w io.Writer, s snapshotInfo) {
		fmt.Fprintf(w, "snapshot %s of world %s at %s; back to it with: darajabox world restore %s\n", s.ID, c.World, short(s.At), s.ID)
	})
}

type worldRestoreCmd struct {
	Snapshot string `arg:"" optional:"" help:"ID or name of a snapshot; without one, those that there are are listed."`
	clientFlags
}

type snapshotList struct {
	Snapshots []snapshotInfo `json:"snapshots"`
}

// Run restores the snapshot.
func (c *worldRestoreCmd) Run(e *env) error {
	list := call{method: http.MethodGet, path: c.path("snapshots")}
	if c.Snapshot == "" {
		return do(e, c.controlFlags, list, printSnapshots)
	}
	var all snapshotList
	if err := c.read(e, list, &all); err != nil {
		return err
	}
	id := all.find(c.Snapshot)
	return instruct(e, c.controlFlags, call{method: http.MethodPost, path: c.path("snapshots", id, "restore")},
		"world "+c.World+" is as it was at snapshot "+id)
}

func printSnapshots(w io.Writer, l snapshotList) {
	var rows [][]string
	for _, s := range l.Snapshots {
		rows = append(rows, []string{s.ID, s.Name, short(s.At)})
	}
	table(w, "There is no snapshot; `darajabox world snapshot` takes one.", []string{"SNAPSHOT", "NAME", "AT"}, rows)
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
	World string `help:"The same. DARAJABOX_WORLD is not asked: what is deleted is named." placeholder:"ID" env:"-"`
	controlFlags
}

// Validate wants one world, named here.
func (c *worldDeleteCmd) Validate() error {
	switch {
	case c.ID == "" && c.World == "":
		return errors.New("say which world, as in 'world delete w1'; `darajabox world list` has them")
	case c.ID != "" && c.World != "" && c.ID != c.World:
		return errors.New("say either a world or --world, not both")
	}
	return nil
}

// Run deletes the world.
func (c *worldDeleteCmd) Run(e *env) error {
	id := cmp.Or(c.ID, c.World)
	return instruct(e, c.controlFlags, call{method: http.MethodDelete, path: worldPath(id)}, "world "+id+" is deleted")
}
