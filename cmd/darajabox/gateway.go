package main

import (
	"fmt"
	"maps"
	"slices"

	"github.com/darajabox/darajabox/daraja"
	gwapp "github.com/darajabox/darajabox/gateway/app"
)

// localKey is the partner's key that up hands out; it opens nothing but that.
const localKey = "dbx_test_local"

type gatewayCmd struct {
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
	Speed          float64           `help:"Divides every wait: 10 is ten times faster." default:"1"`
	logFlags
}

// Run starts the gateway.
func (c *gatewayCmd) Run(e *env) error {
	if c.Passkey == "" && c.Shortcode == daraja.SandboxShortcode {
		c.Passkey = daraja.SandboxPasskey
	}
	config := gwapp.Config{
		Addr: c.Addr, Data: c.Data, Database: c.Database, DarajaURL: c.DarajaURL, ConsumerKey: c.ConsumerKey, ConsumerSecret: c.ConsumerSecret,
		Shortcode: c.Shortcode, Passkey: c.Passkey, CallbackURL: c.CallbackURL, Speed: c.Speed, Log: c.logger(e.stderr),
	}
	for _, name := range slices.Sorted(maps.Keys(c.Partner)) {
		config.Partners = append(config.Partners, gwapp.PartnerConfig{Name: name, Key: c.Partner[name]})
	}
	gw, err := gwapp.New(config)
	if err != nil {
		return err
	}
	return serve(e, "gateway", gw, func() { fmt.Fprintf(e.stdout, "gateway  %s\n", gw.URL()) })
}
