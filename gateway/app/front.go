package app

import (
	"net/http"

	"github.com/darajabox/darajabox/gateway/admin"
	"github.com/darajabox/darajabox/internal/hosts"
	"github.com/darajabox/darajabox/internal/startpage"
)

// withPage puts a page for browsers before an API. A gateway in production has none.
func (cfg Config) withPage(h http.Handler, page func(*http.Request) startpage.Page) http.Handler {
	if cfg.Production {
		return h
	}
	return startpage.Handler(h, page)
}

// front is what a browser sees at / of the partner API.
func front(r *http.Request) startpage.Page {
	return startpage.Page{
		Title: "Payment gateway",
		Lead:  "This port is the API of your shop or app: one call asks a customer to pay by M-PESA, and a signed webhook says how it ended.",
		Sections: []startpage.Section{
			{
				Title: "Make a payment",
				Text:  "YOUR_WEBHOOK_URL is where your shop takes webhooks; the inbox of “darajabox up” has the path /webhook. An API key goes into the header X-API-KEY: “darajabox up” prints one, “darajabox gateway key create” makes more.",
				Code: "curl -sS " + hosts.BaseURL(r) + `/api/v1/mpesa/stk_push -H 'X-API-KEY: YOUR_KEY' -H 'Content-Type: application/json' \
  -d '{"phone":"254708374149","amount":150,"reference":"INV-1","callback_url":"YOUR_WEBHOOK_URL"}'`,
			},
			{Title: "Paths", Rows: [][]string{
				{"POST /api/v1/mpesa/stk_push", "asks a customer to pay; the header X-Idempotency-Key makes it safe to repeat"},
				{"GET /api/v1/transactions", "your payments; ?status=review lists those that need a person"},
				{"GET /api/v1/transactions/{id}", "how a payment stands"},
				{"GET /api/v1/deliveries", "your webhooks and their attempts"},
				{"GET /api/v1/deliveries/{id}", "one of them"},
				{"POST /api/v1/deliveries/{id}/resend", "sends it again"},
				{"GET /health", "200 when the gateway is at work"},
			}},
			{Title: "More", Text: "docs/gateway.md in the project describes each path, the webhook's signature and how to verify it."},
		},
	}
}

// adminFront is what a browser sees at / of administration.
func adminFront(*http.Request) startpage.Page {
	return startpage.Page{
		Title: "Gateway administration",
		Lead:  "This port is for those who run the gateway: partners, API keys, webhook secrets, payments and webhooks. It asks for a token and belongs on an address that nobody else reaches.",
		Sections: []startpage.Section{
			{
				Title: "From a shell",
				Text:  "The commands find the token in the gateway's data folder.",
				Code:  "darajabox gateway partner list --data DIR\ndarajabox gateway key create PARTNER --data DIR\ndarajabox gateway payment list --data DIR",
			},
			{Title: "Paths", Text: "Each takes the token as Authorization: Bearer.", Rows: [][]string{
				{admin.Base + "/partners", "partners, their keys and secrets"},
				{admin.Base + "/payments", "every payment with its history"},
				{admin.Base + "/reviews", "payments that need a person, and their resolution"},
				{admin.Base + "/results", "result codes that were declared"},
				{admin.Base + "/deliveries", "webhooks and their attempts"},
				{"/metrics, /readyz, /livez", "for monitoring, without a token"},
			}},
		},
	}
}
