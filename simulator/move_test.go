package simulator

import (
	"strings"
	"testing"

	"github.com/darajabox/darajabox/daraja"
)

const shop, supplier = "600984", "600000"

// newBusiness is a world with a shop and a supplier; the shop has KES 1,000 on each account
// that can pay.
func newBusiness(t *testing.T, settings map[string]string) *World {
	t.Helper()
	w, _ := newStill(t)
	setup := Setup{Settings: settings, Organisations: []OrganisationSetup{
		{Organisation: Organisation{Shortcode: shop, Name: "Duka"}}, {Organisation: Organisation{Shortcode: supplier, Name: "Jumla"}},
	}}
	if err := w.Apply(setup); err != nil {
		t.Fatal(err)
	}
	for _, kind := range []AccountKind{AccountWorking, AccountUtility} {
		w.setBalance(OrganisationAccount(shop, kind), 1_000_00)
	}
	w.setBalance(OrganisationAccount(supplier, AccountUtility), 0)
	w.open(Owner(anna))
	w.setBalance(Wallet(anna), 500_00)
	return w
}

func move(w *World, from, to AccountID, amount daraja.Money) (Transaction, *TransferError) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.locked().Transfer(w.locked().NewTransfer(from, to, amount))
}

// A payout costs a fee: it leaves the paying account, and the Charges Paid Account counts it
// below zero.
func TestTransferOfOrganisations(t *testing.T) {
	utility, working := OrganisationAccount(shop, AccountUtility), OrganisationAccount(shop, AccountWorking)
	sandbox := map[string]string{SettingOrganisationTariff: "sandbox"}
	tests := []struct {
		name     string
		settings map[string]string
		from, to AccountID
		amount   daraja.Money
		fee      daraja.Money
		inbox    string // of who pays
		sms      string // of who is paid
	}{
		{"a payout", nil, utility, Wallet(anna), 200_00, 7_00,
			"Ksh200.00 sent to  2547XXXXX001. Account Number . New Utility balance is Ksh793.00. Transaction cost, Ksh7.00.",
			"You have received Ksh200.00 from Duka on"},
		{"a payout by the sandbox's tariff", sandbox, utility, Wallet(anna), 10_00, 33_60,
			"Ksh10.00 sent to  2547XXXXX001. Account Number . New Utility balance is Ksh956.40. Transaction cost, Ksh33.60.",
			"You have received Ksh10.00 from Duka on"},
		{"a payment to a supplier", nil, working, OrganisationAccount(supplier, AccountUtility), 800_00, 13_00,
			"Ksh800.00 sent to 600000 Jumla. Account Number . New Working balance is Ksh187.00. Transaction cost, Ksh13.00.",
			"Ksh800.00 received from 600984 Duka. Account Number . New Utility balance is Ksh800.00."},
		{"between its own accounts", nil, working, utility, 1_000_00, 0,
			"Ksh1,000.00 moved from Working to Utility. New Utility balance is Ksh2,000.00.", ""},
		{"a customer's, by the customers' tariff", map[string]string{SettingCustomerTariff: "published"}, Wallet(anna), utility, 101_00, 5_00,
			"Ksh101.00 paid to Duka on", "Ksh101.00 received from  2547XXXXX001. Account Number . New Utility balance is Ksh1,101.00."},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newBusiness(t, tt.settings)
			before := map[AccountID]daraja.Money{}
			for _, a := range w.accounts.balances() {
				before[a.Account] = a.Balance
			}
			done, refused := move(w, tt.from, tt.to, tt.amount)
			if refused != nil {
				t.Fatal(refused)
			}
			change := func(id AccountID) daraja.Money { return w.accounts.balance(id) - before[id] }
			if change(tt.from) != -tt.amount-tt.fee || change(tt.to) != tt.amount || done.Fee != tt.fee || done.FromBalance != w.accounts.balance(tt.from) {
				t.Errorf("payer %s, receiver %s, transaction %+v", change(tt.from), change(tt.to), done)
			}
			counted := -tt.fee
			if tt.from.Kind == AccountWallet {
				counted = 0
			}
			if got := change(OrganisationAccount(shop, AccountChargesPaid)); got != counted {
				t.Errorf("the Charges Paid Account changed by %s, want %s", got, counted)
			}
			if got := latestMessage(w, tt.from.Owner); !strings.Contains(got, tt.inbox) {
				t.Errorf("who pays reads %q, want %q", got, tt.inbox)
			}
			if got := latestMessage(w, tt.to.Owner); tt.sms != "" && !strings.Contains(got, tt.sms) {
				t.Errorf("who is paid reads %q, want %q", got, tt.sms)
			}
			if found, ok := w.locked().TransactionOf(done.Receipt); !ok || found != done {
				t.Errorf("%s is not found", done.Receipt)
			}
		})
	}
}

func latestMessage(w *World, o Owner) string {
	all := recent[Message](nil)
	if m := o.Phone(); m != "" {
		all = w.customer(m).inbox
	} else if org := w.orgs[o.Shortcode()]; org != nil {
		all = org.inbox
	}
	if len(all) == 0 {
		return ""
	}
	return all[len(all)-1].Text
}

func TestTransferIsRefused(t *testing.T) {
	utility := OrganisationAccount(shop, AccountUtility)
	for _, tt := range []struct {
		name   string
		to     AccountID
		amount daraja.Money
		want   TransferReason
		code   daraja.ResultCode
	}{
		{"the fee is not there", Wallet(anna), 990_00, ReasonInsufficient, "1"},
		{"too little for a customer", Wallet(anna), 50, ReasonBelowMinimum, "2"},
		{"a full wallet", Wallet(bakari), 500_000_00, ReasonAboveMaximum, "3"},
		{"no account", AccountID{}, 1_00, ReasonInvalid, "9999"},
	} {
		w := newBusiness(t, nil)
		_, refused := move(w, utility, tt.to, tt.amount)
		if refused == nil || refused.Reason != tt.want || refused.ResultCode() != tt.code {
			t.Errorf("%s: %v", tt.name, refused)
		}
		if w.accounts.balance(utility) != 1_000_00 || len(w.Ledger()) > 0 || latestMessage(w, shop) != "" {
			t.Errorf("%s: the refusal has moved money or sent messages", tt.name)
		}
	}
}

// A transaction is taken back once, in part too, and the customer's fee stays paid.
func TestReversal(t *testing.T) {
	w := newBusiness(t, map[string]string{SettingCustomerTariff: "published"})
	utility := OrganisationAccount(shop, AccountUtility)
	paid, refused := move(w, Wallet(anna), utility, 200_00)
	if refused != nil {
		t.Fatal(refused)
	}
	l := w.locked()
	back, refused := l.Transfer(l.Reversal(paid, 150_00))
	if refused != nil || w.accounts.balance(Wallet(anna)) != 445_00 || w.accounts.balance(utility) != 1_050_00 {
		t.Errorf("%v: the customer has %s, the shop %s", refused, w.accounts.balance(Wallet(anna)), w.accounts.balance(utility))
	}
	if got := latestMessage(w, Owner(anna)); !strings.Contains(got, "Transaction "+paid.Receipt+" has been reversed") {
		t.Errorf("the customer reads %q", got)
	}
	if found, ok := l.ReversalOf(paid.Receipt); !ok || found != back {
		t.Errorf("the reversal is %+v", found)
	}
	for _, forced := range []bool{false, true} {
		again := l.Reversal(paid, 50_00)
		again.Forced = forced
		if _, refused = l.Transfer(again); refused == nil || refused.Reason != ReasonReversed || refused.ResultCode() != "R000001" {
			t.Errorf("reversed again, forced %v: %v", forced, refused)
		}
	}
}

// The sandbox's organisations for tests are there with money when they are first named, in
// snapshots too, and not in a world that has others.
func TestSandboxOrganisationsForTests(t *testing.T) {
	w, _ := newStill(t)
	before := len(w.Organisations())
	shot := w.Snapshot()
	for code, want := range map[string]bool{"600000": true, "600584": true, "600976": false, "600977": true, "600998": true, "600999": false} {
		if _, here := w.locked().Organisation(code); here != want {
			t.Errorf("%s is here: %v", code, here)
		}
	}
	if got := w.accounts.balance(OrganisationAccount("600998", AccountUtility)); got != 1_000_000_00 || len(w.Organisations()) != before+4 {
		t.Errorf("600998 has %s; %d organisations", got, len(w.Organisations()))
	}
	w.Restore(shot)
	if got := len(w.Organisations()); got != before {
		t.Errorf("after the restore there are %d organisations", got)
	}
	other, err := New(Config{Products: prompting(t), Clock: &still{}, Sink: new(count), Orgs: []Organisation{{Shortcode: "600100"}}})
	if err != nil {
		t.Fatal(err)
	}
	if _, here := other.locked().Organisation("600000"); here {
		t.Error("a world with organisations of its own has the sandbox's")
	}
}

func TestTariff(t *testing.T) {
	for _, tt := range []struct{ amount, customer, organisation daraja.Money }{
		{1_00, 0, 0}, {100_00, 0, 0}, {100_01, 5_00, 7_00}, {1_000_00, 10_00, 13_00}, {10_000_00, 55_00, 90_00}, {150_000_00, 250_00, 330_00}, {250_000_00, 250_00, 330_00},
	} {
		if c, o := CustomerFee(tt.amount), OrganisationFee(tt.amount); c != tt.customer || o != tt.organisation {
			t.Errorf("%s costs %s and %s", tt.amount, c, o)
		}
	}
}
