package client

import (
	"context"
	"net/http"
	"time"

	"github.com/darajabox/darajabox/internal/apiclient"
)

// World is how a world is reached, and what it was made of. Its secrets are the fake's own.
type World struct {
	ID             string    `json:"id"`
	ConsumerKey    string    `json:"consumer_key"`
	ConsumerSecret string    `json:"consumer_secret"`
	BaseURL        string    `json:"base_url"`    // of Daraja's API, for all worlds: the key tells which
	URL            string    `json:"url"`         // the same, with the world in its path
	ControlURL     string    `json:"control_url"` // of the control API, for this world
	Shortcode      string    `json:"shortcode"`
	Passkey        string    `json:"passkey"`
	Seed           int64     `json:"seed"`
	Scenario       string    `json:"scenario"`
	CreatedAt      time.Time `json:"created_at"`
}

// Worlds are the worlds of a simulator, in order of creation.
type Worlds struct {
	Worlds []World `json:"worlds"`
}

// NewWorld is what a world is made of. The zero value is a world like the default one.
type NewWorld struct {
	ID             string            `json:"id,omitempty"`
	Seed           *int64            `json:"seed,omitempty"`
	Scenario       string            `json:"scenario,omitempty"`        // name of a ready one
	ScenarioSource string            `json:"scenario_source,omitempty"` // YAML, instead of Scenario
	ScenarioFile   string            `json:"scenario_file,omitempty"`   // the name of the file that ScenarioSource is from, without its folder
	Preset         string            `json:"preset,omitempty"`
	Clock          *NewClock         `json:"clock,omitempty"`
	Settings       map[string]string `json:"settings,omitempty"`
}

// NewClock is how a world's clock begins.
type NewClock struct {
	Frozen bool       `json:"frozen,omitempty"`
	At     *time.Time `json:"at,omitempty"`    // nil is now
	Speed  float64    `json:"speed,omitempty"` // times real time; 0 is 1
}

// Worlds lists the worlds.
func (c *Client) Worlds(ctx context.Context) (Worlds, error) {
	return get[Worlds](ctx, c.root(), "/worlds", nil)
}

// CreateWorld makes a world; In works in it.
func (c *Client) CreateWorld(ctx context.Context, n NewWorld) (World, error) {
	return send[World](ctx, c.root(), http.MethodPost, "/worlds", n)
}

// World is the client's own world.
func (c *Client) World(ctx context.Context) (World, error) {
	return get[World](ctx, c.root(), c.self(), nil)
}

// DeleteWorld deletes the world. The default world is refused.
func (c *Client) DeleteWorld(ctx context.Context) error {
	return c.root().do(ctx, http.MethodDelete, c.self())
}

// Reset brings the world back to its start. The clock goes on as it is.
func (c *Client) Reset(ctx context.Context) error { return c.do(ctx, http.MethodPost, "/reset") }

// Snapshot is a state that a world can go back to.
type Snapshot struct {
	ID   string    `json:"id"`
	Name string    `json:"name"`
	At   time.Time `json:"at"` // the world's time
}

// Snapshots are those of a world, oldest first.
type Snapshots struct {
	Snapshots []Snapshot `json:"snapshots"`
}

// NewSnapshot is a request for a snapshot.
type NewSnapshot struct {
	Name string `json:"name,omitempty"`
}

// TakeSnapshot keeps the world as it is under a name, which may be "".
func (c *Client) TakeSnapshot(ctx context.Context, name string) (Snapshot, error) {
	return send[Snapshot](ctx, c, http.MethodPost, "/snapshots", NewSnapshot{Name: name})
}

// Snapshots lists the snapshots.
func (c *Client) Snapshots(ctx context.Context) (Snapshots, error) {
	return get[Snapshots](ctx, c, "/snapshots", nil)
}

// Restore brings the world back to a snapshot.
func (c *Client) Restore(ctx context.Context, id string) error {
	return c.do(ctx, http.MethodPost, apiclient.Path("snapshots", id, "restore"))
}

// Setting is a switch for what the real Daraja was seen to do in more than one way.
type Setting struct {
	Name    string   `json:"name"`
	Value   string   `json:"value"`
	Default string   `json:"default"`
	Allowed []string `json:"allowed"`
	Doc     string   `json:"doc"`
}

// Settings are all settings of a world.
type Settings struct {
	Settings []Setting `json:"settings"`
}

// Settings lists the settings.
func (c *Client) Settings(ctx context.Context) (Settings, error) {
	return get[Settings](ctx, c, "/settings", nil)
}

// ChangeSettings sets settings, by name, while the world runs.
func (c *Client) ChangeSettings(ctx context.Context, values map[string]string) (Settings, error) {
	return send[Settings](ctx, c, http.MethodPut, "/settings", values)
}
