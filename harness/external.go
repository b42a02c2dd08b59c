package harness

import (
	"context"
	"fmt"
	"net/url"
)

// External is a stack that runs already: any gateway with the partner
// API, against a darajabox simulator, with a darajabox inbox as the partner.
type External struct {
	Label string    // how it is called in reports; "" is "external"
	At    Addresses // all of them
}

// Check returns what is missing in the addresses, or nil.
func (e External) Check() error {
	for _, a := range []struct{ name, value string }{
		{"Simulator", e.At.Simulator}, {"Control", e.At.Control}, {"Gateway", e.At.Gateway}, {"Inbox", e.At.Inbox},
		{"InboxForGateway", e.At.InboxForGateway}, {"GatewayForDaraja", e.At.GatewayForDaraja},
	} {
		if u, err := url.Parse(a.value); err != nil || u.Host == "" {
			return fmt.Errorf("external stack: %s is %q, it must be an absolute URL", a.name, a.value)
		}
	}
	if e.At.PartnerKey == "" || e.At.OtherPartnerKey == "" {
		return fmt.Errorf("external stack: it needs the keys of two partners")
	}
	return nil
}

// Name implements Stack.
func (e External) Name() string {
	if e.Label == "" {
		return "external"
	}
	return e.Label
}

// Addresses implements Stack.
func (e External) Addresses() Addresses { return e.At }

// Mark implements Stack; the logs are not ours.
func (e External) Mark() {}

// Logs implements Stack.
func (e External) Logs() string { return "" }

// Close implements Stack; the services go on.
func (e External) Close(context.Context) error { return nil }
