package main

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/darajabox/darajabox/daraja"
	gwapp "github.com/darajabox/darajabox/gateway/app"
)

// localKey is the partner's key that up hands out; it opens nothing but that.
const localKey = "dbx_test_local"

// gatewayCmd runs a gateway, and administers one that runs.
type gatewayCmd struct {
	Run      gatewayRunCmd `cmd:"" default:"withargs" help:"Run the gateway; this is what 'darajabox gateway' alone does."`
	Partner  partnerCmd    `cmd:"" help:"Make and list partners."`
	Key      keyCmd        `cmd:"" help:"Make, list, rotate and revoke partners' API keys."`
	Secret   secretCmd     `cmd:"" help:"Rotate and list the secrets of partners' webhooks."`
	Payment  paymentCmd    `cmd:"" help:"List payments and see what happened to one."`
	Delivery deliveryCmd   `cmd:"" help:"List webhooks, and send one again."`
	Audit    auditCmd      `cmd:"" help:"Check the log of all that Daraja sent."`
}

// Help teaches by example.
func (gatewayCmd) Help() string {
	return `Alone it runs the gateway; 'darajabox gateway run --help' explains the flags for that. The other commands administer a gateway that runs, on this machine by the token in its data folder.

    darajabox gateway --addr 127.0.0.1:8080 --data ./data
    darajabox gateway partner create duka --data ./data
    darajabox gateway payment list --state review --data ./data`
}

type gatewayRunCmd struct {
	Addr           string            `help:"Address of the partner API and of Daraja's callbacks." default:"127.0.0.1:8080"`
	Data           string            `help:"Folder of the database." default:"darajabox-data" type:"path"`
	Database       string            `help:"Database that several gateways share, postgres://USER:PASSWORD@HOST/NAME; or a folder, or the file gateway.db in it, as --data." placeholder:"URL|PATH"`
	DarajaURL      string            `help:"Base URL of Daraja." default:"http://127.0.0.1:7070"`
	ConsumerKey    string            `help:"Consumer key of the Daraja app." default:"sandbox"`
	ConsumerSecret string            `help:"Consumer secret of the Daraja app." default:"sandbox"`
	Shortcode      string            `help:"Paybill that is paid." default:"174379"`
	Passkey        string            `help:"Passkey of the shortcode; the sandbox's public one unless given."`
	CallbackURL    string            `help:"Base URL on which Daraja reaches this gateway; its own address unless given." placeholder:"URL"`
	Partner        map[string]string `help:"A partner and its API key. The default key is known to everybody." placeholder:"NAME=KEY" mapsep:";" default:"local=${localKey}"`
	NoPartner      bool              `help:"No partner but those in the database."`
	MasterKey      string            `help:"What API keys and webhook secrets are kept under: 32 bytes in hex or base64. That in the data folder, made at the first start, unless given. Give it by its variable: others on this machine can see flags." placeholder:"KEY"`
	AdminAddr      string            `help:"Address of administration; an empty one turns it off." default:"127.0.0.1:8081"`
	AdminToken     string            `help:"Token of administration; that in the data folder, made at the first start, unless given." placeholder:"TOKEN"`
	AdminHost      []string          `help:"Name under which administration may be asked, beside loopback and its own address." placeholder:"NAME"`
	Speed          float64           `help:"Divides every wait: 10 is ten times faster." default:"1"`
	OpsAddr        string            `help:"Private address of /metrics, /readyz, /livez and /debug/pprof/; off unless given." placeholder:"HOST:PORT"`
	OTLPEndpoint   string            `name:"otlp-endpoint" help:"Base URL of an OpenTelemetry collector that takes traces by HTTP, such as http://127.0.0.1:4318; off unless given." placeholder:"URL"`
	OTLPRatio      float64           `name:"otlp-ratio" help:"What part of the traces that begin here is sent, above 0 and up to 1; a partner's own decision goes first." default:"1"`
	Production     bool              `help:"Refuse to start with what is good for trying out only, and say all of it: known or short keys, plain http, the sandbox's credentials."`
	Retain         days              `help:"How long customers' numbers and what was said under them are kept after a payment is settled, such as 90d; 0 is for ever." default:"0" placeholder:"TIME"`
	LostAfter      time.Duration     `help:"After this what a process had in hand counts as lost, in a database that several gateways share. It must exceed what a push may take, 30 s; less is for tests that kill processes." hidden:"" env:"-" default:"0"`
	CrashAt        crashPoint        `help:"Kill this process at the Nth time that a payment comes to a point." hidden:"" env:"-" placeholder:"POINT[:N]"`
	targetFlags
	limitFlags
	callbackFlags
	logFlags
}

// Run starts the gateway.
func (c *gatewayRunCmd) Run(e *env) error {
	if c.Passkey == "" && c.Shortcode == daraja.SandboxShortcode {
		c.Passkey = daraja.SandboxPasskey
	}
	config := gwapp.Config{
		Addr: c.Addr, Data: c.Data, Database: c.Database, DarajaURL: c.DarajaURL, ConsumerKey: c.ConsumerKey, ConsumerSecret: c.ConsumerSecret,
		Shortcode: c.Shortcode, Passkey: c.Passkey, CallbackURL: c.CallbackURL, Speed: c.Speed, Log: c.logger(e.stderr),
		MasterKey: c.MasterKey, AdminAddr: c.AdminAddr, AdminToken: c.AdminToken, AdminHosts: c.AdminHost,
		Limits: c.limits(), Callbacks: c.door(),
		LostAfter: c.LostAfter, Reach: c.CrashAt.reach(), Retain: time.Duration(c.Retain),
		OpsAddr: c.OpsAddr, OTLPEndpoint: c.OTLPEndpoint, OTLPRatio: c.OTLPRatio, Production: c.Production,
	}
	if c.NoPartner {
		c.Partner = nil
	}
	for _, name := range slices.Sorted(maps.Keys(c.Partner)) {
		config.Partners = append(config.Partners, gwapp.PartnerConfig{Name: name, Key: c.Partner[name]})
	}
	if err := c.apply(&config); err != nil {
		return err
	}
	gw, err := gwapp.New(config)
	if err != nil {
		return err
	}
	return serve(e, "gateway", gw, func() { announceGateway(e, gw) })
}

func announceGateway(e *env, gw *gwapp.App) {
	fmt.Fprintf(e.stdout, "gateway  %s\n", gw.URL())
	if url := gw.AdminURL(); url != "" {
		fmt.Fprintf(e.stdout, "admin    %s  %s\n", url, tokenPlace(gw))
	}
	if url := gw.OpsURL(); url != "" {
		fmt.Fprintf(e.stdout, "ops      %s\n", url)
	}
}

// tokenPlace says where the token of administration is.
func tokenPlace(gw *gwapp.App) string {
	if file := gw.AdminTokenFile(); file != "" {
		return "token in " + file
	}
	return "token as given"
}
