package app

import (
	"cmp"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/url"
	"strconv"
	"time"

	"github.com/darajabox/darajabox/gateway"
	"github.com/darajabox/darajabox/gateway/tracing"
)

// Config is what a gateway is made of.
type Config struct {
	Addr string // host:port to listen on; port 0 is the kernel's choice
	Data string // folder of the database; made when it is not there

	// MakeData makes Data with a database on PostgreSQL too, so that the loss of that
	// database is noticed.
	MakeData bool

	// Database is postgres://… for a database that several gateways share, or the
	// folder, or the file gateway.db, of one that is this gateway's alone. "" is Data.
	Database string

	// BeginAnew allows an empty database where the data folder shows that there was
	// another one before. It is for one start.
	BeginAnew bool

	Version string // of darajabox, for User-Agent; "" is what the build knows

	DarajaURL      string // such as https://api.safaricom.co.ke
	ConsumerKey    string
	ConsumerSecret string
	Shortcode      string // the paybill, or the store number of Till
	Till           string // Buy Goods till that receives the money; "" for a paybill
	Passkey        string

	// FreshToken has each start fetch an access token, and keeps it in memory alone: for a
	// simulator that starts with the gateway and knows no earlier token.
	FreshToken bool

	// ReferenceLength is the most characters of a reference that go to M-PESA, from
	// DefaultReferenceLength on; 0 is no limit.
	ReferenceLength int

	// CallbackURL is where Daraja reaches this gateway, without a path of its own
	// callbacks. "" is the bound address, which is good for a Daraja on the same
	// machine only.
	CallbackURL string

	// Where webhooks may go: public addresses on ports of web servers, unless these
	// say otherwise.
	AllowPrivate  bool          // loopback and private networks too, on any port
	HTTPSOnly     bool          // https, on ports 443 and 8443
	CallbackPorts gateway.Ports // instead of the ports that the two above allow

	// MasterKey guards API keys and webhook secrets: 32 bytes in hex or base64. "" is
	// that of the data folder, made at the first start.
	MasterKey string

	AdminAddr  string   // host:port of administration; "" turns it off
	AdminToken string   // what its callers show; "" is that of the data folder, made at the first start
	AdminHosts []string // names under which it, and the listener of OpsAddr, may be asked, beside loopback and their addresses

	Callbacks CallbackDoor
	Limits    Limits // the zero Limits are none

	Partners []PartnerConfig // those that are not in the database
	Speed    float64         // divides every wait; 0 is 1, real time
	Waits    *gateway.Waits  // nil is gateway.StandardWaits
	Clock    gateway.Clock   // nil is the machine's
	IDs      gateway.IDs     // of payments and webhooks; the zero value goes by Clock and the machine's randomness

	// LostAfter replaces Waits.Lost, and what the queue of replicas allows a job comes
	// to as much: after it, what a process had in hand counts as lost. It must exceed
	// what a push may take, 30 s, or a prompt that is being made counts as lost. 0
	// leaves both as they are, which is right in service; tests kill processes.
	LostAfter time.Duration

	// RepushWithin replaces Waits.Repush: how long after a push another one is made that
	// M-PESA asked for. 0 leaves it at 10 minutes.
	RepushWithin time.Duration

	Log    *slog.Logger  // nil discards; phone numbers in it are masked
	Retain time.Duration // how long customers' data are kept after a payment is settled; 0 is for ever

	// Reach is called at each point of a payment's way, which Points lists, so that a
	// test can crash there; nil in service.
	Reach func(point string)

	// NoPages refuses requests that a page of another site makes in a browser, for a
	// gateway whose key is public. Partners' servers send no Origin, and name the gateway
	// by loopback, its address, or one of Hosts.
	NoPages bool
	Hosts   []string // names, without a port

	Reviews func(Review)         // gets each payment that comes to need a person's review; it must not block. nil for none
	Report  func(WebhookAttempt) // gets each attempt at a webhook, and the log does not warn of the first that fails; it must not block. nil for none

	OpsAddr      string  // host:port of metrics, probes and profiles, which nobody else may reach; "" is off
	OTLPEndpoint string  // base URL of a collector that gets traces; "" is off
	OTLPRatio    float64 // how many of the traces that begin here are sent; 0 is all

	// Production refuses to start with what is good for trying out only, and turns
	// HTTPSOnly on.
	Production bool
}

// DefaultReferenceLength is how much of a reference Daraja's documentation allows.
const DefaultReferenceLength = gateway.DefaultReferenceLength

// PartnerConfig is a partner and its API key.
type PartnerConfig struct {
	Name           string
	Key            string
	ReviewWebhooks bool // it also gets a webhook when a payment comes into review
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
	waits := *cfg.Waits
	waits.Lost = cmp.Or(cfg.LostAfter, waits.Lost)
	waits.Repush = cmp.Or(cfg.RepushWithin, waits.Repush, gateway.StandardWaits().Repush)
	cfg.Waits = &waits
	if cfg.Clock == nil {
		cfg.Clock = machineClock{}
	}
	if cfg.IDs == (gateway.IDs{}) {
		cfg.IDs = gateway.NewIDs(cfg.Clock, rand.Reader)
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	cfg.Log = slog.New(masked{cfg.Log.Handler()})
	cfg.HTTPSOnly = cfg.HTTPSOnly || cfg.Production
	return cfg
}

// check says what is wrong with cfg, as much as can be known before it starts.
func (cfg Config) check() error {
	for _, check := range []func() error{
		cfg.checkGiven, cfg.checkTill, cfg.checkSecrets, cfg.Callbacks.check, cfg.Limits.check, cfg.checkNumbers, cfg.checkTraces, cfg.checkProduction,
	} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

// checkGiven says what is missing, or is no URL.
func (cfg Config) checkGiven() error {
	for _, f := range []struct{ name, flag, value string }{
		{"an address to listen on", "--addr", cfg.Addr}, {"a data folder", "--data", cfg.Data + cfg.Database}, {"a Daraja URL", "--daraja-url", cfg.DarajaURL},
		{"a consumer key", "--consumer-key", cfg.ConsumerKey}, {"a consumer secret", "--consumer-secret", cfg.ConsumerSecret},
		{"a shortcode", "--shortcode", cfg.Shortcode}, {"a passkey", "--passkey", cfg.Passkey},
	} {
		if f.value == "" {
			return fmt.Errorf("%s is required: give it with %s", f.name, f.flag)
		}
	}
	if err := errors.Join(checkDatabase(cfg.Database), checkData(cfg.Data)); err != nil {
		return err
	}
	if err := checkURL("the Daraja URL", cfg.DarajaURL); err != nil {
		return err
	}
	if cfg.CallbackURL == "" {
		return nil
	}
	return checkURL("the callback URL", cfg.CallbackURL)
}

func (cfg Config) checkSecrets() error {
	if cfg.AdminToken != "" && len(cfg.AdminToken) < minToken {
		return fmt.Errorf("the administration token has %d characters; it needs %d", len(cfg.AdminToken), minToken)
	}
	if cfg.MasterKey == "" {
		return nil
	}
	_, err := gateway.ParseMasterKey(cfg.MasterKey)
	return err
}

func (cfg Config) checkNumbers() error {
	if !isShortcode(cfg.Shortcode) {
		return fmt.Errorf("shortcode %q is not 5 to 7 digits", cfg.Shortcode)
	}
	if !(cfg.Speed > 0) || math.IsInf(cfg.Speed, 1) {
		return fmt.Errorf("speed %v is not above 0", cfg.Speed)
	}
	if l := cfg.ReferenceLength; l != 0 && (l < DefaultReferenceLength || l > gateway.MaxReferenceLength) {
		return fmt.Errorf("the reference length %d is neither 0, no limit, nor from %d to %d", l, DefaultReferenceLength, gateway.MaxReferenceLength)
	}
	if cfg.RepushWithin < 0 {
		return fmt.Errorf("no push can be made again within %s", cfg.RepushWithin)
	}
	if cfg.LostAfter < 0 {
		return fmt.Errorf("nothing can be lost after %s", cfg.LostAfter)
	}
	if cfg.Retain < 0 {
		return fmt.Errorf("customers' data cannot be kept for %s", cfg.Retain)
	}
	return nil
}

func (cfg Config) checkTraces() error {
	if !(cfg.OTLPRatio >= 0 && cfg.OTLPRatio <= 1) {
		return fmt.Errorf("the ratio of traces %v is not between 0 and 1", cfg.OTLPRatio)
	}
	if cfg.OTLPEndpoint == "" {
		return nil
	}
	return tracing.CheckEndpoint(cfg.OTLPEndpoint)
}

// minToken is how long a token of administration is at least.
const minToken = 16

func checkURL(name, raw string) error {
	u, err := url.Parse(raw)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "" {
		return fmt.Errorf("%s %q is not an absolute http or https URL", name, raw)
	}
	if port := u.Port(); port != "" {
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return fmt.Errorf("%s has the port %.20s; ports are 1 to 65535", name, port)
		}
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
	if len(cfg.Partners) == 0 && cfg.AdminAddr == "" {
		return nil, errors.New("at least one partner is required, or administration, which makes them")
	}
	known := &gateway.Partners{}
	for _, p := range cfg.Partners {
		if err := known.Add(p.Name, p.Key); err != nil {
			return nil, err
		}
	}
	return known, nil
}

// reviewPartners are the configured partners that get webhooks with status review.
func (cfg Config) reviewPartners() (names []string) {
	for _, p := range cfg.Partners {
		if p.ReviewWebhooks {
			names = append(names, p.Name)
		}
	}
	return names
}

// ParsePorts reads ports as CallbackPorts has them: "443,8000-8999".
func ParsePorts(s string) (gateway.Ports, error) { return gateway.ParsePorts(s) }

func (cfg Config) targets() gateway.Targets {
	return gateway.Targets{AllowPrivate: cfg.AllowPrivate, HTTPSOnly: cfg.HTTPSOnly, Ports: cfg.CallbackPorts}
}

// WebhookSecret is what the webhooks of a configured partner are signed with, as the
// partner needs it: whsec_ and base64.
func (p PartnerConfig) WebhookSecret() string {
	return gateway.FormatSecret(gateway.StaticSecret(p.Key))
}

// Points lists the places between two steps of a payment's way.
func Points() []string {
	points := gateway.Points()
	names := make([]string, len(points))
	for i, p := range points {
		names[i] = string(p)
	}
	return names
}

// reach is Reach as the domain calls it.
func (cfg Config) reach() func(gateway.Point) {
	if cfg.Reach == nil {
		return nil
	}
	return func(p gateway.Point) { cfg.Reach(string(p)) }
}

// machineClock is the machine's own time.
type machineClock struct{}

// Now implements gateway.Clock.
func (machineClock) Now() time.Time { return time.Now() }

// AfterFunc implements gateway.Clock.
func (machineClock) AfterFunc(d time.Duration, f func()) (stop func() bool) {
	return time.AfterFunc(d, f).Stop
}
