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
	return keyTable[document]{name: "world", owner: "world", fields: []field[document]{
		value("settings", settingTable(products).form(), func(d *document, s map[string]string) { d.settings = s }),
		value("customers", listOf(customerTable().form(), "customer", `a list of customers, each beginning with "- "`, maxCustomers),
			func(d *document, c []simulator.CustomerSetup) { d.customers = c }),
		value("organisations", listOf(organisationTable().form(), "organisation", `a list of organisations, each beginning with "- "`, maxOrganisations),
			func(d *document, o []simulator.OrganisationSetup) { d.organisations = o }),
		value("seed", seedForm(), func(d *document, n int) { seed := int64(n); d.seed = &seed }),
		value("clock", clockTable().form(), func(d *document, c ClockSetup) { d.clock = &c }),
	}}
}

// settingTable has a key for each setting of the simulator.
func settingTable(products *simulator.Catalogue) keyTable[map[string]string] {
	t := keyTable[map[string]string]{name: "settings", owner: "world.settings"}
	for _, s := range products.Settings() {
		t.fields = append(t.fields, value(s.Name, settingForm(s), func(m *map[string]string, v string) {
			*m = merge(*m, map[string]string{s.Name: v})
		}).described(sentence(s.Doc), ""))
	}
	return t
}

// settingForm is a value of a setting, in quotes or not.
func settingForm(s simulator.Setting) form[string] {
	expected := s.Form
	if s.Allowed != nil {
		expected = oneOf(s.Allowed)
	}
	return parsed(expected, settingSchema(s),
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
		name:     "customer",
		required: []requirement{{"phone", `phone: "254708374149" or another number`}},
		fields: []field[customer]{
			value("phone", phoneForm(), func(c *customer, m daraja.MSISDN) { c.Phone = m }),
			value("balance", moneyForm(), func(c *customer, m daraja.Money) { c.Balance = &m }),
			value("pin", pinForm(), func(c *customer, s string) { c.PIN = s }),
			value("name", textForm(maxName), func(c *customer, s string) { c.Name = s }),
			value("off", switchForm(), func(c *customer, b bool) { c.Off = b }),
			value("registered", switchForm(), func(c *customer, b bool) { c.Unregistered = !b }),
		},
		check: func(r *reader, m mapping, c *customer) { r.once(m, "phone", c.Phone.Digits()) },
	}
}

func organisationTable() keyTable[simulator.OrganisationSetup] {
	type organisation = simulator.OrganisationSetup
	money := func(key string, set func(o *organisation, m daraja.Money)) field[organisation] {
		return value(key, moneyForm(), set)
	}
	t := keyTable[organisation]{
		name:     "organisation",
		required: []requirement{{"shortcode", "shortcode: 600100 or another number"}},
		fields: []field[organisation]{
			value("shortcode", shortcodeForm(), func(o *organisation, s string) { o.Shortcode = s }),
			value("name", textForm(maxName), func(o *organisation, s string) { o.Name = s }),
			value("till", shortcodeForm(), func(o *organisation, s string) { o.Till = s }),
			value("passkey", textForm(200), func(o *organisation, s string) { o.Passkey = s }),
			value("balance", moneyForm(), func(o *organisation, m daraja.Money) { o.Balance = &m }),
			money("min_payment", func(o *organisation, m daraja.Money) { o.Limits.MinPayment = m }),
			money("max_payment", func(o *organisation, m daraja.Money) { o.Limits.MaxPayment = m }),
			money("daily_limit", func(o *organisation, m daraja.Money) { o.Limits.Daily = m }),
			money("max_balance", func(o *organisation, m daraja.Money) { o.Limits.MaxBalance = m }),
			value("nominated", phoneForm(), func(o *organisation, m daraja.MSISDN) { o.Nominated = m }),
			value("initiators", listOf(initiatorTable().form(), "initiator", `a list of initiators, each beginning with "- "`, maxInitiators),
				func(o *organisation, i []simulator.Initiator) { o.Initiators = i }),
		},
		check: func(r *reader, m mapping, o *organisation) {
			r.once(m, "shortcode", o.Shortcode)
			for _, i := range o.Initiators {
				delete(r.firstLine, "initiator "+i.Name) // another organisation may have the name too
			}
		},
	}
	for _, kind := range simulator.OrganisationAccounts() {
		t.fields = append(t.fields, money(kind.Word(), func(o *organisation, m daraja.Money) {
			if o.Accounts == nil {
				o.Accounts = make(map[simulator.AccountKind]daraja.Money)
			}
			if o.Accounts[kind] = m; kind == simulator.AccountChargesPaid {
				o.Accounts[kind] = -m
			}
		}))
	}
	return t
}

func initiatorTable() keyTable[simulator.Initiator] {
	type initiator = simulator.Initiator
	return keyTable[initiator]{
		name:     "initiator",
		required: []requirement{{"name", "name: payouts or another name"}, {"password", "password: with the text that a SecurityCredential encrypts"}},
		fields: []field[initiator]{
			value("name", textForm(maxName), func(i *initiator, s string) { i.Name = s }),
			value("password", textForm(maxName), func(i *initiator, s string) { i.Password = s }),
			value("roles", oneOrMany("roles", wordsForm(simulator.Roles()...), maxChoices),
				func(i *initiator, roles []simulator.Role) { i.Roles = roles }),
			value("expires", dateForm(), func(i *initiator, at time.Time) { i.Expires = at }),
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
		name: "clock", owner: "world.clock", notEmpty: true,
		clashes: []clash{{key: "frozen", is: "true", with: []string{"speed"}, why: "a clock that stands still has no speed"}},
		fields: []field[ClockSetup]{
			value("frozen", switchForm(), func(c *ClockSetup, b bool) { c.Frozen = b }),
			value("at", dateForm(), func(c *ClockSetup, t time.Time) { c.At = t }),
			value("speed", speedForm(), func(c *ClockSetup, f float64) { c.Speed = f }),
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
