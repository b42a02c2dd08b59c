package simulator

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/darajabox/darajabox/daraja"
)

func TestEditOrganisation(t *testing.T) {
	w, _ := newStill(t)
	edited, err := w.EditOrganisation(OrganisationSetup{
		Organisation: Organisation{Shortcode: "600100", Name: "Duka", Limits: Limits{MaxPayment: 50_00}},
		Accounts:     map[AccountKind]daraja.Money{AccountWorking: 1_000_00, AccountChargesPaid: -7_00},
	})
	if err != nil || edited.Name != "Duka" || fmt.Sprint(edited.Accounts[0]) != "{Working Account of 600100 1000.00}" || edited.Accounts[2].Balance != -7_00 {
		t.Errorf("%v: %+v", err, edited)
	}
	for what, wrong := range map[string]OrganisationSetup{
		"shortcode is \"1\"":   {Organisation: Organisation{Shortcode: "1"}},
		"would hold KES -0.01": {Organisation: Organisation{Shortcode: "600100"}, Accounts: map[AccountKind]daraja.Money{AccountWorking: -1}},
		"a limit is KES -0.01": {Organisation: Organisation{Shortcode: "600100", Limits: Limits{Daily: -1}}},
		"cannot be printed":    {Organisation: Organisation{Shortcode: "600100", Name: "a\nb"}},
	} {
		if _, err := w.EditOrganisation(wrong); err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// The limits of an organisation are for what it pays to others, and for what it holds.
func TestLimitsOfOrganisations(t *testing.T) {
	working, utility := OrganisationAccount(shop, AccountWorking), OrganisationAccount(shop, AccountUtility)
	for _, tt := range []struct {
		limits   Limits
		from, to AccountID
		want     TransferReason // "" is none
	}{
		{Limits{MaxPayment: 99_99}, utility, Wallet(anna), ReasonAboveMaximum},
		{Limits{MaxPayment: 100_00}, utility, Wallet(anna), ""},
		{Limits{MinPayment: 100_01}, utility, Wallet(anna), ReasonBelowMinimum},
		{Limits{Daily: 199_99}, utility, Wallet(anna), ""},
		{Limits{MaxBalance: 1_099_99}, Wallet(anna), utility, ReasonMaxBalance},
		{Limits{MaxBalance: 1_100_00}, Wallet(anna), utility, ""},
		{Limits{MaxPayment: 1, MaxBalance: 1}, working, utility, ""}, // its own accounts
	} {
		w := newBusiness(t, nil)
		if _, err := w.EditOrganisation(OrganisationSetup{Organisation: Organisation{Shortcode: shop, Limits: tt.limits}}); err != nil {
			t.Fatal(err)
		}
		_, refused := move(w, tt.from, tt.to, 100_00)
		if (refused != nil) != (tt.want != "") || refused != nil && (refused.Reason != tt.want || !strings.Contains(refused.Why, "of organisation 600984 is")) {
			t.Errorf("%+v: %v", tt.limits, refused)
		}
		if tt.limits.Daily > 0 {
			if _, refused := move(w, tt.from, tt.to, 100_00); refused == nil || refused.Reason != ReasonDailyLimit {
				t.Errorf("the second payment of the day: %v", refused)
			}
		}
	}
}

// A password ends on its day; a new one unlocks its initiator and leaves the others.
func TestSetInitiator(t *testing.T) {
	w, _ := newStill(t)
	ask := func(name, password string, now time.Time) daraja.ResultCode {
		org, _ := w.locked().Organisation(shop)
		claim := initiatorClaim{shortcode: shop, name: name, credential: decryptedCredential{password: password}, role: RoleB2C}
		var wrong *InitiatorError
		if errors.As(w.locks.authenticate(org.initiators(), claim, w.settings, now), &wrong) {
			return wrong.Code
		}
		return "0"
	}
	set := func(i Initiator) OrganisationView {
		t.Helper()
		v, err := w.SetInitiator(shop, i)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	now := w.clock.Now()
	set(Initiator{Name: "payouts", Password: "one", Expires: now.Add(PasswordLife)})
	got := []daraja.ResultCode{ask("payouts", "one", now.Add(PasswordLife-1)), ask("payouts", "one", now.Add(PasswordLife)), ask(SandboxInitiator, SandboxInitiatorPassword, now)}
	for range 5 {
		ask("payouts", "wrong", now)
	}
	got = append(got, ask("payouts", "one", now))
	if v := w.Organisations(); len(v[len(v)-1].Locked) != 1 {
		t.Errorf("locked are %v", v[len(v)-1].Locked)
	}
	if v := set(Initiator{Name: "payouts", Password: "two"}); len(v.Initiators) != 2 || len(v.Locked) != 0 {
		t.Errorf("%+v", v)
	}
	got = append(got, ask("payouts", "two", now))
	if fmt.Sprint(got) != "[0 2001 0 8006 0]" {
		t.Errorf("the results are %v", got)
	}
	if _, err := w.SetInitiator("600100", Initiator{Name: "a", Password: "b"}); err == nil {
		t.Error("an organisation that is not here has an initiator")
	}
	if v := SandboxInitiators(); len(v) != 1 {
		t.Errorf("the sandbox has %v", v)
	}
}
