package control

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/gorilla/mux"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/control/client"
	"github.com/darajabox/darajabox/simulator/journal"
)

// limitFields are the limits of an organisation by the names that the API gives them.
func limitFields(l *simulator.Limits) map[string]*daraja.Money {
	return map[string]*daraja.Money{
		simulator.SettingMinPayment: &l.MinPayment, simulator.SettingMaxPayment: &l.MaxPayment,
		simulator.SettingDailyLimit: &l.Daily, simulator.SettingMaxBalance: &l.MaxBalance,
	}
}

func newOrganisation(o simulator.OrganisationView) client.Organisation {
	v := client.Organisation{
		Shortcode: o.Shortcode, Name: o.Name, Till: o.Till, Nominated: o.Nominated.Digits(), BalanceCents: int64(o.Balance),
		Accounts: map[string]int64{}, Limits: map[string]int64{}, Initiators: []client.Initiator{},
	}
	for _, a := range o.Accounts {
		v.Accounts[a.Account.Kind.Word()] = int64(a.Balance)
	}
	for name, limit := range limitFields(&o.Limits) {
		if *limit > 0 {
			v.Limits[name] = int64(*limit)
		}
	}
	initiators := o.Initiators
	if initiators == nil {
		initiators = simulator.SandboxInitiators()
	}
	for _, i := range initiators {
		one := client.Initiator{Name: i.Name, Password: i.Password, Locked: slices.Contains(o.Locked, i.Name)}
		if i.Roles != nil {
			one.Roles = []string{}
			for _, role := range i.Roles {
				one.Roles = append(one.Roles, string(role))
			}
		}
		if !i.Expires.IsZero() {
			at := i.Expires.In(daraja.EAT())
			one.Expires = &at
		}
		v.Initiators = append(v.Initiators, one)
	}
	return v
}

func (s *server) organisations(w World, _ *http.Request) (any, error) {
	list := client.Organisations{Organisations: []client.Organisation{}}
	for _, o := range w.Domain().Organisations() {
		list.Organisations = append(list.Organisations, newOrganisation(o))
	}
	return list, nil
}

// editOrganisation changes an organisation, or adds one.
func (s *server) editOrganisation(w World, r *http.Request, body client.OrganisationEdit) (any, error) {
	setup := simulator.OrganisationSetup{Organisation: simulator.Organisation{
		Shortcode: mux.Vars(r)["shortcode"], Name: body.Name, Till: body.Till, Passkey: body.Passkey,
	}}
	if body.Nominated != "" {
		m, err := phoneNumber(body.Nominated)
		if err != nil {
			return nil, err
		}
		setup.Nominated = m
	}
	kinds := make(map[string]simulator.AccountKind)
	for _, kind := range simulator.OrganisationAccounts() {
		kinds[kind.Word()] = kind
	}
	setup.Accounts = make(map[simulator.AccountKind]daraja.Money)
	for _, name := range slices.Sorted(maps.Keys(body.Accounts)) {
		kind, known := kinds[name]
		if !known {
			return nil, refuseField("accounts_cents", ": %s", unknownKey(name, slices.Sorted(maps.Keys(kinds))))
		}
		setup.Accounts[kind] = daraja.Money(body.Accounts[name])
	}
	fields := limitFields(&setup.Limits)
	for _, name := range slices.Sorted(maps.Keys(body.Limits)) {
		if fields[name] == nil {
			return nil, refuseField("limits_cents", ": %s", unknownKey(name, slices.Sorted(maps.Keys(fields))))
		}
		*fields[name] = daraja.Money(body.Limits[name])
	}
	edited, err := w.Domain().EditOrganisation(setup)
	if err != nil {
		return nil, refuse(http.StatusBadRequest, "%s", err)
	}
	recordAction(w, r, journal.Record{Shortcode: setup.Shortcode, Reason: "the organisation was edited"})
	return newOrganisation(edited), nil
}

// setInitiator adds an initiator to an organisation, or changes one.
func (s *server) setInitiator(w World, r *http.Request, body client.InitiatorEdit) (any, error) {
	shortcode := mux.Vars(r)["shortcode"]
	i := simulator.Initiator{Name: mux.Vars(r)["name"], Password: body.Password, Expires: w.Clock().Now().Add(simulator.PasswordLife)}
	if body.Expires != nil {
		i.Expires = *body.Expires
	}
	if body.Roles != nil {
		i.Roles = []simulator.Role{}
	}
	for _, name := range body.Roles {
		role := simulator.Role(name)
		if !slices.Contains(simulator.Roles(), role) {
			return nil, refuseField("roles", ": %.60q is no role; there are %s", name, joinRoles())
		}
		i.Roles = append(i.Roles, role)
	}
	edited, err := w.Domain().SetInitiator(shortcode, i)
	if err != nil {
		return nil, refuse(http.StatusBadRequest, "%s", err)
	}
	recordAction(w, r, journal.Record{Shortcode: shortcode, Reason: fmt.Sprintf("initiator %.60s was set", i.Name)})
	return newOrganisation(edited), nil
}

func joinRoles() string {
	var all []string
	for _, role := range simulator.Roles() {
		all = append(all, string(role))
	}
	return strings.Join(all, ", ")
}

func (s *server) apps(w World, _ *http.Request) (any, error) {
	list := client.Apps{Apps: []client.App{}}
	for _, app := range w.Domain().Apps() {
		list.Apps = append(list.Apps, client.App{Key: app.Key, Products: app.Products})
	}
	return list, nil
}

// editApp changes which products an app may use.
func (s *server) editApp(w World, r *http.Request, body client.AppEdit) (any, error) {
	key := mux.Vars(r)["key"]
	if !slices.ContainsFunc(w.Domain().Apps(), func(a simulator.App) bool { return a.Key == key }) {
		return nil, refuse(http.StatusNotFound, "no app of this world has the consumer key %.60q", key)
	}
	for _, name := range body.Products {
		if _, known := s.Products.Product(name); !known {
			return nil, refuseField("products", ": no product is called %.40q; 'darajabox product list' has them", name)
		}
	}
	w.Domain().SetAppProducts(key, body.Products)
	what := "every product"
	if body.Products != nil {
		what = "the products " + strings.Join(body.Products, ", ")
	}
	recordAction(w, r, journal.Record{Reason: "the app has " + what})
	return client.App{Key: key, Products: body.Products}, nil
}
