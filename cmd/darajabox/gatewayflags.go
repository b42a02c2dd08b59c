package main

import (
	"maps"
	"slices"
	"time"

	"github.com/darajabox/darajabox/daraja"
	gwapp "github.com/darajabox/darajabox/gateway/app"
	"github.com/darajabox/darajabox/simulator"
)

// darajaFlags choose the shortcode that is paid, and the Daraja that is called.
type darajaFlags struct {
	DarajaURL       string        `help:"Base URL of Daraja; the real one is https://api.safaricom.co.ke, and the default is the simulator's." default:"http://127.0.0.1:7070"`
	ConsumerKey     string        `help:"Consumer key of the Daraja app; the simulator's unless given." default:"sandbox" placeholder:"KEY"`
	ConsumerSecret  string        `help:"Consumer secret of the Daraja app; the simulator's unless given." default:"sandbox" placeholder:"SECRET"`
	Shortcode       string        `help:"Paybill that receives the money; with --till, the till's store number. The sandbox's 174379 unless given." placeholder:"NUMBER"`
	Till            string        `help:"Buy Goods till that receives the money. --shortcode and --passkey are then those of its store number; for the simulator's till 174380 they are known." placeholder:"NUMBER"`
	RepushWithin    time.Duration `help:"How long after a push another one may be made when M-PESA asks for it (result 4005). After that the payment fails, since the customer does not wait any more." default:"10m" placeholder:"TIME"`
	ReferenceLength int           `help:"Most characters of a payment's reference that go to M-PESA, 12 to 64; the end is kept. 0 is no limit." default:"12"`
	Passkey         string        `help:"Passkey of the shortcode; for 174379 and the simulator's store number 174381 the sandbox's public one unless given." placeholder:"KEY"`
}

// setSandboxDefaults sets what is known of the sandbox's paybill and the simulator's till.
func (f *darajaFlags) setSandboxDefaults() {
	if f.Shortcode == "" {
		f.Shortcode = daraja.SandboxShortcode
		if f.Till == simulator.SandboxTill {
			f.Shortcode = simulator.SandboxStore
		}
	}
	if f.Passkey == "" && (f.Shortcode == daraja.SandboxShortcode || f.Shortcode == simulator.SandboxStore) {
		f.Passkey = daraja.SandboxPasskey
	}
}

type partnerFlags struct {
	Partner        map[string]string `help:"A partner and its API key, beside those in the database; local=${localKey}, which is public, unless given. Several are separated by semicolons." placeholder:"NAME=KEY" mapsep:";"`
	PartnerReviews []string          `help:"Partner of --partner that also gets a webhook, with status review, when a payment comes to need a person; several are separated by commas." placeholder:"NAME"`
	NoPartner      bool              `help:"No partner but those in the database."`
	MasterKey      string            `help:"Key that protects API keys and webhook secrets in the database: 32 bytes in hex or base64. Unless given, the one in the data folder, which the first start creates. Replicas need the same key. Set it by its variable: other users of the machine can see flags." placeholder:"KEY"`
	AdminAddr      string            `help:"Address of the administration API, for the operators of the gateway only; empty turns it off." default:"127.0.0.1:8081"`
	AdminToken     string            `help:"Token of the administration API. Unless given, the one in the data folder, which the first start creates." placeholder:"TOKEN"`
	AdminHost      []string          `help:"Host name by which the administration API, and the listener of --ops-addr, may be called, beside loopback and their own addresses; several are separated by commas." placeholder:"NAME"`
}

type telemetryFlags struct {
	OpsAddr      string  `help:"Private address of /metrics, /readyz, /livez and /debug/pprof/, without a token; off unless given. --admin-addr has them too." placeholder:"HOST:PORT"`
	OTLPEndpoint string  `name:"otlp-endpoint" help:"Base URL of an OpenTelemetry collector that takes traces by HTTP, such as http://127.0.0.1:4318; off unless given." placeholder:"URL"`
	OTLPRatio    float64 `name:"otlp-ratio" help:"Share of the traces that begin here to send, above 0 and up to 1; a partner's own sampling decision comes first." default:"1"`
}

// partners are those of the flags: the one for trying out unless there are others. A
// variable that is set and empty is no partner, as --no-partner is.
func (f *partnerFlags) partners() (all []gwapp.PartnerConfig, err error) {
	switch {
	case f.NoPartner && len(f.Partner) > 0:
		return nil, usageError("--no-partner says that only the database has partners, and --partner (or DARAJABOX_PARTNER) names one: give one of the two")
	case !f.NoPartner && f.Partner == nil:
		f.Partner = map[string]string{"local": localKey}
	}
	for _, name := range f.PartnerReviews {
		if f.Partner[name] == "" {
			return nil, usageError("--partner-reviews names %.64q, which is no partner of --partner; for a partner of the database: darajabox gateway partner update %[1]s --review-webhooks on", name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(f.Partner)) {
		all = append(all, gwapp.PartnerConfig{Name: name, Key: f.Partner[name], ReviewWebhooks: slices.Contains(f.PartnerReviews, name)})
	}
	return all, nil
}

type webhookFlags struct {
	AllowPrivateCallbacks bool   `help:"Allow webhooks to loopback and private networks, on any port; for testing."`
	CallbackPorts         string `help:"Ports that webhooks may use, such as 443,8000-8999; 80, 443 and 8000-8999 unless given, with --production 443 and 8443." placeholder:"PORTS"`
}

// limitFlags are gwapp.Limits.
type limitFlags struct {
	PushRate     float64 `help:"Pushes a second by this process. M-PESA limits the shortcode, so replicas share what it allows." default:"20"`
	QueryRate    float64 `help:"Queries a second by this process, evenly spaced. Replicas share what M-PESA allows." default:"5"`
	PhoneMinute  int     `name:"phone-limit-minute" help:"Prompts of one phone in a minute, over all partners and replicas." default:"5"`
	PhoneHour    int     `name:"phone-limit-hour" help:"Prompts of one phone in an hour, over all partners and replicas." default:"30"`
	PartnerRate  float64 `help:"Requests a second of one partner to this process." default:"50"`
	PartnerBurst int     `help:"Requests of one partner at once; 0 is a second's worth." default:"100"`
	Strangers    int     `name:"stranger-limit" help:"Callbacks with an unknown token that are kept in a minute." default:"60"`
	Connections  int     `name:"max-connections" help:"Connections to a listener at a time; above it, the one that has been idle for longest is closed. Addresses of --trusted-proxies and --callback-sources have as many of their own." default:"2048"`

	SourceConnections int `name:"max-connections-per-source" help:"Connections to a listener from one address, or one /64 of IPv6, at a time. Not for addresses of --trusted-proxies and --callback-sources." default:"512"`
}

// callbackFlags are a gwapp.CallbackDoor.
type callbackFlags struct {
	Addr    string   `name:"callback-addr" help:"Address to listen on for callbacks alone; that of the partner API unless given." placeholder:"HOST:PORT"`
	Sources []string `name:"callback-sources" help:"Addresses and networks that callbacks may come from; safaricom is the list that Safaricom's support publishes. Any unless given." placeholder:"CIDR"`
	Strict  bool     `name:"callback-sources-strict" help:"Store callbacks from other addresses for audit only, and ignore them otherwise."`
	Proxies []string `name:"trusted-proxies" help:"Addresses and networks of proxies whose X-Forwarded-For is trusted." placeholder:"CIDR"`
	Confirm string   `help:"Which results are confirmed by a query before they count, successes and failures: never, untrusted (those from other addresses than --callback-sources; without that flag there are none) or always." enum:"never,untrusted,always" default:"untrusted"`
}
