package simulator

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/darajabox/darajabox/daraja"
)

// customerNumber is the customer that pushTo asks.
func customerNumber(n int) daraja.MSISDN { return daraja.MSISDN(fmt.Sprintf("254711%06d", n)) }

// payments lets customers from on to before pay a shilling each.
func payments(t *testing.T, w *World, from, before int) {
	t.Helper()
	for n := from; n < before; n++ {
		if _, err := pushTo(t, w, n); err != nil {
			t.Fatal(err)
		}
		if err := w.Act(customerNumber(n), PhoneAction{Kind: ActionPIN}); err != nil {
			t.Fatal(err)
		}
	}
}

func TestForgottenCustomersTakeTheirMoneyOut(t *testing.T) {
	w, _ := newStill(t)
	w.customers.max = 3
	payments(t, w, 0, 10)
	wallets := 0
	for _, a := range w.accounts.balances() {
		if a.Account.Kind == AccountWallet {
			wallets++
		}
	}
	want := -(3*(daraja.MaxPayment-daraja.Shilling) + 10*daraja.Shilling)
	if got := w.accounts.balance(OutsideAccount()); wallets != 3 || got != want {
		t.Errorf("%d wallets, and outside lacks %s, want %s", wallets, got, want)
	}
}

func TestLimitsEndPrompts(t *testing.T) {
	tests := []struct {
		setting, value string
		want           daraja.ResultCode
	}{
		{SettingMinPayment, "1.01", "2"},
		{SettingMaxPayment, "0.99", "3"},
		{SettingDailyLimit, "0.50", "4"},
		{SettingMaxBalance, "0", daraja.ResultSuccess}, // the customer receives nothing
	}
	for _, tt := range tests {
		w, _ := newStill(t)
		if err := w.Apply(Setup{Settings: map[string]string{tt.setting: tt.value}}); err != nil {
			t.Fatal(err)
		}
		payments(t, w, 1, 2)
		got := w.Payments(PaymentFilter{Limit: 1})[0]
		if got.Result != tt.want || (tt.want != daraja.ResultSuccess) != strings.Contains(got.Why, tt.setting) {
			t.Errorf("%s=%s ends with %s: %s", tt.setting, tt.value, got.Result, got.Why)
		}
	}
}

func TestPaymentAccounts(t *testing.T) {
	w, _ := newStill(t)
	payments(t, w, 1, 3)
	utility, merchant := OrganisationAccount(daraja.SandboxShortcode, AccountUtility), OrganisationAccount(daraja.SandboxShortcode, AccountMerchant)
	holds := func(when string, inUtility, inMerchant daraja.Money) {
		t.Helper()
		if u, m := w.accounts.balance(utility), w.accounts.balance(merchant); u != inUtility || m != inMerchant {
			t.Errorf("%s: utility %s, merchant %s", when, u, m)
		}
	}
	holds("a paybill", 2_00, 0)
	setup := Setup{Organisations: []OrganisationSetup{{Organisation: Organisation{Shortcode: daraja.SandboxShortcode, Till: "600101"}}}}
	if err := w.Apply(setup); err != nil {
		t.Fatal(err)
	}
	payments(t, w, 3, 4)
	holds("a till's store", 0, 3_00)
	if last := w.Ledger()[2]; last.Type != TypeBuyGoods || last.Shortcode() != daraja.SandboxShortcode || last.ToBalance != 3_00 {
		t.Errorf("the transaction is %+v", last)
	}
	if err := w.Apply(Setup{}); err != nil {
		t.Fatal(err)
	}
	holds("set up anew", 0, 0)
	if _, err := pushTo(t, w, 5); err != nil {
		t.Fatal(err)
	}
	delete(w.orgs, daraja.SandboxShortcode)
	if err := w.Act(customerNumber(5), PhoneAction{Kind: ActionPIN}); err != nil {
		t.Fatal(err)
	}
	holds("without the organisation", 1_00, 0)
}

func TestBalancesAreCheckedWhereTheyComeIn(t *testing.T) {
	w, _ := newStill(t)
	for _, b := range []daraja.Money{-1, maxTransfer + 1} {
		for want, s := range map[string]Setup{
			"customer 2547XXXXX001": {Customers: []CustomerSetup{{Phone: anna, Balance: &b}}},
			"organisation 600100":   {Organisations: []OrganisationSetup{{Organisation: Organisation{Shortcode: "600100"}, Balance: &b}}},
		} {
			if err := w.Apply(s); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v, want %q", b, err, want)
			}
		}
	}
}

// Snapshots keep accounts and the initiators' wrong credentials, a reset forgets both.
func TestMoneyAndLocksInSnapshots(t *testing.T) {
	w, _ := newStill(t)
	auth := func(password string) string {
		err := w.locked().Authenticate(claim(t, w, password), daraja.SandboxShortcode, SandboxInitiator, RoleB2C)
		var refused *InitiatorError
		if errors.As(err, &refused) {
			return string(refused.Code)
		}
		return "0"
	}
	payments(t, w, 1, 2)
	for range 5 {
		auth("wrong")
	}
	kept, money := w.Snapshot(), fmt.Sprint(w.accounts.balances(), w.Ledger())
	if got := auth(SandboxInitiatorPassword); got != "8006" {
		t.Errorf("before the reset: %s", got)
	}
	w.Reset()
	if got := auth(SandboxInitiatorPassword); got != "0" || len(w.accounts.balances()) != 0 || len(w.Ledger()) != 0 {
		t.Errorf("after the reset: %s, %v", got, w.accounts.balances())
	}
	payments(t, w, 3, 9)
	w.Restore(kept)
	if again := fmt.Sprint(w.accounts.balances(), w.Ledger()); again != money {
		t.Errorf("restored %s, want %s", again, money)
	}
	if got := auth(SandboxInitiatorPassword); got != "8006" {
		t.Errorf("after the restore: %s", got)
	}
}

// claim is a call with the SecurityCredential of a password.
func claim(t *testing.T, w *World, password string) *Exchange {
	t.Helper()
	return &Exchange{credential: w.credentials.decrypt(encrypt(t, password))}
}

// A SecurityCredential is decrypted while another call has the world.
func TestCredentialIsReadWithoutTheWorld(t *testing.T) {
	c, err := NewCatalogue(Product{Name: "initiated", Operations: []Operation{{
		API: "initiated", Method: "POST", Path: "/initiated", NoToken: true,
		Fields: []Field{{Name: "SecurityCredential", Key: CredentialKey}, {Name: "PartyA", Key: ShortcodeKey}},
		Execute: func(l *Locked, x *Exchange) (any, error) {
			return nil, l.Authenticate(x, x.Shortcode, SandboxInitiator, RoleB2C)
		},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	w, _ := newStill(t)
	w.catalogue = c
	credential := encrypt(t, SandboxInitiatorPassword)
	answered := make(chan Response)
	w.mu.Lock()
	go func() {
		answered <- w.HandleCall("initiated", Call{Values: Values{"SecurityCredential": daraja.Text(credential), "PartyA": daraja.SandboxShortcode}})
	}()
	for read := false; !read; runtime.Gosched() {
		w.credentials.mu.Lock()
		_, read = w.credentials.read.get(credential)
		w.credentials.mu.Unlock()
	}
	w.mu.Unlock()
	if got := <-answered; got.Err != nil {
		t.Error(got.Err)
	}
}

func TestAuthenticateInAWorld(t *testing.T) {
	w, _ := newStill(t)
	own := []Initiator{{Name: "payroll", Password: "s3cret#", Roles: []Role{RoleB2C}}}
	if err := w.Apply(Setup{Organisations: []OrganisationSetup{{Organisation: Organisation{Shortcode: "600100", Initiators: own}}}}); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		shortcode, name, password string
		want                      daraja.ResultCode
	}{
		{"600100", "payroll", "s3cret#", ""},
		{"600100", "payroll", "S3cret#", "2001"},
		{"600100", SandboxInitiator, SandboxInitiatorPassword, "2001"},
		{daraja.SandboxShortcode, SandboxInitiator, SandboxInitiatorPassword, ""},
		{daraja.SandboxShortcode, "payroll", "s3cret#", "2001"},
	}
	for _, tt := range tests {
		var refused *InitiatorError
		if errors.As(w.locked().Authenticate(claim(t, w, tt.password), tt.shortcode, tt.name, RoleB2C), &refused) != (tt.want != "") ||
			refused != nil && refused.Code != tt.want {
			t.Errorf("%s of %s: %v, want %q", tt.name, tt.shortcode, refused, tt.want)
		}
	}
	if err := w.Apply(Setup{}); err != nil || len(w.locks) != 0 {
		t.Errorf("without the organisation %v is kept (%v)", w.locks, err)
	}
}

// Products find payments that were made, and the prompt of a request, be it open, paid or
// cancelled.
func TestPaymentsAreFound(t *testing.T) {
	w, _ := newStill(t)
	payments(t, w, 0, 2)
	for n := 2; n < 4; n++ {
		if _, err := pushTo(t, w, n); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Act(customerNumber(2), PhoneAction{Kind: ActionCancel}); err != nil {
		t.Fatal(err)
	}
	made := w.locked().Transactions()
	if len(made) != 2 || made[0].Phone() != customerNumber(0) || made[1].Phone() != customerNumber(1) {
		t.Errorf("the transactions are %+v", made)
	}
	for n, want := range []PaymentStatus{PaymentPaid, PaymentPaid, PaymentCancelled, PaymentWaiting, ""} {
		p, found := w.locked().PromptOfRequest("request of " + string(customerNumber(n)))
		if found != (want != "") || found && (p.Phone != customerNumber(n) || w.prompts.byKey[p.ID].status() != want) {
			t.Errorf("customer %d: %v, %+v", n, found, p)
		}
	}
}
