package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/darajabox/darajabox/daraja"
)

// shillingAmount is an amount of money in shillings, as people write it.
type shillingAmount daraja.Money

// UnmarshalText implements encoding.TextUnmarshaler.
func (a *shillingAmount) UnmarshalText(b []byte) error {
	m, err := daraja.ParseMoney(strings.ReplaceAll(string(b), ",", ""))
	if err != nil {
		return fmt.Errorf("%q is no amount in shillings; write 500 or 500.50", b)
	}
	*a = shillingAmount(m)
	return nil
}

type phoneSetCmd struct {
	Phone   phoneNumber     `arg:"" help:"The phone's number."`
	Name    *string         `help:"Name of the customer, up to 60 characters." placeholder:"NAME" env:"-"`
	PIN     *string         `help:"PIN of the customer, four digits." name:"pin" placeholder:"PIN" env:"-"`
	Balance *shillingAmount `help:"What the wallet holds, in shillings, up to 500000." placeholder:"AMOUNT" env:"-"`
	On      bool            `help:"Switch the phone on." xor:"power" env:"-"`
	Off     bool            `help:"Switch the phone off." xor:"power" env:"-"`
	clientFlags
}

// Help teaches by example.
func (*phoneSetCmd) Help() string {
	return `Changes what is named and leaves the rest; a customer who is new is added.

    darajabox phone set 0708374149 --balance 500
    darajabox phone set 0708374149 --name "Jane Wanjiku" --pin 1234
    darajabox phone set 0708374149 --off

It holds until the world is reset, or until a scenario is loaded that sets the same customer up.`
}

// Validate wants something to set, and a balance that a wallet can hold.
func (c *phoneSetCmd) Validate() error {
	if c.Balance != nil && (*c.Balance < 0 || daraja.Money(*c.Balance) > daraja.MaxWallet) {
		return fmt.Errorf("--balance is %s; an M-PESA wallet holds from %s to %s", daraja.Money(*c.Balance).Grouped(), daraja.Money(0).Grouped(), daraja.MaxWallet.Grouped())
	}
	if c.Name == nil && c.PIN == nil && c.Balance == nil && !c.On && !c.Off {
		return errors.New("say what to set: --name, --pin, --balance, --on or --off")
	}
	return nil
}

// Run edits the customer.
func (c *phoneSetCmd) Run(e *env) error {
	body := map[string]any{}
	if c.Name != nil {
		body["name"] = *c.Name
	}
	if c.PIN != nil {
		body["pin"] = *c.PIN
	}
	if c.Balance != nil {
		body["balance_cents"] = int64(*c.Balance)
	}
	if c.On || c.Off {
		body["on"] = c.On
	}
	return do(e, c.controlFlags, call{method: http.MethodPut, path: c.path("phones", string(c.Phone)), body: body}, printPhone)
}

type worldSetCmd struct {
	Settings map[string]string `arg:"" optional:"" name:"name=value" help:"Settings to change; without any, all are listed."`
	clientFlags
}

// Help teaches by example.
func (*worldSetCmd) Help() string {
	return `The next request meets the new values.

    darajabox world set                                  # lists the settings
    darajabox world set think_time=5s pending_query=500

They hold until the world is reset, or until a scenario is loaded that sets the same setting.`
}

// settingList is a world's settings as the control API describes them.
type settingList struct {
	Settings []struct {
		Name    string   `json:"name"`
		Value   string   `json:"value"`
		Default string   `json:"default"`
		Allowed []string `json:"allowed"`
		Doc     string   `json:"doc"`
	} `json:"settings"`
}

// Run changes or lists the settings.
func (c *worldSetCmd) Run(e *env) error {
	ask := call{method: http.MethodGet, path: c.path("settings")}
	if len(c.Settings) > 0 {
		ask.method, ask.body = http.MethodPut, c.Settings
	}
	return do(e, c.controlFlags, ask, func(w io.Writer, l settingList) {
		if len(c.Settings) > 0 {
			for _, name := range slices.Sorted(maps.Keys(c.Settings)) {
				fmt.Fprintf(w, "%s is %s\n", name, oneLine(c.Settings[name]))
			}
			return
		}
		var rows [][]string
		for _, s := range l.Settings {
			rows = append(rows, []string{s.Name, s.Value, strings.Join(s.Allowed, ", "), s.Doc})
		}
		table(w, "There is no setting.", []string{"SETTING", "VALUE", "ALLOWED", "WHAT IT IS"}, rows)
	})
}
