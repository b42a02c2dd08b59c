package simulator

import (
	"fmt"
	"regexp"
	"testing"
	"time"

	"github.com/darajabox/darajabox/daraja"
)

// still is a clock that stands still, and keeps what is planned on it.
type still struct {
	planned int
	all     []func() // what was taken back too
}

func (*still) Now() time.Time { return time.Date(2026, 8, 18, 12, 0, 0, 0, daraja.EAT()) }

func (s *still) AfterFunc(_ time.Duration, _ string, f func()) (stop func() bool) {
	s.planned++
	s.all = append(s.all, f)
	stopped := false
	return func() bool {
		if stopped {
			return false
		}
		stopped = true
		s.planned--
		return true
	}
}

type count int

func (c *count) ScheduleDelivery(Callback) { *c++ }

func newStill(t *testing.T) (*World, *still) {
	t.Helper()
	clock := &still{}
	w, err := New(Config{Products: prompting(t), Clock: clock, Sink: new(count), People: func(int64, daraja.MSISDN) Person {
		return Person{PIN: "1234", Balance: daraja.MaxPayment}
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.CheckAccounts(); err != nil {
			t.Errorf("after the test: %v", err)
		}
	})
	return w, clock
}

// A prompt that there is no room for takes its timer and its lock along.
func TestPromptsAreBounded(t *testing.T) {
	w, clock := newStill(t)
	w.prompts.max = 3
	for n := range 10 {
		if _, err := pushTo(t, w, n); err != nil {
			t.Fatal(err)
		}
	}
	if clock.planned != 3 || len(w.prompts.byKey) != 3 || len(w.prompts.order) != 3 {
		t.Errorf("%d timers, %d prompts", clock.planned, len(w.prompts.byKey))
	}
	if _, err := pushTo(t, w, 0); err != nil {
		t.Errorf("the phone is locked by a prompt that is gone: %v", err)
	}
	w.Reset()
	if clock.planned != 0 {
		t.Errorf("%d timers after the reset", clock.planned)
	}
	if _, err := pushTo(t, w, 0); err != nil {
		t.Fatal(err)
	}
	w.Stop()
	if clock.planned != 0 {
		t.Errorf("%d timers after the stop", clock.planned)
	}
	w.Restore(w.Snapshot())
	if clock.planned != 0 {
		t.Errorf("%d timers in a world that has stopped", clock.planned)
	}
}

// Each new plan of a prompt takes the one before back.
func TestOneTimerForEachPrompt(t *testing.T) {
	w, clock := newStill(t)
	if _, err := pushTo(t, w, 1); err != nil {
		t.Fatal(err)
	}
	leave := w.Attend("254711000001")
	for _, kind := range []PhoneActionKind{ActionIgnore, ActionOff, ActionOn} {
		if err := w.Act("254711000001", PhoneAction{Kind: kind}); err != nil {
			t.Fatal(err)
		}
	}
	leave()
	if clock.planned != 1 {
		t.Errorf("%d timers", clock.planned)
	}
	w.Restore(w.Snapshot())
	if clock.planned != 1 {
		t.Errorf("%d timers after the restore", clock.planned)
	}
}

// A timer that fires while its prompt gets another plan, or goes, ends nothing.
func TestTimersThatAreTooLate(t *testing.T) {
	w, clock := newStill(t)
	ack, err := pushTo(t, w, 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Act("254711000001", PhoneAction{Kind: ActionIgnore}); err != nil {
		t.Fatal(err)
	}
	clock.all[0]()
	if p, _ := w.prompts.get(ack); p.open == nil {
		t.Error("the plan that was taken back ended the prompt")
	}
	snapshot := w.Snapshot()
	w.Reset()
	clock.all[1]()
	if sent := *w.sink.(*count); sent != 0 {
		t.Errorf("%d callbacks after the reset", sent)
	}
	w.Restore(snapshot)
	clock.all[1]()
	if sent := *w.sink.(*count); sent != 0 {
		t.Errorf("%d callbacks from before the restore", sent)
	}
	clock.all[2]()
	clock.all[2]()
	if sent := *w.sink.(*count); sent != 1 {
		t.Errorf("%d callbacks, want 1", sent)
	}
}

func TestCustomersAreBounded(t *testing.T) {
	w, _ := newStill(t)
	w.customers.max = 4
	if _, err := pushTo(t, w, 1); err != nil {
		t.Fatal(err)
	}
	if err := w.Act("254711000002", PhoneAction{Kind: ActionOff}); err != nil {
		t.Fatal(err)
	}
	for n := range 1000 {
		w.Phone(daraja.MSISDN(fmt.Sprintf("254712%06d", n)))
	}
	if n := len(w.Phones()); n != 4 {
		t.Errorf("%d customers", n)
	}
	if w.Phone("254711000001").Prompt == nil || w.Phone("254711000002").On {
		t.Error("a phone that is in use was forgotten")
	}
}

// Reading a payment of a customer who was forgotten does not add the customer again.
func TestReadingAPaymentAddsNoCustomer(t *testing.T) {
	w, _ := newStill(t)
	id, err := pushTo(t, w, 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Act("254711000001", PhoneAction{Kind: ActionPIN}); err != nil {
		t.Fatal(err)
	}
	p, _ := w.Payment(id)
	if sms := w.PaymentMessages(p); len(sms) != 1 || sms[0].Payment != id {
		t.Errorf("the SMS of the payment: %+v", sms)
	}
	w.customers.max = 1
	w.Phone("254711000002")
	p, _ = w.Payment(id)
	if sms := w.PaymentMessages(p); sms != nil {
		t.Errorf("a customer who was forgotten has %+v", sms)
	}
	if all := w.Phones(); len(all) != 1 || all[0].Number != "254711000002" {
		t.Errorf("the customers are %+v", all)
	}
}

func TestAllPhonesInUse(t *testing.T) {
	w, _ := newStill(t)
	w.customers.max = 4
	for n := range 200 {
		if _, err := pushTo(t, w, n); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(w.customers.byKey); n != 4 {
		t.Errorf("%d customers", n)
	}
}

func TestTokensAreBounded(t *testing.T) {
	w, _ := newStill(t)
	w.tokens.max = 10
	for n := range 100 {
		_, _ = pushTo(t, w, n%2) // mostly refused: the phone has a prompt
	}
	if n := len(w.tokens.byKey); n != 10 {
		t.Errorf("%d tokens", n)
	}
}

func TestLedgerIsBounded(t *testing.T) {
	w, _ := newStill(t)
	for n := range 2*maxTransactions + 1 {
		w.accounts.history.add(&Transaction{Transfer: Transfer{Amount: daraja.Money(n)}}, maxTransactions)
	}
	l, kept := w.Ledger(), len(w.accounts.history)
	if kept > 2*maxTransactions || len(l) != maxTransactions || l[0].Amount != maxTransactions+1 || l[maxTransactions-1].Amount != 2*maxTransactions {
		t.Errorf("%d entries are kept, %d shown", kept, len(l))
	}
}

type noRules struct{}

func (noRules) Decide(Request) (Outcome, bool) { return Outcome{}, false }
func (noRules) Consume(Request, Outcome)       {}
func (noRules) Clone() Decider                 { return noRules{} }

// Attempts are counted for the latest that were seen.
func TestAttemptsAreBounded(t *testing.T) {
	w, _ := newStill(t)
	if err := w.Apply(Setup{Decider: noRules{}}); err != nil {
		t.Fatal(err)
	}
	w.attempts.max = 5
	for n := range 100 {
		_, _ = pushTo(t, w, n)
	}
	if n := len(w.attempts.byKey); n != 5 {
		t.Errorf("%d counters", n)
	}
}

func TestOrganisationsOfAScenario(t *testing.T) {
	w, _ := newStill(t)
	ten := 10 * daraja.Shilling
	setup := Setup{Organisations: []OrganisationSetup{
		{Organisation: Organisation{Shortcode: "600100", Till: "600101"}},
		{Organisation: Organisation{Shortcode: daraja.SandboxShortcode, Name: "Kiosk"}, Balance: &ten},
	}}
	if err := w.Apply(setup); err != nil {
		t.Fatal(err)
	}
	got := regexp.MustCompile(` \{0\.00 0\.00 0\.00 0\.00\}| \[\{Working[^]]+\] \[\]`).ReplaceAllString(fmt.Sprint(w.Organisations()), "")
	want := fmt.Sprintf("[{{174379 Kiosk %[1]s  [] %[2]s} 10.00 []} {{174381 Duka la Soko %[1]s 174380 [] %[2]s} 0.00 []} {{600100 Daraja-Sandbox %[1]s 600101 [] } 0.00 []}]",
		daraja.SandboxPasskey, daraja.SandboxMSISDN)
	if got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	if err := w.Apply(Setup{}); err != nil {
		t.Fatal(err)
	}
	if o := w.Organisations(); len(o) != 2 || o[0].Name != sandboxName || o[0].Balance != 0 {
		t.Errorf("without the scenario %+v", o)
	}
	for _, bad := range []Organisation{{Shortcode: "12"}, {Shortcode: "600100", Till: "x"}} {
		if err := w.Apply(Setup{Organisations: []OrganisationSetup{{Organisation: bad}}}); err == nil {
			t.Errorf("%+v was taken", bad)
		}
	}
	if err := w.Apply(Setup{Organisations: make([]OrganisationSetup, maxOrgs+1)}); err == nil {
		t.Error("too many were taken")
	}
}

func TestUsedUpPromptsKeepLittle(t *testing.T) {
	w, _ := newStill(t)
	ack, err := pushTo(t, w, 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Act("254711000001", PhoneAction{Kind: ActionPIN}); err != nil {
		t.Fatal(err)
	}
	if p, _ := w.prompts.get(ack); p.open != nil || p.CallbackURL != "" {
		t.Errorf("it keeps %+v", p)
	}
}

// The list of payments goes as far back as payments are kept, past those that it looks
// at at once.
func TestPaymentsAreListedAsFarAsTheyAreKept(t *testing.T) {
	w, _ := newStill(t)
	w.prompts.max, w.customers.max = 2*paymentsPerLock+7, 10_000
	for n := range 2*paymentsPerLock + 50 {
		if _, err := pushTo(t, w, n); err != nil {
			t.Fatal(err)
		}
	}
	all := w.Payments(PaymentFilter{Limit: 10 * paymentsPerLock})
	if len(all) != w.prompts.max || all[0].Phone != "254711002049" || all[len(all)-1].Phone != "254711000043" || all[len(all)-1].Number != 44 {
		t.Errorf("%d payments, the oldest is %+v", len(all), all[len(all)-1])
	}
	if got := w.Payments(PaymentFilter{Phone: "254711000043", Limit: 2}); len(got) != 1 {
		t.Errorf("the oldest is found %d times", len(got))
	}
	if got := w.Payments(PaymentFilter{Before: 44, Limit: 1}); len(got) != 0 {
		t.Errorf("one is listed that is no longer kept: %+v", got)
	}
}
