package app_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/gateway"
)

// unknownSecond is a payment whose first push M-PESA ended with 4005, and whose second push
// has no clear answer, and the token of the first.
func (r *rig) unknownSecond() (id int64, first string) {
	r.Helper()
	id = r.mustAsk()
	first = r.tokenOf(id, 1)
	r.called(id, gateway.Proven, r.failed(1, "4005"))
	r.daraja.pushErr = &gateway.PushError{Ambiguous: true, Message: "no answer"}
	r.work(id)
	r.daraja.pushErr = nil
	r.is(id, gateway.Unknown)
	return id, first
}

// unresolvedTwice is a payment with two pushes about which no query gave a result, and the
// token of the first.
func (r *rig) unresolvedTwice() (id int64, first string) {
	r.Helper()
	id, first = r.pushedTwice()
	for r.payment(id).State == gateway.Pending {
		r.work(id)
	}
	r.is(id, gateway.Unresolved)
	return id, first
}

// spoilt are successes at the nth prompt of which M-PESA must be asked, since they are cut or
// have no receipt.
func (r *rig) spoilt(n int) map[string][]byte {
	r.Helper()
	whole := r.paid(n, "UA1CCCCCCC", nil)
	return map[string][]byte{"cut": whole[:len(whole)*2/3], "without metadata": bareSuccess(n)}
}

// A person finds a receipt in M-PESA's statement that no callback has claimed, so it is not
// known which of two pushes it is of. What a callback with proof said of a push, and the
// person has not read, is listed when M-PESA says that the push is paid, and when it does not
// say.
func TestUnreadClaimBesideAPersonsReceipt(t *testing.T) {
	for name, body := range map[string][]byte{"a claim": oddSuccess("UA1AAAAAAA"), "what cannot be read": []byte(`{"Body":{"stkCallback":{`)} {
		for answer, reason := range map[daraja.ResultCode]string{"0": `M-PESA's query says that prompt "ws_CO_1" was paid`, "": "push 1: "} {
			t.Run(name+", the query says "+string(answer), func(t *testing.T) {
				r := newRig(t, nil)
				id, first := r.unknownSecond()
				r.calledBy(first, gateway.Proven, body)
				r.mustResolve(id, gateway.DecidePaid, "UA1BBBBBBB")
				if answer != "" {
					r.daraja.says(answer)
				}
				r.settled(id)
				r.is(id, gateway.Paid, "successful")
				r.listed(id, gateway.ReviewSettled, reason)
				if why := r.payment(id).ReviewReason; name == "a claim" && !strings.Contains(why, "UA1AAAAAAA") {
					t.Errorf("the reason does not name the receipt: %q", why)
				}
			})
		}
	}
}

// While it is not known which push a person's receipt is of, M-PESA is asked about a spoilt
// callback of each, and what it calls paid is listed.
func TestSpoiltCallbackAfterAPersonsReceipt(t *testing.T) {
	for number, begin := range map[int]func(*rig) (int64, string){1: (*rig).unknownSecond, 2: (*rig).unresolvedTwice} {
		for name, body := range newRig(t, nil).spoilt(number) {
			t.Run(name+" of prompt "+checkoutID(number), func(t *testing.T) {
				r := newRig(t, nil)
				id, _ := begin(r)
				r.mustResolve(id, gateway.DecidePaid, "UA1BBBBBBB")
				r.daraja.says("0")
				r.calledBy(r.tokenOf(id, number), gateway.Proven, body)
				r.settled(id)
				r.is(id, gateway.Paid, "successful")
				r.listed(id, gateway.ReviewSettled, "which push receipt UA1BBBBBBB paid is not known")
			})
		}
	}
}

// Neither the late answer to a push, nor a second receipt, says which push has the receipt that
// a person found.
func TestPayingPushIsNotGuessed(t *testing.T) {
	spoiltSecond := func(r *rig, id int64) {
		r.daraja.says("0")
		r.called(id, gateway.Proven, bareSuccess(2))
		r.settled(id)
		r.listed(id, gateway.ReviewSettled, `M-PESA's query says that prompt "ws_CO_2" was paid`)
	}
	t.Run("a late answer", func(t *testing.T) {
		r := newRig(t, nil)
		id := r.mustAsk()
		r.called(id, gateway.Proven, r.failed(1, "4005"))
		r.Daraja = &overtaken{scripted: r.daraja, before: func(string) {
			r.clock.Advance(2 * time.Minute) // twice what an unanswered push waits
			if err := r.WorkPayment(t.Context(), id); err != nil {
				t.Error(err)
			}
			r.mustResolve(id, gateway.DecidePaid, "UA1BBBBBBB")
		}}
		r.work(id)
		spoiltSecond(r, id)
	})
	t.Run("a second receipt", func(t *testing.T) {
		r := newRig(t, nil)
		id, _ := r.unresolvedTwice()
		r.mustResolve(id, gateway.DecidePaid, "UA1BBBBBBB")
		r.called(id, gateway.Proven, r.paid(2, "UA1CCCCCCC", nil))
		r.listed(id, gateway.ReviewSettled, "a second receipt: receipt UA1CCCCCCC")
		spoiltSecond(r, id)
	})
}

// A claim of another receipt than the one that a person found is listed also when both are of
// the same push.
func TestUnreadClaimOfThePushThatPaid(t *testing.T) {
	r := newRig(t, nil)
	id := r.mustAsk()
	r.called(id, gateway.Proven, r.failed(1, "1032"))
	r.called(id, gateway.Proven, oddSuccess("UA1AAAAAAA"))
	r.called(id, gateway.Proven, oddTwice())
	r.is(id, gateway.Review, "failed")
	r.mustResolve(id, gateway.DecidePaid, "UA1BBBBBBB")
	r.daraja.says("0")
	r.settled(id)
	r.listed(id, gateway.ReviewSettled, "claims receipt UA1AAAAAAA")
}

// A claim with proof that a person has not read, who decides that no money came, is listed when
// M-PESA does not answer.
func TestUnreadClaimOfWhatAPersonCallsFailed(t *testing.T) {
	r := newRig(t, nil)
	id, first := r.unknownSecond()
	r.calledBy(first, gateway.Proven, oddSuccess("UA1AAAAAAA"))
	r.mustResolve(id, gateway.DecideFailed, "")
	r.settled(id)
	r.is(id, gateway.Failed, "failed")
	r.listed(id, gateway.ReviewSettled, "UA1AAAAAAA")
}

// A claim with proof that comes when M-PESA has been asked often enough is in the reason that
// a person reads, also while queries of an old payment go on.
func TestClaimBeyondTheQuestionsIsRead(t *testing.T) {
	r := newRig(t, nil)
	id := r.mustAsk()
	r.exhausted(id)
	for range 6 {
		r.called(id, gateway.Proven, []byte(`{"Body":{"stkCallback":{`))
		r.work(id)
	}
	r.called(id, gateway.Proven, oddSuccess("UA1AAAAAAA"))
	r.listed(id, gateway.ReviewNoResult, "UA1AAAAAAA")
}

// What a reason says of queries is so, when no query is sent for a claim with proof: one that is
// due all the same, or none.
func TestReasonSaysWhetherMPESAIsAsked(t *testing.T) {
	const later, never = ", and M-PESA is not asked earlier because of it", ", and M-PESA is not asked about it"
	reasonOf := func(r *rig, id int64, receipt string) string {
		r.called(id, gateway.Proven, oddSuccess(receipt))
		_, reason, _ := strings.Cut(r.payment(id).ReviewReason, receipt)
		return reason
	}
	t.Run("without a result", func(t *testing.T) {
		r := newRig(t, nil)
		id := r.mustAsk()
		r.exhausted(id)
		for range 6 {
			r.called(id, gateway.Proven, []byte(`{"Body":{"stkCallback":{`))
			r.work(id)
		}
		if got := reasonOf(r, id, "UA1AAAAAAA"); r.payment(id).WorkAt().IsZero() || !strings.Contains(got, later) {
			t.Errorf("due at %s, and the reason goes on %q", r.payment(id).WorkAt(), got)
		}
		r.settled(id)
		if got := reasonOf(r, id, "UA1BBBBBBB"); !r.payment(id).WorkAt().IsZero() || !strings.Contains(got, never) {
			t.Errorf("due at %s, and the reason goes on %q", r.payment(id).WorkAt(), got)
		}
	})
	t.Run("failed", func(t *testing.T) {
		r := newRig(t, nil)
		id := r.failedBy(gateway.Failed)
		for range 6 {
			r.called(id, gateway.Proven, []byte(`{"Body":{"stkCallback":{`))
		}
		if got := reasonOf(r, id, "UA1AAAAAAA"); r.payment(id).WorkAt().IsZero() || !strings.Contains(got, later) {
			t.Errorf("due at %s, and the reason goes on %q", r.payment(id).WorkAt(), got)
		}
		r.settled(id)
		if got := reasonOf(r, id, "UA1BBBBBBB"); !r.payment(id).WorkAt().IsZero() || !strings.Contains(got, never) {
			t.Errorf("due at %s, and the reason goes on %q", r.payment(id).WorkAt(), got)
		}
	})
}

// What a decision names is dealt with: it is not listed when M-PESA does not answer.
func TestClaimThatADecisionNames(t *testing.T) {
	for name, body := range map[string][]byte{"with the receipt": oddSuccess("UA1AAAAAAA"), "without a receipt": bareSuccess(1)} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, nil)
			id := r.mustAsk()
			r.called(id, gateway.Proven, r.failed(1, "1032"))
			r.called(id, gateway.Proven, body)
			r.called(id, gateway.Proven, oddTwice())
			r.is(id, gateway.Review, "failed")
			r.mustResolve(id, gateway.DecidePaid, "UA1AAAAAAA")
			if p := r.settled(id); !p.ReviewAt.IsZero() {
				t.Errorf("%s with receipt %s, listed: %q", p.State, p.Receipt, p.ReviewReason)
			}
		})
	}
}

// While it is not known which push a person's receipt is of, M-PESA's failure of the latest
// push is listed: every push has failed then, by M-PESA's word.
func TestFailureOfTheLatestPushAfterAPersonsReceipt(t *testing.T) {
	r := newRig(t, nil)
	id, _ := r.unresolvedTwice() // push 1 ended with 4005
	r.mustResolve(id, gateway.DecidePaid, "UA1BBBBBBB")
	r.called(id, gateway.Proven, r.failed(2, "1032"))
	r.listed(id, gateway.ReviewSettled, "1032")
}

// A callback with proof that names the receipt which a person found says which push has paid.
// What M-PESA says of that push then is nothing new, and what it says of the other one is.
func TestCallbackOfAPersonsReceipt(t *testing.T) {
	for number, begin := range map[int]func(*rig) (int64, string){1: (*rig).unknownSecond, 2: (*rig).unresolvedTwice} {
		begun := func(t *testing.T) (*rig, int64) {
			t.Helper()
			t.Helper()
			r := newRig(t, nil)
			id, _ := begin(r)
			r.mustResolve(id, gateway.DecidePaid, "UA1BBBBBBB")
			return r, id
		}
		t.Run(fmt.Sprintf("of push %d", number), func(t *testing.T) {
			r, id := begun(t)
			r.called(id, gateway.Unproven, r.paid(2, "UA1BBBBBBB", nil))
			if p := r.payment(id); p.CheckoutRequestID != "" {
				t.Errorf("without proof it tells that prompt %s was paid", p.CheckoutRequestID)
			}
			r.calledBy(r.tokenOf(id, number), gateway.Proven, r.paid(number, "UA1BBBBBBB", nil))
			p := r.is(id, gateway.Paid, "successful")
			if p.CheckoutRequestID != checkoutID(number) || p.MerchantRequestID != merchantID(number) || p.Receipt != "UA1BBBBBBB" {
				t.Errorf("the payment has prompt %q of %q and receipt %s", p.CheckoutRequestID, p.MerchantRequestID, p.Receipt)
			}
			r.daraja.says("0")
			for _, body := range r.spoilt(number) {
				r.calledBy(r.tokenOf(id, number), gateway.Proven, body)
			}
			if p := r.settled(id); !p.ReviewAt.IsZero() {
				t.Errorf("listed: %q", p.ReviewReason)
			}
			r.calledBy(r.tokenOf(id, 3-number), gateway.Proven, r.paid(3-number, "UA1CCCCCCC", nil))
			r.listed(id, gateway.ReviewSettled, "a second receipt: receipt UA1CCCCCCC")
		})
		t.Run(fmt.Sprintf("of push %d, which M-PESA is asked about", number), func(t *testing.T) {
			r, id := begun(t)
			r.daraja.says("1032")
			r.calledBy(r.tokenOf(id, number), gateway.Proven, bareSuccess(number))
			r.calledBy(r.tokenOf(id, number), gateway.Proven, r.paid(number, "UA1BBBBBBB", nil))
			if p := r.settled(id); !p.ReviewAt.IsZero() {
				t.Errorf("listed: %q", p.ReviewReason)
			}
		})
	}
}
