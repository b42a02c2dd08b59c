package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"github.com/darajabox/darajabox/daraja"
	gwapp "github.com/darajabox/darajabox/gateway/app"
	"github.com/darajabox/darajabox/inbox"
	"github.com/darajabox/darajabox/simulator"
	simapp "github.com/darajabox/darajabox/simulator/app"
)

type upCmd struct {
	SimulatorAddr string  `help:"Address of the simulator's API: HOST:PORT, or PORT for 127.0.0.1. Port 0 is any free one, host 0.0.0.0 all addresses of the machine." default:"127.0.0.1:7070" placeholder:"HOST:PORT"`
	ControlAddr   string  `help:"Address of the simulator's control port." default:"127.0.0.1:7071" placeholder:"HOST:PORT"`
	GatewayAddr   string  `help:"Address of the gateway." default:"127.0.0.1:8080" placeholder:"HOST:PORT"`
	AdminAddr     string  `help:"Address of the gateway's administration; an empty one turns it off." default:"127.0.0.1:8081" placeholder:"HOST:PORT"`
	InboxAddr     string  `help:"Address of the inbox that plays the partner." default:"127.0.0.1:8090" placeholder:"HOST:PORT"`
	Data          string  `help:"Folder of the gateway's database; a temporary one unless given." type:"path" placeholder:"DIR"`
	Till          string  `help:"Collect for this Buy Goods till of the simulator, such as 174380, in place of the paybill 174379." placeholder:"NUMBER"`
	BeginAnew     bool    `help:"Begin with an empty database although the data folder shows that there was another one. For one start only."`
	Speed         float64 `help:"Divides every wait there is, webhook retries included." default:"1"`
	worldFlags
	activityFlags
	logFlags
}

// Help teaches by example.
func (upCmd) Help() string {
	return linesHelp() + `

    darajabox up
    darajabox up --till 174380                   # a till (Buy Goods) is paid
    darajabox up --scenario timeout-then-paid
    darajabox up --frozen                        # then: darajabox clock advance 5s
    darajabox up --output json | jq -r .result`
}

// Run starts everything, says where it is, and prints what happens.
func (c *upCmd) Run(e *env, app *kong.Kong) (err error) {
	outliveReader()
	c.warnVariables(e, app)
	if err := c.addrFlags().check(e.ctx, c.asked()...); err != nil {
		return err
	}
	data, remove, err := c.dataDir()
	if err != nil {
		return err
	}
	defer remove()
	kept := c.repeatsReceipts()
	report := c.newReporter(e)
	defer report.stop()
	var r running
	defer func() { err = errors.Join(err, r.stop()) }()
	sim, in, gw, err := c.start(e, &r, data, report)
	if err != nil {
		return c.addrFlags().explain(err)
	}
	b := upBanner{
		worldFacts: c.facts(e, sim, c.Quiet), gateway: gw.URL(), admin: gw.AdminURL(), inbox: in.URL(), data: data, note: "kept", till: c.Till,
	}
	if c.Data == "" {
		b.note = "deleted when this stops"
	}
	c.announce(e, c.bannerTo(e), b.String(), []listening{
		{"simulator", c.SimulatorAddr}, {"control port", c.ControlAddr}, {"gateway", c.GatewayAddr},
		{"gateway's administration", c.AdminAddr}, {"inbox", c.InboxAddr},
	}, "base_url", b.baseURL, "control_url", b.controlURL, "gateway_url", b.gateway, "admin_url", b.admin, "inbox_url", b.inbox, "data", b.data)
	if kept {
		c.warn(e, keptData)
	}
	report.start(e)
	<-e.ctx.Done()
	if c.LogFormat != "json" {
		printWithin(c.bannerTo(e), "\nstopping\n", time.Second)
	}
	return nil
}

func (c *upCmd) addrFlags() addrFlags {
	return addrFlags{
		simapp.ListenerAPI: "--simulator-addr", simapp.ListenerControl: "--control-addr",
		gwapp.ListenerGateway: "--gateway-addr", gwapp.ListenerAdmin: "--admin-addr", inbox.Listener: "--inbox-addr",
	}
}

// keptData is why payments of an earlier run may stop those of this one.
const keptData = "the data folder has payments of an earlier run, and on a clock that begins at a given time the same seed gives prompts and receipts that it gave before: " +
	"such a payment goes to review, and no webhook tells of it. Give another --seed, or another folder as --data"

// repeatsReceipts reports whether a genuine payment may get the prompt and the receipt of
// an earlier run. They come from seed, phone and time.
func (c *upCmd) repeatsReceipts() bool {
	if c.Data == "" || !c.Frozen && c.At.IsZero() {
		return false
	}
	_, err := os.Stat(filepath.Join(c.Data, gwapp.DatabaseFile))
	return err == nil
}

// asked are the addresses to listen on. The simulator takes a free one for an empty one.
func (c *upCmd) asked() []wanted {
	all := []wanted{{gwapp.ListenerGateway, c.GatewayAddr}, {inbox.Listener, c.InboxAddr}}
	for _, a := range []wanted{{gwapp.ListenerAdmin, c.AdminAddr}, {simapp.ListenerControl, c.ControlAddr}, {simapp.ListenerAPI, c.SimulatorAddr}} {
		if a.addr != "" {
			all = append([]wanted{a}, all...)
		}
	}
	return all
}

// dataDir is the folder that was asked for, or a temporary one and its removal.
func (c *upCmd) dataDir() (dir string, remove func(), err error) {
	if c.Data != "" {
		return c.Data, func() {}, nil
	}
	dir, err = os.MkdirTemp("", "darajabox-")
	if err != nil {
		return "", nil, fmt.Errorf("the gateway has no folder for its data: %w; name one with --data", err)
	}
	return dir, func() { _ = os.RemoveAll(dir) }, nil
}

func (c *upCmd) start(e *env, r *running, data string, report *reporter) (*simapp.App, *inbox.Inbox, *gwapp.App, error) {
	log := c.logger(e.stderr)
	config, w, err := c.config(e)
	if err != nil {
		return nil, nil, nil, err
	}
	config.Addr, config.ControlAddr, config.Speed, config.Log = c.SimulatorAddr, c.ControlAddr, c.Speed, log
	config.Report = report.records()
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
	local := localPartner()
	webhooks := report.webhooks(sim)
	var attempts func(gwapp.WebhookAttempt) // --quiet leaves them to the log
	in := inbox.New(inbox.Config{Addr: c.InboxAddr, Now: time.Now, Secret: local.WebhookSecret(), Report: webhooks})
	if err := r.start(e.ctx, "inbox", in); err != nil {
		return nil, nil, nil, err
	}
	if report != nil {
		attempts = webhooks.elsewhere(in.URL())
	}
	org, err := c.organisation(sim)
	if err != nil {
		return nil, nil, nil, err
	}
	gw, err := gwapp.New(gwapp.Config{
		Addr: c.GatewayAddr, Data: data, BeginAnew: c.BeginAnew, DarajaURL: sim.URL(), ConsumerKey: "sandbox", ConsumerSecret: "sandbox",
		Shortcode: org.Shortcode, Till: org.Till, Passkey: org.Passkey, ReferenceLength: gwapp.DefaultReferenceLength, FreshToken: true,
		Partners: []gwapp.PartnerConfig{local}, AllowPrivate: true, Speed: c.Speed, Log: log,
		AdminAddr: c.AdminAddr, Version: version, NoPages: true, Reviews: report.reviews(sim), Report: attempts,
	})
	if err != nil {
		return nil, nil, nil, err
	}
	err = r.start(e.ctx, "gateway", gw)
	sim.SetLinks(links(gw, in))
	return sim, in, gw, err
}

// organisation is the one of the simulator that the gateway collects for: the sandbox's
// paybill, or the one whose till was asked for.
func (c *upCmd) organisation(sim *simapp.App) (simulator.Organisation, error) {
	if c.Till == "" {
		return simulator.Organisation{Shortcode: daraja.SandboxShortcode, Passkey: daraja.SandboxPasskey}, nil
	}
	w, _ := sim.Worlds().Get(defaultWorld) // it is always there
	var tills []string
	for _, o := range w.Domain().Organisations() {
		if o.Till == c.Till {
			return o.Organisation, nil
		}
		if o.Till != "" {
			tills = append(tills, o.Till)
		}
	}
	return simulator.Organisation{}, fmt.Errorf("the simulator has no till %.20q; it has %s; a scenario file can add one (docs/scenarios.md, organisations)", c.Till, strings.Join(tills, ", "))
}

// localPartner is the partner that up gives the gateway.
func localPartner() gwapp.PartnerConfig { return gwapp.PartnerConfig{Name: "local", Key: localKey} }
