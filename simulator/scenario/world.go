package scenario

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/internal/suggest"
	"github.com/darajabox/darajabox/simulator"
)

func worldTable(products *simulator.Catalogue) keyTable[document] {
	return keyTable[document]{name: "world", owner: "world", doc: "The state before the first payment.", fields: []field[document]{
		value("settings", "Switches for what the real Daraja was seen to do in more than one way.", settingTable(products).form(),
			func(d *document, s map[string]string) { d.settings = s }).shown("settings: {think_time: 1s}"),
		value("customers", "Customers with details of your own. The seed gives every other number a name, a PIN and a full wallet.",
			listOf(customerTable().form(), "customer", `a list of customers, each beginning with "- "`, maxCustomers),
			func(d *document, c []simulator.CustomerSetup) { d.customers = c }).shown(`customers: [{phone: "254708374149", balance: 20}]`),
		value("organisations", "Businesses beside the sandbox's, or changes to those.",
			listOf(organisationTable().form(), "organisation", `a list of organisations, each beginning with "- "`, maxOrganisations),
			func(d *document, o []simulator.OrganisationSetup) { d.organisations = o }).shown("organisations: [{shortcode: 600100, name: Duka}]"),
		value("seed", "The number from which identifiers, chances, drawn times and customers are made: the same seed gives the same run.",
			seedForm(), func(d *document, n int) { seed := int64(n); d.seed = &seed }),
		value("clock", "The world's clock at the start.", clockTable().form(), func(d *document, c ClockSetup) { d.clock = &c }).
			shown("clock: {frozen: true}"),
	}}
}

// settingTable has a key for each setting of the simulator.
func settingTable(products *simulator.Catalogue) keyTable[map[string]string] {
	t := keyTable[map[string]string]{name: "settings", owner: "world.settings", doc: "Switches of the simulator."}
	for _, s := range products.Settings() {
		t.fields = append(t.fields, value(s.Name, sentence(s.Doc), settingForm(s), func(m *map[string]string, v string) {
			*m = merge(*m, map[string]string{s.Name: v})
		}))
	}
	return t
}

// settingForm is a value of a setting, in quotes or not.
func settingForm(s simulator.Setting) form[string] {
	expected := s.Form
	if s.Allowed != nil {
		expected = oneOf(s.Allowed)
	}
	return parsed(expected, asWritten(s.Default), settingSchema(s),
		func(text string) (string, error) { return text, s.Check(text) }, func(text string) string { return nearSetting(text, s) })
}

func nearSetting(text string, s simulator.Setting) string {
	word := map[string]string{"true": "on", "yes": "on", "false": "off", "no": "off"}[strings.ToLower(text)]
	if slices.Contains(s.Allowed, word) {
		return word
	}
	if near := nearDuration(text); s.Allowed == nil && s.Check(near) == nil && near != "" {
		return near
	}
	return suggest.Nearest(text, s.Allowed)
}

// settingSchema allows what an unquoted value becomes in an editor: 500 is a number
// there, and true would be a boolean.
func settingSchema(s simulator.Setting) object {
	if s.Allowed == nil {
		return object{"type": []string{"string", "integer"}, "default": s.Default, "title": s.Form}
	}
	var words, numbers []any
	for _, a := range s.Allowed {
		words = append(words, a)
		if n, err := strconv.ParseFloat(a, 64); err == nil && !slices.Contains(numbers, any(n)) {
			numbers = append(numbers, n)
		}
	}
	return object{"enum": append(words, numbers...), "default": s.Default}
}

func customerTable() keyTable[simulator.CustomerSetup] {
	type customer = simulator.CustomerSetup
	return keyTable[customer]{
		name: "customer", doc: "A customer who differs from what the seed makes of the number.",
		required: []requirement{{"phone", `phone: "254708374149" or another number`}},
		fields: []field[customer]{
			value("phone", "The customer's number. Required.", phoneForm(), func(c *customer, m daraja.MSISDN) { c.Phone = m }),
			value("balance", "Shillings in the wallet, cents allowed.", moneyForm(), func(c *customer, m daraja.Money) { c.Balance = &m }),
			value("pin", "The right PIN, four digits.", pinForm(), func(c *customer, s string) { c.PIN = s }),
			value("name", "The customer's name.", textForm(maxName), func(c *customer, s string) { c.Name = s }).shown("name: Jane Wanjiku"),
			value("off", "true: the phone is switched off.", switchForm(), func(c *customer, b bool) { c.Off = b }),
		},
		check: func(r *reader, m mapping, c *customer) { r.once(m, "phone", c.Phone.Digits()) },
	}
}

func organisationTable() keyTable[simulator.OrganisationSetup] {
	type organisation = simulator.OrganisationSetup
	return keyTable[organisation]{
		name: "organisation", doc: "A business with a shortcode.",
		required: []requirement{{"shortcode", "shortcode: 600100 or another number"}},
		fields: []field[organisation]{
			value("shortcode", "What BusinessShortCode says: the paybill, or a till's store number. Required.", shortcodeForm(),
				func(o *organisation, s string) { o.Shortcode = s }).shown("shortcode: 600100"),
			value("name", "What the customer's prompt calls the business.", textForm(maxName),
				func(o *organisation, s string) { o.Name = s }).shown("name: Duka"),
			value("till", "The till number that a push names as PartyB. Without it, a paybill.", shortcodeForm(),
				func(o *organisation, s string) { o.Till = s }).shown("till: 600101"),
			value("passkey", "The passkey. Without it, the sandbox's public one.", textForm(200), func(o *organisation, s string) { o.Passkey = s }).
				shown("passkey: a-passkey-of-our-own"),
			value("balance", "Shillings in its account, cents allowed.", moneyForm(), func(o *organisation, m daraja.Money) { o.Balance = &m }),
			value("initiators", "Its API users, in place of the sandbox's testapi.",
				listOf(initiatorTable().form(), "initiator", `a list of initiators, each beginning with "- "`, maxInitiators),
				func(o *organisation, i []simulator.Initiator) { o.Initiators = i }).shown("initiators: [{name: payouts, password: a-password-of-our-own}]"),
		},
		check: func(r *reader, m mapping, o *organisation) {
			r.once(m, "shortcode", o.Shortcode)
			for _, i := range o.Initiators {
				delete(r.firstLine, "initiator "+i.Name) // another organisation may have the name too
			}
		},
	}
}

func initiatorTable() keyTable[simulator.Initiator] {
	type initiator = simulator.Initiator
	return keyTable[initiator]{
		name: "initiator", doc: "An API user of an organisation.",
		required: []requirement{{"name", "name: payouts or another name"}, {"password", "password: with the text that a SecurityCredential encrypts"}},
		fields: []field[initiator]{
			value("name", "What a request says under Initiator or InitiatorName. Required.", textForm(maxName),
				func(i *initiator, s string) { i.Name = s }).shown("name: payouts"),
			value("password", "What a SecurityCredential encrypts. Required.", textForm(maxName),
				func(i *initiator, s string) { i.Password = s }).shown("password: a-password-of-our-own"),
			value("roles", "What it may do, by the names on M-PESA's organisation portal. Without it, everything.",
				oneOrMany("roles", wordsForm(simulator.Roles()...), maxChoices), func(i *initiator, roles []simulator.Role) { i.Roles = roles }),
		},
		check: func(r *reader, m mapping, i *initiator) { r.once(m, "name", i.Name) },
	}
}

// once reports the second item of a list with the same value of a key.
func (r *reader) once(m mapping, key, value string) {
	item := m.name + " " + value
	switch first := r.firstLine[item]; {
	case value == "": // its mistake is known
	case first != 0:
		what := fmt.Sprintf("this %s belongs to the %s on line %d already", key, m.name, first)
		r.add(m.position(key), problem{What: what, Expected: "each " + m.name + " once"})
	default:
		r.firstLine[item] = m.position(key).line
	}
}

func clockTable() keyTable[ClockSetup] {
	return keyTable[ClockSetup]{
		name: "clock", owner: "world.clock", doc: "The world's clock at the start.", notEmpty: true,
		clashes: []clash{{key: "frozen", is: "true", with: []string{"speed"}, why: "a clock that stands still has no speed"}},
		fields: []field[ClockSetup]{
			value("frozen", "true: the clock stands still until it is advanced, by darajabox clock advance or in the console.", switchForm(),
				func(c *ClockSetup, b bool) { c.Frozen = b }),
			value("at", "What the clock shows at the start. Without it, the machine's time.", dateForm(), func(c *ClockSetup, t time.Time) { c.At = t }),
			value("speed", "How many times faster than the machine's the clock runs.", speedForm(), func(c *ClockSetup, f float64) { c.Speed = f }),
		},
	}
}

// merge has the settings of both; those of a win. It changes neither.
func merge(a, b map[string]string) map[string]string {
	if len(b) == 0 {
		return a
	}
	out := maps.Clone(b)
	maps.Copy(out, a)
	return out
}

// union has the items of both; of two with the same key, that of a.
func union[T any, K comparable](a, b []T, key func(T) K) []T {
	known := make(map[K]bool, len(a))
	for _, v := range a {
		known[key(v)] = true
	}
	return append(slices.Clone(a), slices.DeleteFunc(slices.Clone(b), func(v T) bool { return known[key(v)] })...)
}
