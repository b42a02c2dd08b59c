package scenario

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
)

func worldFields() []field[document] {
	return []field[document]{
		{name: "settings", doc: "Switches for what the real Daraja was seen to do in more than one way.", example: "settings: {think_time: 1s}", schema: defined("settings"),
			read: func(r *reader, n *node, d *document) {
				readMapping(r, n, "settings", r.language.settings, &d.settings)
			}},
		{name: "customers", doc: "Customers with details of your own. The seed gives every other number a name, a PIN and a full wallet.",
			example: `customers: [{phone: "254708374149", balance: 20}]`, schema: listOf("customer", maxCustomers),
			read: func(r *reader, n *node, d *document) {
				first := make(map[daraja.MSISDN]int)
				readList(r, n, "customers", `a list of customers, each beginning with "- "`, maxCustomers, func(item *node) { d.customers = append(d.customers, readCustomer(r, item, first)) })
			}},
		{name: "organisations", doc: "Businesses beside the sandbox's, or changes to those.", example: "organisations: [{shortcode: 600100, name: Duka}]", schema: listOf("organisation", maxOrganisations),
			read: func(r *reader, n *node, d *document) {
				first := make(map[string]int)
				readList(r, n, "organisations", `a list of organisations, each beginning with "- "`, maxOrganisations, func(item *node) { d.organisations = append(d.organisations, readOrganisation(r, item, first)) })
			}},
		value("seed", "The number from which identifiers, chances, drawn times and customers are made: the same seed gives the same run.", seedForm(), func(d *document, n int64) { d.seed = &n }),
		{name: "clock", doc: "The world's clock at the start.", example: "clock: {frozen: true}", schema: defined("clock"),
			read: func(r *reader, n *node, d *document) { d.clock = readClock(r, n) }},
	}
}

// settingFields has a key for each setting of the simulator.
func settingFields() []field[map[string]string] {
	var out []field[map[string]string]
	for _, s := range simulator.Settings() {
		out = append(out, value(s.Name, sentence(s.Doc), settingForm(s), func(m *map[string]string, v string) {
			if *m == nil {
				*m = make(map[string]string)
			}
			(*m)[s.Name] = v
		}))
	}
	return out
}

func customerFields() []field[simulator.CustomerSetup] {
	type customer = simulator.CustomerSetup
	return []field[customer]{
		value("phone", "The customer's number. Required.", phoneForm(), func(c *customer, m daraja.MSISDN) { c.Phone = m }),
		value("balance", "Shillings in the wallet, cents allowed.", moneyForm(), func(c *customer, m daraja.Money) { c.Balance = &m }),
		value("pin", "The right PIN, four digits.", pinForm(), func(c *customer, s string) { c.PIN = s }),
		value("name", "The customer's name.", textForm(maxName), func(c *customer, s string) { c.Name = s }).shown("name: Jane Wanjiku"),
		value("off", "true: the phone is switched off.", switchForm(), func(c *customer, b bool) { c.Off = b }),
	}
}

func readCustomer(r *reader, n *node, first map[daraja.MSISDN]int) simulator.CustomerSetup {
	var c simulator.CustomerSetup
	seen := readMapping(r, n, "customer", r.language.customer, &c)
	switch {
	case lacks(seen, r.language.customer, "phone"):
		r.add(n.at, problem{what: "this customer has no phone", expected: `phone: "254708374149" or another number`})
	case c.Phone == "": // said already
	case first[c.Phone] != 0:
		r.add(seen.at("phone"), problem{what: fmt.Sprintf("this phone belongs to the customer on line %d already", first[c.Phone]), expected: "each customer once"})
	default:
		first[c.Phone] = seen.at("phone").line
	}
	return c
}

func organisationFields() []field[simulator.OrganisationSetup] {
	type organisation = simulator.OrganisationSetup
	return []field[organisation]{
		value("shortcode", "What BusinessShortCode says: the paybill, or a till's store number. Required.", shortcodeForm(), func(o *organisation, s string) { o.Shortcode = s }).shown("shortcode: 600100"),
		value("name", "What the customer's prompt calls the business.", textForm(maxName), func(o *organisation, s string) { o.Name = s }).shown("name: Duka"),
		value("till", "The till number that a push names as PartyB. Without it, a paybill.", shortcodeForm(), func(o *organisation, s string) { o.Till = s }).shown("till: 600101"),
		value("passkey", "The passkey. Without it, the sandbox's public one.", textForm(200), func(o *organisation, s string) { o.Passkey = s }).shown("passkey: a-passkey-of-our-own"),
		value("balance", "Shillings in its account, cents allowed.", moneyForm(), func(o *organisation, m daraja.Money) { o.Balance = &m }),
	}
}

func readOrganisation(r *reader, n *node, first map[string]int) simulator.OrganisationSetup {
	var o simulator.OrganisationSetup
	seen := readMapping(r, n, "organisation", r.language.organisation, &o)
	switch {
	case lacks(seen, r.language.organisation, "shortcode"):
		r.add(n.at, problem{what: "this organisation has no shortcode", expected: "shortcode: 600100 or another number"})
	case o.Shortcode == "": // said already
	case first[o.Shortcode] != 0:
		r.add(seen.at("shortcode"), problem{what: fmt.Sprintf("this shortcode belongs to the organisation on line %d already", first[o.Shortcode]), expected: "each organisation once"})
	default:
		first[o.Shortcode] = seen.at("shortcode").line
	}
	return o
}

func clockFields() []field[ClockSetup] {
	return []field[ClockSetup]{
		value("frozen", "true: the clock stands still until it is advanced, by darajabox clock advance or in the console.", switchForm(), func(c *ClockSetup, b bool) { c.Frozen = b }),
		value("at", "What the clock shows at the start. Without it, the machine's time.", dateForm(), func(c *ClockSetup, t time.Time) { c.At = t }),
		value("speed", "How many times faster than the machine's the clock runs.", speedForm(), func(c *ClockSetup, f float64) { c.Speed = f }),
	}
}

func clockClashes() []clash {
	return []clash{{key: "frozen", is: "true", with: []string{"speed"}, why: "a clock that stands still has no speed"}}
}

func readClock(r *reader, n *node) *ClockSetup {
	var c ClockSetup
	seen := readMapping(r, n, "clock", r.language.clock, &c)
	if seen != nil && len(seen) == 0 {
		r.add(n.at, problem{what: "clock is empty", expected: oneOf(names(r.language.clock))})
	}
	r.clashes(seen, clockClashes())
	return &c
}

// What two files make of the same thing: the first one's.

func firstOf[T any](a, b *T) *T {
	if a != nil {
		return a
	}
	return b
}

func merge(a, b map[string]string) map[string]string {
	if len(a)+len(b) == 0 {
		return nil
	}
	out := make(map[string]string, len(a)+len(b))
	maps.Copy(out, b)
	maps.Copy(out, a)
	return out
}

func union[T any, K comparable](a, b []T, key func(T) K) []T {
	known := make(map[K]bool, len(a))
	for _, v := range a {
		known[key(v)] = true
	}
	out := slices.Clone(a)
	for _, v := range b {
		if !known[key(v)] {
			out = append(out, v)
		}
	}
	return out
}

func phoneOf(c simulator.CustomerSetup) daraja.MSISDN  { return c.Phone }
func shortcodeOf(o simulator.OrganisationSetup) string { return o.Shortcode }
