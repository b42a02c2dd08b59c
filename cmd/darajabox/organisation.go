package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/darajabox/darajabox/simulator/control/client"
)

type organisationCmd struct {
	List      organisationListCmd      `cmd:"" default:"withargs" help:"List the organisations of a world: paybills, tills, and what is on their accounts."`
	Set       organisationSetCmd       `cmd:"" help:"Edit an organisation, or add one: name, accounts, limits."`
	Initiator organisationInitiatorCmd `cmd:"" help:"Add an initiator to an organisation, or change and unlock one."`
}

// accountWords are the accounts of an organisation in M-PESA's order.
func accountWords() []string {
	return []string{"working", "utility", "charges_paid", "merchant", "settlement"}
}

type organisationListCmd struct{ clientFlags }

func (c *organisationListCmd) Run(e *env) error {
	return answerOf(c.world().Organisations(e.ctx)).print(e, c, func(w io.Writer, l client.Organisations) {
		const header = "SHORTCODE|NAME|TILL|WORKING|UTILITY|CHARGES PAID|MERCHANT|SETTLEMENT|INITIATORS"
		printTable(w, "There is no organisation.", header, l.Organisations, func(o client.Organisation) []string {
			row := []string{o.Shortcode, o.Name, o.Till}
			for _, account := range accountWords() {
				row = append(row, shillings(o.Accounts[account]))
			}
			return append(row, initiatorNames(o))
		})
	})
}

func initiatorNames(o client.Organisation) string {
	var names []string
	for _, i := range o.Initiators {
		if i.Locked {
			i.Name += " (locked)"
		}
		names = append(names, i.Name)
	}
	return strings.Join(names, ", ")
}

func printOrganisation(w io.Writer, o client.Organisation) {
	rows := [][]string{{"shortcode", o.Shortcode}, {"name", o.Name}, {"till", o.Till}, {"nominated number", o.Nominated}}
	for _, account := range accountWords() {
		rows = append(rows, []string{strings.ReplaceAll(account, "_", " "), shillings(o.Accounts[account])})
	}
	for _, name := range slices.Sorted(maps.Keys(o.Limits)) {
		rows = append(rows, []string{strings.ReplaceAll(name, "_", " "), shillings(o.Limits[name])})
	}
	for _, i := range o.Initiators {
		about := []string{i.Name, strings.Join(i.Roles, ", ")}
		if i.Roles == nil {
			about[1] = "every role"
		}
		if i.Expires != nil {
			about = append(about, "until "+zonedTime(*i.Expires))
		}
		if i.Locked {
			about = append(about, "locked")
		}
		rows = append(rows, []string{"initiator", strings.Join(about, "; ")})
	}
	printRows(w, rows...)
}

type organisationSetCmd struct {
	Shortcode   string          `arg:"" help:"Its shortcode: the paybill, or a till's store number."`
	Name        string          `help:"What prompts and messages call it." placeholder:"NAME" env:"-"`
	Till        string          `help:"The till number of a store." placeholder:"NUMBER" env:"-"`
	Passkey     string          `help:"The passkey of its pushes." placeholder:"KEY" env:"-"`
	Nominated   *phoneNumber    `help:"The phone of the operator who is asked to pay." placeholder:"NUMBER" env:"-"`
	Working     *shillingAmount `help:"Shillings on the Working Account." placeholder:"AMOUNT" env:"-"`
	Utility     *shillingAmount `help:"Shillings on the Utility Account." placeholder:"AMOUNT" env:"-"`
	ChargesPaid *shillingAmount `help:"Shillings that were paid in fees." placeholder:"AMOUNT" env:"-"`
	Merchant    *shillingAmount `help:"Shillings on the Merchant Account." placeholder:"AMOUNT" env:"-"`
	Settlement  *shillingAmount `help:"Shillings on the Organization Settlement Account." placeholder:"AMOUNT" env:"-"`
	MinPayment  *shillingAmount `help:"The least that it pays at once." placeholder:"AMOUNT" env:"-"`
	MaxPayment  *shillingAmount `help:"The most that it pays at once." placeholder:"AMOUNT" env:"-"`
	DailyLimit  *shillingAmount `help:"What an account of it pays to others in a day." placeholder:"AMOUNT" env:"-"`
	MaxBalance  *shillingAmount `help:"What an account of it holds at most." placeholder:"AMOUNT" env:"-"`
	clientFlags
}

func (c *organisationSetCmd) edit() client.OrganisationEdit {
	edit := client.OrganisationEdit{Name: c.Name, Till: c.Till, Passkey: c.Passkey, Accounts: map[string]int64{}, Limits: map[string]int64{}}
	if c.Nominated != nil {
		edit.Nominated = string(*c.Nominated)
	}
	add := func(to map[string]int64, name string, amount *shillingAmount, sign int64) {
		if amount != nil {
			to[name] = sign * int64(*amount)
		}
	}
	add(edit.Accounts, "working", c.Working, 1)
	add(edit.Accounts, "utility", c.Utility, 1)
	add(edit.Accounts, "charges_paid", c.ChargesPaid, -1)
	add(edit.Accounts, "merchant", c.Merchant, 1)
	add(edit.Accounts, "settlement", c.Settlement, 1)
	add(edit.Limits, "min_payment", c.MinPayment, 1)
	add(edit.Limits, "max_payment", c.MaxPayment, 1)
	add(edit.Limits, "daily_limit", c.DailyLimit, 1)
	add(edit.Limits, "max_balance", c.MaxBalance, 1)
	return edit
}

func (c *organisationSetCmd) Run(e *env) error {
	return answerOf(c.world().EditOrganisation(e.ctx, c.Shortcode, c.edit())).print(e, c, printOrganisation)
}

type organisationInitiatorCmd struct {
	Shortcode string   `arg:"" help:"The organisation's shortcode."`
	Name      string   `arg:"" help:"Name of the initiator."`
	Password  string   `help:"What its SecurityCredential encrypts." placeholder:"PASSWORD" env:"-" required:""`
	Role      []string `help:"A role by its name on M-PESA's organisation portal; every role unless given. May be repeated." placeholder:"ROLE" env:"-"`
	Expires   *moment  `help:"When the password stops being right; 90 days from now unless given." placeholder:"TIME" env:"-"`
	clientFlags
}

func (c *organisationInitiatorCmd) Run(e *env) error {
	edit := client.InitiatorEdit{Password: c.Password, Roles: c.Role}
	if c.Expires != nil {
		edit.Expires = &c.Expires.Time
	}
	return answerOf(c.world().SetInitiator(e.ctx, c.Shortcode, c.Name, edit)).print(e, c, printOrganisation)
}

type appCmd struct {
	List appListCmd `cmd:"" default:"withargs" help:"List the apps of a world with the products that they may use."`
	Set  appSetCmd  `cmd:"" help:"Change which products an app may use."`
}

type appListCmd struct{ clientFlags }

func appProducts(a client.App) string {
	if a.Products == nil {
		return "all"
	}
	return strings.Join(a.Products, ", ")
}

func (c *appListCmd) Run(e *env) error {
	return answerOf(c.world().Apps(e.ctx)).print(e, c, func(w io.Writer, l client.Apps) {
		printTable(w, "There is no app.", "CONSUMER KEY|PRODUCTS", l.Apps, func(a client.App) []string { return []string{a.Key, appProducts(a)} })
	})
}

type appSetCmd struct {
	Key      string   `arg:"" help:"The app's consumer key."`
	Products []string `help:"Names of the products that it may use, with commas between." placeholder:"NAME,..." env:"-" xor:"products"`
	All      bool     `help:"It may use every product." env:"-" xor:"products"`
	clientFlags
}

func (c *appSetCmd) Validate() error {
	if len(c.Products) == 0 && !c.All {
		return errors.New("give --products or --all")
	}
	return nil
}

func (c *appSetCmd) Run(e *env) error {
	return answerOf(c.world().EditApp(e.ctx, c.Key, client.AppEdit{Products: c.Products})).print(e, c, func(w io.Writer, a client.App) {
		fmt.Fprintf(w, "app %s may use: %s\n", a.Key, appProducts(a))
	})
}
