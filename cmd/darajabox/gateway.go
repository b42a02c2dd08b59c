package main

import (
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"time"

	"github.com/alecthomas/kong"

	"github.com/darajabox/darajabox/daraja"
	gwapp "github.com/darajabox/darajabox/gateway/app"
)

// localKey is the partner's key that up hands out; it opens nothing but that.
const localKey = "dbx_test_local"

// gatewayCmd runs a gateway, and administers one that runs.
type gatewayCmd struct {
	Run      gatewayRunCmd `cmd:"" default:"withargs" help:"Run the gateway, as 'darajabox gateway' without a command does."`
	Partner  partnerCmd    `cmd:"" help:"Create and list partners: shops or apps that take payments through the gateway."`
	Key      keyCmd        `cmd:"" help:"Create, list, rotate and revoke partners' API keys."`
	Secret   secretCmd     `cmd:"" help:"Rotate and list the secrets of partners' webhooks."`
	Review   reviewCmd     `cmd:"" help:"List the payments that need a person, and resolve them."`
	Result   resultCmd     `cmd:"" help:"Declare what a result code means that the gateway does not know."`
	Payment  paymentCmd    `cmd:"" help:"List payments and see what happened to one."`
	Delivery deliveryCmd   `cmd:"" help:"List webhooks, and send one again."`
	Customer customerCmd   `cmd:"" help:"Erase a customer's data."`
	Audit    auditCmd      `cmd:"" help:"Verify the log of everything that Daraja sent."`
}

// Help teaches by example.
func (gatewayCmd) Help() string {
	return `Without a command it runs the gateway; 'darajabox gateway run --help' explains the flags. The other commands administer a running gateway. On the same machine they read its token from its data folder.

A partner is a shop or app that takes payments through the gateway.

    darajabox gateway --addr 127.0.0.1:8080 --data ./data
    darajabox gateway partner create duka --data ./data
    darajabox gateway review list --data ./data`
}

type gatewayRunCmd struct {
	Addr       string        `help:"Address of the partner API, and of Daraja's callbacks unless --callback-addr is given." default:"127.0.0.1:8080" env:"DARAJABOX_GATEWAY_ADDR"`
	Data       string        `help:"Folder of the database, the master key and the administration's token; created when missing." default:"darajabox-data" type:"path"`
	Database   string        `help:"Database that several gateways share, postgres://USER:PASSWORD@HOST/NAME; or a folder, or the file gateway.db in it, in place of --data. Set a URL with a password by the variable: other users of the machine can see flags." placeholder:"URL|PATH"`
	BeginAnew  bool          `help:"Begin with an empty database although the data folder shows that there was another one. The gateway refuses to start then, since it would not know earlier payments and could push an order again. For one start only."`
	Production bool          `help:"Refuse to start with settings that are for testing only, and list them all: known, short or repetitive keys, plain http, the sandbox's credentials, open listeners, trust in every address, no limit of pushes. Webhooks then go by https only."`
	Retain     days          `help:"How long phone numbers and the messages about them are kept after a payment is settled, such as 90d; 0 keeps them for ever." default:"0" placeholder:"TIME"`
	Speed      float64       `help:"Divides every wait, for testing: 10 is ten times faster." default:"1"`
	LostAfter  time.Duration `help:"After this what a process had in hand counts as lost, in a database that several gateways share. It must exceed what a push may take, 30 s; less is for tests that kill processes." hidden:"" env:"-" default:"0"`
	CrashAt    crashPoint    `help:"Kill this process at the Nth time that a payment comes to a point." hidden:"" env:"-" placeholder:"POINT[:N]"`

	darajaFlags   `group:"Daraja"`
	callbackFlags `group:"Callbacks from Daraja"`
	doorFlags     `group:"Partners and administration"`
	targetFlags   `group:"Webhooks to partners"`
	limitFlags    `group:"Limits (0 is none)"`
	sightFlags    `group:"Metrics, traces and logs"`
	logFlags      `group:"Metrics, traces and logs"`
}

// darajaFlags say whose shortcode is paid, and where M-PESA is.
type darajaFlags struct {
	DarajaURL       string `help:"Base URL of Daraja; the real one is https://api.safaricom.co.ke, and the default is the simulator's." default:"http://127.0.0.1:7070"`
	ConsumerKey     string `help:"Consumer key of the Daraja app; the simulator's unless given." default:"sandbox" placeholder:"KEY"`
	ConsumerSecret  string `help:"Consumer secret of the Daraja app; the simulator's unless given." default:"sandbox" placeholder:"SECRET"`
	Shortcode       string `help:"Paybill that receives the money; with --till, the till's store number. The sandbox's 174379 unless given." placeholder:"NUMBER"`
	Till            string `help:"Buy Goods till that receives the money. --shortcode and --passkey are then those of its store number; for the simulator's till 174380 they are known." placeholder:"NUMBER"`
	ReferenceLength int    `help:"Most characters of a payment's reference that go to M-PESA, 12 to 64; the end is kept. 0 is no limit." default:"12"`
	Passkey         string `help:"Passkey of the shortcode; for 174379 and the simulator's store number 174381 the sandbox's public one unless given." placeholder:"KEY"`
}

// fill completes what is known of the sandbox's paybill and the simulator's till.
func (f *darajaFlags) fill() {
	if f.Shortcode == "" {
		f.Shortcode = daraja.SandboxShortcode
		if f.Till == daraja.SimulatorTill {
			f.Shortcode = daraja.SimulatorStore
		}
	}
	if f.Passkey == "" && (f.Shortcode == daraja.SandboxShortcode || f.Shortcode == daraja.SimulatorStore) {
		f.Passkey = daraja.SandboxPasskey
	}
}

// doorFlags are about partners, and those who administer them.
type doorFlags struct {
	Partner        map[string]string `help:"A partner and its API key, beside those in the database; local=${localKey}, which is public, unless given. Several are separated by semicolons." placeholder:"NAME=KEY" mapsep:";"`
	PartnerReviews []string          `help:"Partner of --partner that also gets a webhook, with status review, when a payment comes to need a person; several are separated by commas." placeholder:"NAME"`
	NoPartner      bool              `help:"No partner but those in the database."`
	MasterKey      string            `help:"Key that protects API keys and webhook secrets in the database: 32 bytes in hex or base64. Unless given, the one in the data folder, which the first start creates. Replicas need the same key. Set it by its variable: other users of the machine can see flags." placeholder:"KEY"`
	AdminAddr      string            `help:"Address of the administration API, for the operators of the gateway only; empty turns it off." default:"127.0.0.1:8081"`
	AdminToken     string            `help:"Token of the administration API. Unless given, the one in the data folder, which the first start creates." placeholder:"TOKEN"`
	AdminHost      []string          `help:"Host name by which the administration API, and the listener of --ops-addr, may be called, beside loopback and their own addresses; several are separated by commas." placeholder:"NAME"`
}

// sightFlags are about seeing what the gateway does.
type sightFlags struct {
	OpsAddr      string  `help:"Private address of /metrics, /readyz, /livez and /debug/pprof/, without a token; off unless given. --admin-addr has them too." placeholder:"HOST:PORT"`
	OTLPEndpoint string  `name:"otlp-endpoint" help:"Base URL of an OpenTelemetry collector that takes traces by HTTP, such as http://127.0.0.1:4318; off unless given." placeholder:"URL"`
	OTLPRatio    float64 `name:"otlp-ratio" help:"Share of the traces that begin here to send, above 0 and up to 1; a partner's own sampling decision comes first." default:"1"`
}

// fillPartner completes the partner for trying out. A variable that is set and empty is
// no partner, as --no-partner is.
func (f *doorFlags) fillPartner() error {
	switch {
	case f.NoPartner && len(f.Partner) > 0:
		return exitError{exitUsage, errors.New("--no-partner says that only the database has partners, and --partner (or DARAJABOX_PARTNER) names one: give one of the two")}
	case !f.NoPartner && f.Partner == nil:
		f.Partner = map[string]string{"local": localKey}
	}
	return nil
}

// namesFolder reports whether a data folder is another than the default one.
func namesFolder(data string) bool {
	usual, err := filepath.Abs(defaultData)
	return err != nil || data != usual
}

// Run starts the gateway.
func (c *gatewayRunCmd) Run(e *env, app *kong.Kong) error {
	outliveReader()
	c.warnVariables(e, app)
	c.fill()
	config := gwapp.Config{
		Addr: c.Addr, Data: c.Data, MakeData: namesFolder(c.Data), Database: c.Database, BeginAnew: c.BeginAnew, DarajaURL: c.DarajaURL, ConsumerKey: c.ConsumerKey, ConsumerSecret: c.ConsumerSecret,
		Shortcode: c.Shortcode, Till: c.Till, Passkey: c.Passkey, ReferenceLength: c.ReferenceLength, CallbackURL: c.CallbackURL, Speed: c.Speed, Log: c.logger(e.stderr),
		MasterKey: c.MasterKey, AdminAddr: c.AdminAddr, AdminToken: c.AdminToken, AdminHosts: c.AdminHost,
		Limits: c.limits(), Callbacks: c.door(),
		LostAfter: c.LostAfter, Reach: c.CrashAt.reach(), Retain: time.Duration(c.Retain),
		OpsAddr: c.OpsAddr, OTLPEndpoint: c.OTLPEndpoint, OTLPRatio: c.OTLPRatio, Production: c.Production, Version: version,
	}
	if err := c.fillPartner(); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(c.Partner)) {
		config.Partners = append(config.Partners, gwapp.PartnerConfig{Name: name, Key: c.Partner[name], ReviewWebhooks: slices.Contains(c.PartnerReviews, name)})
	}
	for _, name := range c.PartnerReviews {
		if c.Partner[name] == "" {
			return exitError{exitUsage, fmt.Errorf("--partner-reviews names %.64q, which is no partner of --partner; for a partner of the database: darajabox gateway partner update %[1]s --review-webhooks on", name)}
		}
	}
	if err := c.apply(&config); err != nil {
		return err
	}
	gw, err := gwapp.New(config)
	if err != nil {
		return err
	}
	err = serve(e, "gateway", gw, func() {
		announceGateway(e, gw, c.darajaFlags)
		noteOpen(e.stdout, listening{"gateway", c.Addr}, listening{"listener for callbacks", c.CallbackAddr},
			listening{"gateway's administration", c.AdminAddr}, listening{"listener for metrics and probes", c.OpsAddr})
	})
	return addrFlags{
		gwapp.ListenerGateway: "--addr", gwapp.ListenerAdmin: "--admin-addr",
		gwapp.ListenerCallbacks: "--callback-addr", gwapp.ListenerOps: "--ops-addr",
	}.explain(err)
}

// announcement says where the money goes, and which Daraja is asked for it.
func (f darajaFlags) announcement() string {
	receiver := "paybill " + f.Shortcode
	if f.Till != "" {
		receiver = "till " + f.Till + ", store number " + f.Shortcode
	}
	return fmt.Sprintf("daraja   %s  collects for %s\n", f.DarajaURL, receiver)
}

func announceGateway(e *env, gw *gwapp.App, to darajaFlags) {
	fmt.Fprintf(e.stdout, "gateway  %s\n", gw.URL())
	if url := gw.AdminURL(); url != "" {
		fmt.Fprintf(e.stdout, "admin    %s  %s\n", url, tokenPlace(gw))
	}
	if url := gw.OpsURL(); url != "" {
		fmt.Fprintf(e.stdout, "ops      %s\n", url)
	}
	fmt.Fprint(e.stdout, to.announcement())
}

// tokenPlace says where the token of administration is.
func tokenPlace(gw *gwapp.App) string {
	if file := gw.AdminTokenFile(); file != "" {
		return "token in " + file
	}
	return "token as given"
}
