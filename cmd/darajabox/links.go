package main

import (
	gwapp "github.com/darajabox/darajabox/gateway/app"
	"github.com/darajabox/darajabox/inbox"
	simapp "github.com/darajabox/darajabox/simulator/app"
)

// links are the addresses beside the simulator that its console shows.
func links(gw *gwapp.App, in *inbox.Inbox) []simapp.Address {
	all := []simapp.Address{{Name: "Gateway", URL: gw.URL(), Note: "the API of your shop: one call for a payment, signed webhooks"}}
	if admin := gw.AdminURL(); admin != "" {
		all = append(all, simapp.Address{Name: "Gateway administration", URL: admin, Note: "partners, keys, payments; asks for a token"})
	}
	return append(all, simapp.Address{Name: "Inbox", URL: in.URL(), Note: "plays your shop and shows the webhooks that came"})
}
