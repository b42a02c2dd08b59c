package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"github.com/darajabox/darajabox/daraja"
	gwapp "github.com/darajabox/darajabox/gateway/app"
	"github.com/darajabox/darajabox/internal/inbox"
	"github.com/darajabox/darajabox/simulator"
	simapp "github.com/darajabox/darajabox/simulator/app"
)

type upCmd struct {
	SimulatorAddr string   `help:"Address of the simulator's API: HOST:PORT, or PORT for 127.0.0.1. Port 0 is any free one, host 0.0.0.0 all addresses of the machine." default:"127.0.0.1:7070" placeholder:"HOST:PORT"`
	ControlAddr   string   `help:"Address of the simulator's control port." default:"127.0.0.1:7071" placeholder:"HOST:PORT"`
	GatewayAddr   string   `help:"Address of the gateway." default:"127.0.0.1:8080" placeholder:"HOST:PORT"`
	GatewayHost   []string `help:"Name under which the gateway may be asked, beside localhost and its address, such as the name that containers know it by." placeholder:"NAME"`
	AdminAddr     string   `help:"Address of the gateway's administration; an empty one turns it off." default:"127.0.0.1:8081" placeholder:"HOST:PORT"`
	InboxAddr     string   `help:"Address of the inbox that plays the partner." default:"127.0.0.1:8090" placeholder:"HOST:PORT"`
	Data          string   `help:"Folder of the gateway's database; a temporary one unless given." type:"path" placeholder:"DIR"`
	Till          string   `help:"Collect for this Buy Goods till of the simulator, such as 174380, in place of the paybill 174379." placeholder:"NUMBER"`
	BeginAnew     bool     `help:"Begin with an empty database although the data folder shows that there was another one. For one start only."`
	Speed         float64  `help:"Divides every wait there is, webhook retries included." default:"1"`
	reachFlags
	worldFlags
	activityFlags
	logFlags
}

func (c *upCmd) Run(e *env, app *kong.Kong) (err error) {
	ignoreSIGPIPE()
	c.warnVariables(e, app)
	if err := c.listeners().check(e.ctx); err != nil {
		return err
	}
	data := c.Data
	if data == "" {
		if data, err = os.MkdirTemp("", "darajabox-"); err != nil {
			return fmt.Errorf("the gateway has no folder for its data: %w; name one with --data", err)
		}
		defer func() { _ = os.RemoveAll(data) }()
	}
	repeatsReceipts := c.repeatsReceipts()
	report := c.newReporter(e)
	defer report.stop()
	var r running
	defer func() { err = errors.Join(err, r.stop()) }()
	sim, in, gw, err := c.start(e, &r, data, report)
	if err != nil {
		return c.listeners().explain(err)
	}
	b := c.banner(e, sim, c.Quiet)
	b.Gateway, b.Admin, b.Inbox, b.Data, b.Temporary, b.Till = gw.URL(), gw.AdminURL(), in.URL(), data, c.Data == "", c.Till
	c.announce(e, c.bannerWriter(e), b, c.listeners(),
		"base_url", b.BaseURL, "control_url", b.ControlURL, "gateway_url", b.Gateway, "admin_url", b.Admin, "inbox_url", b.Inbox, "data", b.Data,
		"proxy_addr", b.Proxy, "tls_addr", sim.TLSAddr())
	if repeatsReceipts {
		c.warn(e, repeatedReceipts)
	}
	report.start()
	<-e.ctx.Done()
	if c.LogFormat != "json" {
		printWithin(c.bannerWriter(e), "\nstopping\n", time.Second)
	}
	return nil
}

// listeners are the addresses to listen on. An empty address turns the administration off;
// the simulator takes a free one for it.
func (c *upCmd) listeners() listeners {
	optional := listeners{
		{simapp.ListenerAPI, "--simulator-addr", c.SimulatorAddr}, {simapp.ListenerControl, "--control-addr", c.ControlAddr},
		{gwapp.ListenerAdmin, "--admin-addr", c.AdminAddr},
	}
	given := slices.DeleteFunc(optional, func(l listener) bool { return l.addr == "" })
	given = append(given, c.reachFlags.listeners()...)
	return append(given, listener{gwapp.ListenerGateway, "--gateway-addr", c.GatewayAddr}, listener{inbox.Listener, "--inbox-addr", c.InboxAddr})
}

// repeatedReceipts is why payments of an earlier run may stop those of this one.
const repeatedReceipts = "the data folder has payments of an earlier run, and on a clock that begins at a given time the same seed gives prompts and receipts that it gave before: " +
	"such a payment goes to review, and its partner gets no webhook. Give another --seed, or another folder as --data"

// repeatsReceipts reports whether a genuine payment may get the prompt and the receipt of
// an earlier run. They come from seed, phone and time.
func (c *upCmd) repeatsReceipts() bool {
	if c.Data == "" || !c.Frozen && c.At.IsZero() {
		return false
	}
	_, err := os.Stat(filepath.Join(c.Data, gwapp.DatabaseFile))
	return err == nil
}

func (c *upCmd) start(e *env, r *running, data string, report *reporter) (*simapp.App, *inbox.Inbox, *gwapp.App, error) {
	sim, err := r.startSimulator(e, simulatorCmd{
		Addr: c.SimulatorAddr, ControlAddr: c.ControlAddr, Speed: c.Speed, reachFlags: c.reachFlags, worldFlags: c.worldFlags, logFlags: c.logFlags,
	}, report)
	if err != nil {
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
		attempts = webhooks.exceptInbox(in.URL())
	}
	org, err := c.organisation(sim)
	if err != nil {
		return nil, nil, nil, err
	}
	gw, err := gwapp.New(gwapp.Config{
		Addr: c.GatewayAddr, Data: data, BeginAnew: c.BeginAnew, DarajaURL: sim.URL(), ConsumerKey: "sandbox", ConsumerSecret: "sandbox",
		Shortcode: org.Shortcode, Till: org.Till, Passkey: org.Passkey, ReferenceLength: gwapp.DefaultReferenceLength, FreshToken: true,
		Partners: []gwapp.PartnerConfig{local}, AllowPrivate: true, Speed: c.Speed, Log: c.logger(e.stderr),
		AdminAddr: c.AdminAddr, Version: version, NoPages: true, Hosts: c.GatewayHost, Reviews: report.reviews(sim), Report: attempts,
	})
	if err != nil {
		return nil, nil, nil, err
	}
	err = r.start(e.ctx, "gateway", gw)
	sim.SetLinks(links(gw, in))
	return sim, in, gw, err
}

// organisation is the one that the gateway collects for: the sandbox's, or that of --till.
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

func localPartner() gwapp.PartnerConfig { return gwapp.PartnerConfig{Name: "local", Key: localKey} }

// links are the addresses that the console shows to a browser that knows us as host.
func links(gw *gwapp.App, in *inbox.Inbox) func(host string) []simapp.Address {
	return func(host string) []simapp.Address {
		all := []simapp.Address{{Name: "Gateway", URL: gw.URLFor(host), Note: "the API of your shop: one call for a payment, signed webhooks"}}
		if admin := gw.AdminURLFor(host); admin != "" {
			all = append(all, simapp.Address{Name: "Gateway administration", URL: admin, Note: "partners, keys, payments; asks for a token"})
		}
		return append(all, simapp.Address{Name: "Inbox", URL: in.URLFor(host), Note: "plays your shop and shows the webhooks that came"})
	}
}
