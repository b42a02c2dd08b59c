package main

import (
	"fmt"
	"io"
	"path/filepath"
	"time"

	"github.com/alecthomas/kong"

	gwapp "github.com/darajabox/darajabox/gateway/app"
)

// localKey is the partner's key that up hands out; it opens nothing but that.
const localKey = "dbx_test_local"

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

type gatewayRunCmd struct {
	Addr       string        `help:"Address of the partner API, and of Daraja's callbacks unless --callback-addr is given." default:"127.0.0.1:8080" env:"DARAJABOX_GATEWAY_ADDR"`
	Data       string        `help:"Folder of the database, the master key and the administration's token; created when missing." default:"darajabox-data" type:"path"`
	Database   string        `help:"Database that several gateways share, postgres://USER:PASSWORD@HOST/NAME; or a folder, or the file gateway.db in it, in place of --data. Set a URL with a password by the variable: other users of the machine can see flags." placeholder:"URL|PATH"`
	BeginAnew  bool          `help:"Begin with an empty database although the data folder shows that there was another one. The gateway refuses to start then, since it would not know earlier payments and could push an order again. For one start only."`
	Production bool          `help:"Refuse to start with settings that are for testing only, and list them all: known, short or repetitive keys, plain http, the sandbox's credentials, open listeners, trust in every address, no limit of pushes. Webhooks then go by https only."`
	Retain     dayDuration   `help:"How long phone numbers and the messages about them are kept after a payment is settled, such as 90d; 0 keeps them for ever." default:"0" placeholder:"TIME"`
	Speed      float64       `help:"Divides every wait, for testing: 10 is ten times faster." default:"1"`
	LostAfter  time.Duration `help:"After this what a process had in hand counts as lost, in a database that several gateways share. It must exceed what a push may take, 30 s; less is for tests that kill processes." hidden:"" env:"-" default:"0"`
	CrashAt    crashPoint    `help:"Kill this process at the Nth time that a payment comes to a point." hidden:"" env:"-" placeholder:"POINT[:N]"`

	darajaFlags `group:"Daraja"`
	CallbackURL string `help:"Base URL for Daraja's callbacks; this gateway's own address unless given, which works for a simulator on the same machine only." placeholder:"URL" group:"Callbacks from Daraja"`

	callbackFlags  `group:"Callbacks from Daraja"`
	partnerFlags   `group:"Partners and administration"`
	webhookFlags   `group:"Webhooks to partners"`
	limitFlags     `group:"Limits (0 is none)"`
	telemetryFlags `group:"Metrics, traces and logs"`
	logFlags       `group:"Metrics, traces and logs"`
}

func (c *gatewayRunCmd) Run(e *env, app *kong.Kong) error {
	ignoreSIGPIPE()
	c.warnVariables(e, app)
	c.setSandboxDefaults()
	usual, err := filepath.Abs(defaultData)
	config := gwapp.Config{
		Addr: c.Addr, Data: c.Data, MakeData: err != nil || c.Data != usual, Database: c.Database, BeginAnew: c.BeginAnew,
		DarajaURL: c.DarajaURL, ConsumerKey: c.ConsumerKey, ConsumerSecret: c.ConsumerSecret,
		Shortcode: c.Shortcode, Till: c.Till, Passkey: c.Passkey, ReferenceLength: c.ReferenceLength, RepushWithin: c.RepushWithin,
		CallbackURL: c.CallbackURL, Callbacks: gwapp.CallbackDoor(c.callbackFlags), AllowPrivate: c.AllowPrivateCallbacks, Limits: gwapp.Limits(c.limitFlags),
		MasterKey: c.MasterKey, AdminAddr: c.AdminAddr, AdminToken: c.AdminToken, AdminHosts: c.AdminHost,
		LostAfter: c.LostAfter, Reach: c.CrashAt.reach(), Retain: time.Duration(c.Retain), Speed: c.Speed, Log: c.logger(e.stderr),
		OpsAddr: c.OpsAddr, OTLPEndpoint: c.OTLPEndpoint, OTLPRatio: c.OTLPRatio, Production: c.Production, Version: version,
	}
	if config.Partners, err = c.partners(); err != nil {
		return err
	}
	if c.CallbackPorts != "" {
		if config.CallbackPorts, err = gwapp.ParsePorts(c.CallbackPorts); err != nil {
			return fmt.Errorf("--callback-ports: %w", err)
		}
	}
	gw, err := gwapp.New(config)
	if err != nil {
		return err
	}
	l := listeners{
		{gwapp.ListenerGateway, "--addr", c.Addr}, {gwapp.ListenerCallbacks, "--callback-addr", c.callbackFlags.Addr},
		{gwapp.ListenerAdmin, "--admin-addr", c.AdminAddr}, {gwapp.ListenerOps, "--ops-addr", c.OpsAddr},
	}
	return l.explain(serve(e, "gateway", gw, func() {
		printGateway(e.stdout, gw, c.darajaFlags)
		l.printWildcards(e.stdout)
	}))
}

func printGateway(w io.Writer, gw *gwapp.App, f darajaFlags) {
	fmt.Fprintf(w, "gateway  %s\n", gw.URL())
	if url := gw.AdminURL(); url != "" {
		token := "token as given"
		if file := gw.AdminTokenFile(); file != "" {
			token = "token in " + file
		}
		fmt.Fprintf(w, "admin    %s  %s\n", url, token)
	}
	if url := gw.OpsURL(); url != "" {
		fmt.Fprintf(w, "ops      %s\n", url)
	}
	fmt.Fprint(w, f.receiverLine())
}

func (f darajaFlags) receiverLine() string {
	receiver := "paybill " + f.Shortcode
	if f.Till != "" {
		receiver = "till " + f.Till + ", store number " + f.Shortcode
	}
	return fmt.Sprintf("daraja   %s  collects for %s\n", f.DarajaURL, receiver)
}
