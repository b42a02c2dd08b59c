package app_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/gateway"
)

func declaring(code daraja.ResultCode, outcome gateway.DeclaredOutcome) gateway.Declaration {
	return gateway.Declaration{Code: code, Outcome: outcome, Note: "per Safaricom's support", By: "jane"}
}

// waits makes a payment that waits with a result code, as a callback that asks a
// question leaves it.
func (r *rig) waits(state gateway.State, code daraja.ResultCode, change func(*gateway.Payment)) int64 {
	r.Helper()
	id := r.mustAsk()
	err := r.Store.Update(r.Context(), func(tx gateway.Tx) error {
		p, err := tx.Payment(id)
		if err != nil {
			return err
		}
		p.State, p.ResultCode = state, code
		if state == gateway.Unresolved || state == gateway.Review {
			p.ReviewReason, p.ReviewAt = "no callback, and no answer to 7 queries", noon
		}
		if change != nil {
			change(p)
		}
		return tx.SavePayment(p)
	})
	if err != nil {
		r.Fatal(err)
	}
	return id
}

// keep puts a body into the raw log of a payment.
func (r *rig) keep(id int64, verdict string, body []byte) {
	r.Helper()
	err := r.Store.Update(r.Context(), func(tx gateway.Tx) error {
		return tx.InsertCallback(&gateway.Callback{PaymentID: id, Body: body, Verdict: verdict})
	})
	if err != nil {
		r.Fatal(err)
	}
}

func TestDeclaredResultSettlesWhatWaits(t *testing.T) {
	for _, tt := range []struct {
		name  string
		make  func(*rig) int64
		state gateway.State
		kept  int
	}{
		{"pending", func(r *rig) int64 { return r.waits(gateway.Pending, "1050", nil) }, gateway.Failed, 0},
		{"unknown", func(r *rig) int64 { return r.waits(gateway.Unknown, "1050", nil) }, gateway.Failed, 0},
		{"unresolved", func(r *rig) int64 { return r.waits(gateway.Unresolved, "1050", nil) }, gateway.Failed, 0},
		{"a callback had the code alone", func(r *rig) int64 {
			id := r.waits(gateway.Unresolved, "1050", nil)
			r.keep(id, "to be confirmed", r.failed(1, "1050"))
			return id
		}, gateway.Failed, 0},
		{"another code", func(r *rig) int64 { return r.waits(gateway.Pending, "1051", nil) }, gateway.Pending, 0},
		{"no code", func(r *rig) int64 { return r.waits(gateway.Pending, "", nil) }, gateway.Pending, 0},
		{"a contradiction", func(r *rig) int64 { return r.waits(gateway.Review, "1050", nil) }, gateway.Review, 0},
		{"a callback had a receipt", func(r *rig) int64 {
			id := r.waits(gateway.Unresolved, "1050", nil)
			r.keep(id, "to be confirmed", r.paid(1, "UA1AAAAAAA", nil))
			return id
		}, gateway.Unresolved, 1},
		{"a callback had the code and a receipt", func(r *rig) int64 {
			id := r.waits(gateway.Pending, "1050", nil)
			body := strings.Replace(string(r.paid(1, "UA1AAAAAAA", nil)), `"ResultCode":0`, `"ResultCode":1050`, 1)
			r.keep(id, "to be confirmed", []byte(body))
			return id
		}, gateway.Pending, 1},
		{"a callback had a receipt under a key in another case", func(r *rig) int64 {
			id := r.waits(gateway.Pending, "1050", nil)
			body := strings.Replace(string(r.paid(1, "UA1AAAAAAA", nil)), `"ResultCode":0`, `"ResultCode":1050`, 1)
			r.keep(id, "to be confirmed", []byte(strings.Replace(body, "CallbackMetadata", "callbackMetadata", 1)))
			return id
		}, gateway.Pending, 1},
		{"a callback had a receipt under an escaped key", func(r *rig) int64 {
			id := r.waits(gateway.Pending, "1050", nil)
			body := strings.Replace(string(r.paid(1, "UA1AAAAAAA", nil)), `"ResultCode":0`, `"ResultCode":1050`, 1)
			r.keep(id, "to be confirmed", []byte(strings.Replace(body, "CallbackMetadata", `Callback\u004detadata`, 1)))
			return id
		}, gateway.Pending, 1},
		{"a callback with a receipt of no valid form was to be confirmed", func(r *rig) int64 {
			id := r.mustAsk()
			w := genuine()
			w.receipt = `"2547083741"`
			r.called(id, gateway.Unproven, w.body())
			for range len(r.Waits.Query) + 1 {
				r.work(id)
			}
			r.called(id, gateway.Proven, wire{id: `"ws_CO_1"`, code: "1050", amount: "150"}.body())
			return id
		}, gateway.Unresolved, 1},
		{"a callback can't be read", func(r *rig) int64 {
			id := r.waits(gateway.Pending, "1050", nil)
			r.keep(id, "malformed", []byte(`{"ResultCode":1050`))
			return id
		}, gateway.Pending, 1},
		{"a callback was erased", func(r *rig) int64 {
			id := r.waits(gateway.Pending, "1050", nil)
			r.keep(id, "to be confirmed", nil)
			return id
		}, gateway.Pending, 1},
		{"a receipt is claimed", func(r *rig) int64 {
			return r.waits(gateway.Unresolved, "1050", func(p *gateway.Payment) { p.Claimed = "UA1AAAAAAA" })
		}, gateway.Unresolved, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, nil)
			id := tt.make(r)
			done, err := r.DeclareResult(t.Context(), declaring("1050", gateway.DeclaredFailed), 0)
			settled := map[bool]int{true: 1}[tt.state == gateway.Failed]
			if err != nil || done.Settled != settled || done.Kept != tt.kept || done.Next != 0 {
				t.Errorf("%+v, %v; want %d settled, %d kept", done, err, settled, tt.kept)
			}
			if settled == 0 {
				r.is(id, tt.state)
				return
			}
			if p := r.is(id, gateway.Failed, "failed"); p.ResultCode != "1050" || !p.WorkAt().IsZero() || !p.ReviewAt.IsZero() {
				t.Errorf("it failed with %q, is due at %s and waits since %s", p.ResultCode, p.WorkAt(), p.ReviewAt)
			}
		})
	}
}

// Many are settled in calls that each take a bounded time; those that are kept do not
// hold the rest up.
func TestDeclaredResultSettlesMany(t *testing.T) {
	r := newRig(t, nil)
	const kept, all = 30, 560
	var claimed, free []int64
	for i := range all {
		if i < kept {
			claimed = append(claimed, r.waits(gateway.Pending, "1050", func(p *gateway.Payment) { p.Claimed = "UA1AAAAAAA" }))
			continue
		}
		free = append(free, r.waits(gateway.Pending, "1050", nil))
	}
	first, err := r.DeclareResult(t.Context(), declaring("1050", gateway.DeclaredFailed), 0)
	if err != nil || first.Settled+first.Kept != 500 || first.Next == 0 {
		t.Fatalf("the first call: %+v, %v", first, err)
	}
	second, err := r.DeclareResult(t.Context(), declaring("1050", gateway.DeclaredFailed), first.Next)
	if err != nil || first.Settled+second.Settled != all-kept || first.Kept+second.Kept != kept || second.Next != 0 {
		t.Fatalf("the second call: %+v, %v", second, err)
	}
	r.is(free[len(free)-1], gateway.Failed, "failed")
	r.is(claimed[0], gateway.Pending)
	if got, _ := (gateway.Desk{Store: r.Store}).Declarations(t.Context()); len(got) != 1 {
		t.Errorf("declared: %+v", got)
	}
}

func TestCodesThatCanNotBeDeclared(t *testing.T) {
	r := newRig(t, nil)
	for _, code := range []daraja.ResultCode{
		"0", "1032", "4999", "SFC_IC0003", "00", "0.0", "0 ", "", "false", "SUCCESS", "[]", "-0", "01050", "000-0", "10 50", "1050\n", "é1", "123456789012345678901",
	} {
		if _, err := r.DeclareResult(t.Context(), declaring(code, gateway.DeclaredFailed), 0); gateway.CodeOf(err) != gateway.CodeInvalid {
			t.Errorf("%q: %v", string(code), err)
		}
	}
	for outcome, why := range map[gateway.DeclaredOutcome]string{
		"paid": "only M-PESA's result 0 with a receipt", "success": "only M-PESA's result 0", "successful": "only M-PESA's result 0", "refused": "there are failed, pending",
	} {
		if _, err := r.DeclareResult(t.Context(), declaring("1050", outcome), 0); gateway.CodeOf(err) != gateway.CodeInvalid || !strings.Contains(err.Error(), why) {
			t.Errorf("outcome %s: %v", outcome, err)
		}
	}
	for _, d := range []gateway.Declaration{{Code: "1050", Outcome: "failed", By: "jane"}, {Code: "1050", Outcome: "failed", Note: "n"}, {Code: "1050", Outcome: "failed", Note: "a\nb", By: "jane"}} {
		if _, err := r.DeclareResult(t.Context(), d, 0); gateway.CodeOf(err) != gateway.CodeInvalid {
			t.Errorf("%+v: %v", d, err)
		}
	}
	if got, _ := (gateway.Desk{Store: r.Store}).Declarations(t.Context()); len(got) != 0 {
		t.Errorf("declared all the same: %+v", got)
	}
}

// A code has one meaning, until it is forgotten; each word on it is in the raw log.
func TestDeclarationsAreOnRecord(t *testing.T) {
	r := newRig(t, nil)
	declare := func(outcome gateway.DeclaredOutcome) error {
		_, err := r.DeclareResult(t.Context(), declaring("1050", outcome), 0)
		return err
	}
	if err := declare(gateway.DeclaredPending); err != nil {
		t.Fatal(err)
	}
	if err := declare(gateway.DeclaredFailed); gateway.CodeOf(err) != gateway.CodeConflict || !strings.Contains(err.Error(), "declared pending, by jane; to change that, first run") {
		t.Errorf("declared otherwise: %v", err)
	}
	if err := r.ForgetResult(t.Context(), "1050", "", "jane"); gateway.CodeOf(err) != gateway.CodeInvalid {
		t.Errorf("forgotten without a note: %v", err)
	}
	if err := r.ForgetResult(t.Context(), "1050", "a mistake", "john"); err != nil {
		t.Fatal(err)
	}
	if err := r.ForgetResult(t.Context(), "1050", "a mistake", "john"); gateway.CodeOf(err) != gateway.CodeNotFound {
		t.Errorf("forgotten twice: %v", err)
	}
	if err := declare(gateway.DeclaredFailed); err != nil {
		t.Fatal(err)
	}
	var log []string
	r.read(func(tx gateway.Tx) error {
		all, err := tx.CallbacksOf(0, 0, 100)
		for _, c := range all {
			log = append(log, c.Verdict)
		}
		return err
	})
	want := []string{
		"result code declared by a person: 1050 is pending, by jane",
		"result code declared by a person: 1050 is forgotten, by john",
		"result code declared by a person: 1050 is failed, by jane",
	}
	if !slices.Equal(log, want) {
		t.Errorf("the raw log says %q", log)
	}
	if audit, err := gateway.VerifyLog(context.Background(), r.Store, gateway.Expected{}); err != nil || !audit.OK() {
		t.Errorf("the raw log: %+v, %v", audit, err)
	}
}

// What a code was declared to be holds for callbacks that come later.
func TestDeclaredResultOfACallback(t *testing.T) {
	for outcome, want := range map[gateway.DeclaredOutcome]struct {
		state gateway.State
		told  []string
	}{
		gateway.DeclaredFailed:  {gateway.Failed, []string{"failed"}},
		gateway.DeclaredPending: {gateway.Pending, nil},
	} {
		r := newRig(t, nil)
		if _, err := r.DeclareResult(t.Context(), declaring("1050", outcome), 0); err != nil {
			t.Fatal(err)
		}
		id := r.mustAsk()
		r.called(id, gateway.Proven, r.failed(1, "1050"))
		r.is(id, want.state, want.told...)
	}
}
