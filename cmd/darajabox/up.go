package main

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/darajabox/darajabox/daraja"
	gwapp "github.com/darajabox/darajabox/gateway/app"
	"github.com/darajabox/darajabox/inbox"
	simapp "github.com/darajabox/darajabox/simulator/app"
)

type upCmd struct {
	SimulatorAddr string  `help:"Address of the simulator's API: HOST:PORT, or PORT for 127.0.0.1. Port 0 is any free one, host 0.0.0.0 all addresses of the machine." default:"127.0.0.1:7070" placeholder:"HOST:PORT"`
	ControlAddr   string  `help:"Address of the simulator's control port." default:"127.0.0.1:7071" placeholder:"HOST:PORT"`
	GatewayAddr   string  `help:"Address of the gateway." default:"127.0.0.1:8080" placeholder:"HOST:PORT"`
	AdminAddr     string  `help:"Address of the gateway's administration; an empty one turns it off." default:"127.0.0.1:8081" placeholder:"HOST:PORT"`
	InboxAddr     string  `help:"Address of the inbox that plays the partner." default:"127.0.0.1:8090" placeholder:"HOST:PORT"`
	Data          string  `help:"Folder of the gateway's database; a temporary one unless given." type:"path" placeholder:"DIR"`
	Speed         float64 `help:"Divides every wait there is, webhook retries included." default:"1"`
	worldFlags
	logFlags
}

// Run starts everything and says where it is.
func (c *upCmd) Run(e *env) (err error) {
	data, remove, err := c.dataDir()
	if err != nil {
		return err
	}
	defer remove()
	var r running
	defer func() { err = errors.Join(err, r.stop()) }()
	sim, in, gw, err := c.start(e, &r, data)
	if err != nil {
		return c.addrFlags().explain(err)
	}
	b := banner{
		simulator: sim.URL(), control: sim.ControlURL(), gateway: gw.URL(), admin: gw.AdminURL(), inbox: in.URL(), data: data, note: "kept",
	}
	if c.Data == "" {
		b.note = "gone when this stops"
	}
	fmt.Fprint(e.stdout, b)
	noteOpen(e.stdout, listening{"simulator", c.SimulatorAddr}, listening{"control port", c.ControlAddr}, listening{"gateway", c.GatewayAddr},
		listening{"gateway's administration", c.AdminAddr}, listening{"inbox", c.InboxAddr})
	<-e.ctx.Done()
	fmt.Fprintln(e.stdout, "\nstopping")
	return nil
}

func (c *upCmd) addrFlags() addrFlags {
	return addrFlags{
		simapp.ListenerAPI: "--simulator-addr", simapp.ListenerControl: "--control-addr",
		gwapp.ListenerGateway: "--gateway-addr", gwapp.ListenerAdmin: "--admin-addr", inbox.Listener: "--inbox-addr",
	}
}

// dataDir is the folder that was asked for, or a temporary one and its removal.
func (c *upCmd) dataDir() (dir string, remove func(), err error) {
	if c.Data != "" {
		return c.Data, func() {}, nil
	}
	dir, err = os.MkdirTemp("", "darajabox-")
	if err != nil {
		return "", nil, fmt.Errorf("making a temporary folder: %w", err)
	}
	return dir, func() { _ = os.RemoveAll(dir) }, nil
}

func (c *upCmd) start(e *env, r *running, data string) (*simapp.App, *inbox.Inbox, *gwapp.App, error) {
	log := c.logger(e.stderr)
	config, w, err := c.config(e)
	if err != nil {
		return nil, nil, nil, err
	}
	config.Addr, config.ControlAddr, config.Speed, config.Log = c.SimulatorAddr, c.ControlAddr, c.Speed, log
	sim, err := simapp.New(config)
	if err != nil {
		return nil, nil, nil, err
	}
	if err := r.start(e.ctx, "simulator", sim); err != nil {
		return nil, nil, nil, err
	}
	if err := r.watch(e, w, sim); err != nil {
		return nil, nil, nil, err
	}
	local := gwapp.PartnerConfig{Name: "local", Key: localKey}
	in := inbox.New(inbox.Config{Addr: c.InboxAddr, Out: e.stdout, Now: time.Now, Secret: local.WebhookSecret()})
	if err := r.start(e.ctx, "inbox", in); err != nil {
		return nil, nil, nil, err
	}
	gw, err := gwapp.New(gwapp.Config{
		Addr: c.GatewayAddr, Data: data, DarajaURL: sim.URL(), ConsumerKey: "sandbox", ConsumerSecret: "sandbox",
		Shortcode: daraja.SandboxShortcode, Passkey: daraja.SandboxPasskey,
		Partners: []gwapp.PartnerConfig{local}, AllowPrivate: true, Speed: c.Speed, Log: log,
		AdminAddr: c.AdminAddr, Version: version,
	})
	if err != nil {
		return nil, nil, nil, err
	}
	err = r.start(e.ctx, "gateway", gw)
	sim.SetLinks(links(gw, in)...)
	return sim, in, gw, err
}

// banner is what a person reads first: where everything is, and what to paste.
type banner struct{ simulator, control, gateway, admin, inbox, data, note string }

// String lays it out.
func (b banner) String() string {
	admin := "off"
	if b.admin != "" {
		admin = fmt.Sprintf("%-24s darajabox gateway partner list --data %s", b.admin, b.data)
	}
	return fmt.Sprintf(`darajabox %s

  simulator  %-24s Daraja: consumer key sandbox, secret sandbox, shortcode 174379
  control    %-24s console in the browser; the API at /docs
  gateway    %-24s partner API, X-API-KEY: %s
  admin      %s
  inbox      %-24s plays the partner: its webhooks are printed below
  webhooks   signed by %s
  data       %s, %s

Make a payment:

  curl -sS %s/api/v1/mpesa/stk_push -H 'X-API-KEY: %s' -H 'Content-Type: application/json' -d '{"phone":"254708374149","amount":150,"reference":"INV-1","callback_url":"%s/webhook"}'

The phone decides what happens: 254700001032 cancels, 254700002001 enters a wrong PIN, 254700000001 has too
little money; any other pays after two seconds. Ctrl-C stops.

`, version, b.simulator, b.control, b.gateway, localKey, admin, b.inbox,
		gwapp.PartnerConfig{Key: localKey}.WebhookSecret(), b.data, b.note, b.gateway, localKey, b.inbox)
}
