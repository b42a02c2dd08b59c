package app

import (
	"net/http"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/internal/hosts"
	"github.com/darajabox/darajabox/internal/startpage"
	"github.com/darajabox/darajabox/simulator"
)

// front is what a browser sees at / of Daraja's API. Its credentials are those that
// every simulator has.
func (a *App) front(r *http.Request) startpage.Page {
	console := a.ctrl.URLFor(hosts.Name(r.Host))
	app := simulator.SandboxApp()
	var paths [][]string
	for _, op := range a.worlds.deps.products.Operations() {
		paths = append(paths, []string{op.Method + " " + op.Path, op.Doc})
	}
	return startpage.Page{
		Title: "Daraja API, simulated",
		Lead:  "This port answers as Safaricom's Daraja does, without a SIM, a network or money. Give your app its address in the place of https://sandbox.safaricom.co.ke.",
		Sections: []startpage.Section{
			{Title: "What to give your app", Rows: [][]string{
				{"base URL", hosts.BaseURL(r)},
				{"consumer key", app.Key},
				{"consumer secret", app.Secret},
				{"shortcode", daraja.SandboxShortcode + ", a paybill; the till is " + simulator.SandboxTill + " with store number " + simulator.SandboxStore},
				{"passkey", "Safaricom's public one for the sandbox; the console's Connect tab has it to copy"},
			}},
			{Title: "Paths", Rows: paths},
			{Title: "See what happens", Links: []startpage.Link{
				{Text: "Console", URL: console + "/", Note: "payments, phones, journal, scenario; makes a payment without an app"},
				{Text: "Control API", URL: console + "/docs", Note: "for tests: the clock, outcomes, what was sent"},
			}},
		},
	}
}
