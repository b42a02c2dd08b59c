package main

import (
	gwapp "github.com/darajabox/darajabox/gateway/app"
	"github.com/darajabox/darajabox/inbox"
	simapp "github.com/darajabox/darajabox/simulator/app"
)

// links are the addresses beside the simulator that its console shows to a browser that
// reaches this machine as host.
func links(gw *gwapp.App, in *inbox.Inbox) func(host string) []simapp.Address {
	return func(host string) []simapp.Address {
		all := []simapp.Address{{Name: "Gateway", URL: gw.URLFor(host), Note: "the API of your shop: one call for a payment, signed webhooks"}}
		if admin := gw.AdminURLFor(host); admin != "" {
			all = append(all, simapp.Address{Name: "Gateway administration", URL: admin, Note: "partners, keys, payments; asks for a token"})
		}
		return append(all, simapp.Address{Name: "Inbox", URL: in.URLFor(host), Note: "plays your shop and shows the webhooks that came"})
	}
}
