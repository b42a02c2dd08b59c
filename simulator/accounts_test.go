package simulator

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/darajabox/darajabox/daraja"
)

const (
	anna   daraja.MSISDN = "254711000001"
	bakari daraja.MSISDN = "254711000002"
)

func midday() time.Time { return time.Date(2026, 11, 30, 12, 0, 0, 0, daraja.EAT()) }

func fund(t *testing.T, a *accounts, id AccountID, shillings daraja.Money) {
	t.Helper()
	if err := a.setBalance(id, shillings*daraja.Shilling); err != nil {
		t.Fatal(err)
	}
}

func TestTransferMovesMoney(t *testing.T) {
	utility, charges := OrganisationAccount("600984", AccountUtility), OrganisationAccount("600984", AccountChargesPaid)
	tests := []struct {
		name     string
		transfer Transfer
		want     map[AccountID]daraja.Money // in cents; what is absent keeps its balance
	}{
		{"from a wallet", Transfer{From: Wallet(anna), To: utility, Amount: 150_00},
			map[AccountID]daraja.Money{Wallet(anna): 850_00, utility: 1_150_00}},
		{"charges paid go below zero", Transfer{From: charges, To: utility, Amount: 33_60},
			map[AccountID]daraja.Money{utility: 1_033_60, charges: -33_60}},
		{"to the last cent", Transfer{From: Wallet(anna), To: Wallet(bakari), Amount: 1_000_00},
			map[AccountID]daraja.Money{Wallet(anna): 0, Wallet(bakari): 1_000_00}},
		{"forced, with too little", Transfer{From: Wallet(anna), To: utility, Amount: 1_500_00, Forced: true},
			map[AccountID]daraja.Money{Wallet(anna): 0, utility: 2_500_00, OutsideAccount(): -2_500_00}},
		{"from outside", Transfer{From: OutsideAccount(), To: Wallet(bakari), Amount: 20_00},
			map[AccountID]daraja.Money{Wallet(bakari): 20_00, OutsideAccount(): -2_020_00}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := newAccounts()
			fund(t, &a, Wallet(anna), 1000)
			fund(t, &a, utility, 1000)
			want := map[AccountID]daraja.Money{Wallet(anna): 1_000_00, utility: 1_000_00, OutsideAccount(): -2_000_00}
			maps.Copy(want, tt.want)
			done, err := a.transfer(tt.transfer, DefaultLimits(), midday())
			if err != nil {
				t.Fatal(err)
			}
			for id, balance := range want {
				if got := a.balance(id); got != balance {
					t.Errorf("%s holds %s, want %s", id, got, balance)
				}
			}
			if done.FromBalance != a.balance(done.From) || done.ToBalance != a.balance(done.To) || !done.At.Equal(midday()) {
				t.Errorf("the transaction is %+v", done)
			}
			if err := a.check(); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestTransferRefusals(t *testing.T) {
	utility := OrganisationAccount("600984", AccountUtility)
	limits := DefaultLimits()
	pay := func(shillings daraja.Money) Transfer {
		return Transfer{From: Wallet(anna), To: utility, Amount: shillings * daraja.Shilling}
	}
	tests := []struct {
		name     string
		transfer Transfer
		limits   Limits
		want     TransferReason
		code     daraja.ResultCode
		why      string
	}{
		{"too little money", pay(300_001), Limits{MaxPayment: maxTransfer, Daily: maxTransfer}, ReasonInsufficient, "1", "lacks KES 1.00"},
		{"below a shilling", Transfer{From: Wallet(anna), To: utility, Amount: 99}, limits, ReasonBelowMinimum, "2", SettingMinPayment},
		{"above the maximum", pay(250_001), limits, ReasonAboveMaximum, "3", SettingMaxPayment},
		{"a payout above the maximum", Transfer{From: utility, To: Wallet(anna), Amount: 250_001_00}, limits, ReasonAboveMaximum, "3", SettingMaxPayment},
		{"over the day's limit", pay(101), Limits{MaxPayment: maxTransfer, Daily: 100_00}, ReasonDailyLimit, "4", SettingDailyLimit},
		{"a full wallet", Transfer{From: utility, To: Wallet(anna), Amount: 200_001_00}, limits, ReasonMaxBalance, "8", SettingMaxBalance},
		{"nothing", pay(0), limits, ReasonInvalid, "9999", "amount"},
		{"less than nothing", pay(-1), limits, ReasonInvalid, "9999", "amount"},
		{"more than there is", pay(maxTransfer), limits, ReasonInvalid, "9999", "amount"},
		{"to oneself", Transfer{From: Wallet(anna), To: Wallet(anna), Amount: 1_00}, limits, ReasonInvalid, "9999", "same account"},
		{"from no account", Transfer{To: utility, Amount: 1_00}, limits, ReasonInvalid, "9999", "payer"},
		{"to no account", Transfer{From: utility, Amount: 1_00}, limits, ReasonInvalid, "9999", "receiver"},
		{"a customer with a utility account", Transfer{From: AccountID{Owner(anna), AccountUtility}, To: utility, Amount: 1_00}, limits, ReasonInvalid, "9999", "payer"},
		{"a shortcode with a wallet", Transfer{From: utility, To: AccountID{"600984", AccountWallet}, Amount: 1_00}, limits, ReasonInvalid, "9999", "receiver"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := newAccounts()
			fund(t, &a, Wallet(anna), 300_000)
			fund(t, &a, utility, 1_000_000)
			before := fmt.Sprint(a)
			_, err := a.transfer(tt.transfer, tt.limits, midday())
			var refused *TransferError
			if !errors.As(err, &refused) || refused.Reason != tt.want || refused.ResultCode() != tt.code || !strings.Contains(err.Error(), tt.why) {
				t.Errorf("got %v, want %s with %q", err, tt.want, tt.why)
			}
			if strings.Contains(fmt.Sprintf("%v %+v", err, refused), anna.Digits()) {
				t.Errorf("%v shows the customer's number", err)
			}
			if after := fmt.Sprint(a); after != before {
				t.Errorf("a refused transfer changed %s to %s", before, after)
			}
		})
	}
}

// The day of the daily limit begins at midnight in Kenya, three hours before UTC's.
func TestDailyLimitEndsAtMidnight(t *testing.T) {
	a := newAccounts()
	fund(t, &a, Wallet(anna), 500_000)
	limits := DefaultLimits()
	limits.Daily = 100 * daraja.Shilling
	pay := func(at time.Time) error {
		_, err := a.transfer(Transfer{From: Wallet(anna), To: Wallet(bakari), Amount: 40_00}, limits, at)
		return err
	}
	midnight := time.Date(2026, 11, 30, 21, 0, 0, 0, time.UTC)
	for _, step := range []struct {
		at   time.Time
		paid bool
	}{
		{midnight.Add(-23 * time.Hour), true},
		{midnight.Add(-22 * time.Hour), true},
		{midnight.Add(-time.Second), false},
		{midnight, true},
		{midnight.Add(time.Hour), true},
		{midnight.Add(2 * time.Hour), false},
	} {
		if err := pay(step.at); (err == nil) != step.paid {
			t.Errorf("at %s: %v", step.at, err)
		}
	}
}

func TestCloseSendsMoneyOutside(t *testing.T) {
	a := newAccounts()
	fund(t, &a, Wallet(anna), 100)
	fund(t, &a, OrganisationAccount("600984", AccountUtility), 7)
	fund(t, &a, OrganisationAccount("600984", AccountChargesPaid), -2)
	a.closeAccounts(Owner(anna))
	a.closeAccounts(Owner("600984"))
	a.closeAccounts(OwnerOutside)
	if got := a.balances(); len(got) != 1 || got[0] != (AccountBalance{Account: OutsideAccount()}) {
		t.Errorf("left are %v", got)
	}
}

func TestCheckFindsWhatDoesNotAddUp(t *testing.T) {
	tests := []struct {
		name, want string
		breakIt    func(*accounts)
	}{
		{"a cent too many", "add up to KES 0.01", func(a *accounts) { a.byID[Wallet(bakari)] = account{balance: 1} }},
		{"below zero", "less than nothing", func(a *accounts) {
			a.byID[Wallet(bakari)], a.byID[Wallet(anna)] = account{balance: -1}, account{balance: 100_01}
		}},
	}
	for _, tt := range tests {
		a := newAccounts()
		fund(t, &a, Wallet(anna), 100)
		if err := a.check(); err != nil {
			t.Fatal(err)
		}
		tt.breakIt(&a)
		if err := a.check(); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
		}
	}
}

func TestSetBalanceRefusals(t *testing.T) {
	a := newAccounts()
	for _, tt := range []AccountBalance{
		{Wallet(anna), -1}, {Wallet(anna), maxTransfer + 1}, {OutsideAccount(), 0}, {AccountID{}, 1},
		{OrganisationAccount("600984", AccountChargesPaid), -maxTransfer - 1},
	} {
		if err := a.setBalance(tt.Account, tt.Balance); err == nil {
			t.Errorf("%s could hold %s", tt.Account, tt.Balance)
		}
	}
}

// Random movements, snapshots, restores and resets never unbalance the accounts, a
// refusal changes nothing, and the transactions explain the balances.
func TestAccountsAlwaysAddUpToZero(t *testing.T) {
	ids := []AccountID{Wallet(anna), Wallet(bakari), Wallet(daraja.SandboxMSISDN), OutsideAccount(), {}}
	for _, kind := range OrganisationAccounts() {
		ids = append(ids, OrganisationAccount("600984", kind), OrganisationAccount("174379", kind))
	}
	amounts := rapid.OneOf(rapid.Int64Range(-2, 500), rapid.Int64Range(0, 60_000_000), rapid.Int64())
	rapid.Check(t, func(t *rapid.T) {
		id, amount := rapid.SampledFrom(ids), rapid.Map(amounts, func(n int64) daraja.Money { return daraja.Money(n) })
		a := newAccounts()
		kept := []accounts{a.clone()}
		shown := []string{fmt.Sprint(kept[0])}
		now, receipts := midday(), 0
		t.Repeat(map[string]func(*rapid.T){
			"": func(t *rapid.T) {
				if err := a.check(); err != nil {
					t.Fatal(err)
				}
				for i := range kept {
					if again := fmt.Sprint(kept[i]); again != shown[i] {
						t.Fatalf("a snapshot changed from %s to %s", shown[i], again)
					}
				}
			},
			"transfer": func(t *rapid.T) {
				receipts++
				before, list := a.clone(), len(a.history)
				order := Transfer{
					From: id.Draw(t, "from"), To: id.Draw(t, "to"), Amount: amount.Draw(t, "amount"),
					Forced: rapid.Bool().Draw(t, "forced"), Receipt: fmt.Sprint("R", receipts),
				}
				done, err := a.transfer(order, DefaultLimits(), now)
				if err != nil {
					if fmt.Sprint(before) != fmt.Sprint(a) {
						t.Fatalf("%v changed %v to %v", err, before, a)
					}
					return
				}
				explain(t, &before, &a, done)
				if latest := a.history.latest(1); len(a.history) != list+1 || *latest[0] != done {
					t.Fatalf("the history ends with %+v", latest)
				}
			},
			"set": func(t *rapid.T) {
				one, balance := id.Draw(t, "account"), amount.Draw(t, "balance")
				if a.setBalance(one, balance) == nil && a.balance(one) != balance {
					t.Fatalf("%s holds %s, not %s", one, a.balance(one), balance)
				}
			},
			"close":    func(t *rapid.T) { a.closeAccounts(id.Draw(t, "account").Owner) },
			"snapshot": func(*rapid.T) { kept, shown = append(kept, a.clone()), append(shown, fmt.Sprint(a)) },
			"restore":  func(t *rapid.T) { a = kept[rapid.IntRange(0, len(kept)-1).Draw(t, "which")].clone() },
			"reset":    func(*rapid.T) { a = newAccounts() },
			"wait":     func(t *rapid.T) { now = now.Add(time.Duration(rapid.IntRange(1, 30).Draw(t, "hours")) * time.Hour) },
		})
	})
}

// explain fails unless a transaction accounts for the whole difference of two states.
func explain(t *rapid.T, before, after *accounts, done Transaction) {
	t.Helper()
	want := make(map[AccountID]daraja.Money)
	want[done.From] -= done.Amount
	want[done.To] += done.Amount
	want[OutsideAccount()] -= done.TopUp
	for _, one := range after.balances() {
		change := one.Balance - before.balance(one.Account) - want[one.Account]
		topUp := done.TopUp > 0 && change > 0 && change <= done.TopUp && one.Account == done.From
		if change != 0 && !topUp {
			t.Fatalf("%+v leaves %s of %s unexplained", done, change, one.Account)
		}
	}
}

func TestRecentIsBounded(t *testing.T) {
	var r recent[int]
	const keep = 50
	for n := range 1000 {
		r.add(n, keep)
		if latest := r.latest(keep); len(latest) != min(n+1, keep) || latest[len(latest)-1] != n || len(r) > 2*keep {
			t.Fatalf("after %d: %d are kept, and the latest are %v", n, len(r), latest)
		}
	}
	c, seen := slices.Clip(r), r.latest(keep)
	r.add(-1, keep)
	c.add(-2, keep)
	if r[len(r)-1] != -1 || c[len(c)-1] != -2 || seen[keep-1] != 999 {
		t.Errorf("copies are not independent: %v, %v, %v", r, c, seen)
	}
}

func TestLimitsFromSettings(t *testing.T) {
	values := make(map[string]string)
	for _, s := range limitSettings() {
		values[s.Name] = s.Default
		for _, wrong := range []string{"", "-1", "many", "1.001"} {
			if s.Check(wrong) == nil {
				t.Errorf("%s takes %q", s.Name, wrong)
			}
		}
	}
	if got := newLimits(values); got != DefaultLimits() {
		t.Errorf("the defaults are %+v, want %+v", got, DefaultLimits())
	}
	values[SettingDailyLimit] = "12.50"
	if got := newLimits(values); got.Daily != 12_50 {
		t.Errorf("the daily limit is %s", got.Daily)
	}
}

func BenchmarkTransfer(b *testing.B) {
	a := newAccounts()
	utility := OrganisationAccount("174379", AccountUtility)
	for b.Loop() {
		if _, err := a.transfer(Transfer{From: Wallet(anna), To: utility, Amount: 1_00, Forced: true, Receipt: "UKU005Z6GY"}, DefaultLimits(), midday()); err != nil {
			b.Fatal(err)
		}
	}
}

// A transfer after which an account would hold more than can be counted is refused, a forced
// one too.
func TestAccountsThatWouldHoldTooMuch(t *testing.T) {
	from, to := OrganisationAccount("600977", AccountWorking), OrganisationAccount("600000", AccountUtility)
	a := newAccounts()
	a.byID[to], a.byID[OutsideAccount()] = account{balance: maxHeld - 10}, account{balance: 10 - maxHeld}
	for _, forced := range []bool{false, true} {
		var refused *TransferError
		_, err := a.transfer(Transfer{From: from, To: to, Amount: 100, Forced: forced, Entering: 100}, DefaultLimits(), midday())
		if !errors.As(a.refuse(Transfer{From: from, To: to, Amount: 100, Forced: forced, Entering: 100}, DefaultLimits(), midday()), &refused) || refused.Reason != ReasonInvalid || err == nil {
			t.Errorf("forced %v: %v, %v", forced, refused, err)
		}
	}
}

// Money that an organisation moves between its own accounts does not count for its daily limit.
func TestMovesBetweenOwnAccountsAreNotSpent(t *testing.T) {
	a := newAccounts()
	merchant, working := OrganisationAccount("174381", AccountMerchant), OrganisationAccount("174381", AccountWorking)
	fund(t, &a, merchant, 900)
	if _, err := a.transfer(Transfer{From: merchant, To: working, Amount: 900 * daraja.Shilling}, DefaultLimits(), midday()); err != nil {
		t.Fatal(err)
	}
	if spent := a.byID[merchant].spentOn(dayOf(midday())); spent != 0 {
		t.Errorf("%s are spent", spent)
	}
}
