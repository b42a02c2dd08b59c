package app

import (
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/url"
	"time"

	"github.com/darajabox/darajabox/gateway"
)

// Config is what a gateway is made of.
type Config struct {
	Addr string // host:port to listen on; port 0 is the kernel's choice
	Data string // folder of the database; made when it is not there

	// Database is postgres://… for a database that several gateways share, or the
	// folder, or the file gateway.db, of one that is this gateway's alone. "" is Data.
	Database string

	DarajaURL      string // such as https://api.safaricom.co.ke
	ConsumerKey    string
	ConsumerSecret string
	Shortcode      string
	Passkey        string

	// CallbackURL is where Daraja reaches this gateway, without a path of its own
	// callbacks. "" is the bound address, which is good for a Daraja on the same
	// machine only.
	CallbackURL string

	Partners []PartnerConfig
	Speed    float64        // divides every wait; 0 is 1, real time
	Waits    *gateway.Waits // nil is gateway.StandardWaits
	Clock    gateway.Clock  // nil is the machine's
	Log      *slog.Logger   // nil discards
}

// PartnerConfig is a partner and its API key.
type PartnerConfig struct {
	Name string
	Key  string
}

// withDefaults fills in what may be left out.
func (cfg Config) withDefaults() Config {
	if cfg.Speed == 0 {
		cfg.Speed = 1
	}
	if cfg.Waits == nil {
		w := gateway.StandardWaits()
		cfg.Waits = &w
	}
	if cfg.Clock == nil {
		cfg.Clock = machineClock{}
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return cfg
}

// check says what is wrong with cfg, as much as can be known before it starts.
func (cfg Config) check() error {
	for _, f := range []struct{ name, value string }{
		{"an address to listen on", cfg.Addr}, {"a data folder", cfg.Data + cfg.Database}, {"a Daraja URL", cfg.DarajaURL},
		{"a consumer key", cfg.ConsumerKey}, {"a consumer secret", cfg.ConsumerSecret},
		{"a shortcode", cfg.Shortcode}, {"a passkey", cfg.Passkey},
	} {
		if f.value == "" {
			return fmt.Errorf("%s is required", f.name)
		}
	}
	if err := checkURL("the Daraja URL", cfg.DarajaURL); err != nil {
		return err
	}
	if cfg.CallbackURL != "" {
		if err := checkURL("the callback URL", cfg.CallbackURL); err != nil {
			return err
		}
	}
	if !isShortcode(cfg.Shortcode) {
		return fmt.Errorf("shortcode %q is not 5 to 7 digits", cfg.Shortcode)
	}
	if !(cfg.Speed > 0) || math.IsInf(cfg.Speed, 1) {
		return fmt.Errorf("speed %v is not above 0", cfg.Speed)
	}
	return nil
}

func checkURL(name, raw string) error {
	u, err := url.Parse(raw)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "" {
		return fmt.Errorf("%s %q is not an absolute http or https URL", name, raw)
	}
	if u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return fmt.Errorf("%s may not have a user, a query or a fragment", name)
	}
	return nil
}

func isShortcode(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return len(s) >= 5 && len(s) <= 7
}

// partners puts the configured ones together. A partner may have several keys; a
// key has one partner.
func (cfg Config) partners() (*gateway.Partners, error) {
	if len(cfg.Partners) == 0 {
		return nil, errors.New("at least one partner is required")
	}
	known := &gateway.Partners{}
	for _, p := range cfg.Partners {
		if err := known.Add(p.Name, p.Key); err != nil {
			return nil, err
		}
	}
	return known, nil
}

// machineClock is the machine's own time.
type machineClock struct{}

// Now implements gateway.Clock.
func (machineClock) Now() time.Time { return time.Now() }

// AfterFunc implements gateway.Clock.
func (machineClock) AfterFunc(d time.Duration, f func()) (stop func() bool) {
	return time.AfterFunc(d, f).Stop
}
