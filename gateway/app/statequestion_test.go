package app_test

import (
	"strings"
	"testing"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/gateway"
)

// cut is a success with proof at the nth prompt that cannot be read.
func (r *rig) cut(n int) []byte {
	r.Helper()
	return r.spoilt(n)["cut"]
}

// stateQuestion is a claim with proof of the latest push, about which the state of its payment
// has M-PESA asked when a person decides.
type stateQuestion struct {
	begin   func(r *rig) (id int64)
	as      gateway.Decision
	receipt string
	claimed string // receipt that it claims; "" when it cannot be read
}

func stateQuestions() map[string]stateQuestion {
	noPhone := func(r *rig, n int) []byte {
		return r.paid(n, "UA1AAAAAAA", func(cb *daraja.STKCallback) { cb.Payment.Phone = "" })
	}
	return map[string]stateQuestion{
		"a claim, and a contradiction": {func(r *rig) int64 {
			id := r.mustAsk()
			r.called(id, gateway.Proven, noPhone(r, 1))
			r.is(id, gateway.Confirming)
			r.called(id, gateway.Proven, oddTwice())
			r.is(id, gateway.Review)
			return id
		}, gateway.DecideFailed, "", "UA1AAAAAAA"},
		"a cut body, and a contradiction": {func(r *rig) int64 {
			id := r.mustAsk()
			r.called(id, gateway.Proven, r.cut(1))
			r.called(id, gateway.Proven, oddTwice())
			r.is(id, gateway.Review)
			return id
		}, gateway.DecideFailed, "", ""},
		"a cut body without a result": {func(r *rig) int64 {
			id := r.exhausted(r.mustAsk()).ID
			r.called(id, gateway.Proven, r.cut(1))
			r.is(id, gateway.Unresolved)
			return id
		}, gateway.DecideFailed, "", ""},
		"a claim beside an earlier push with another amount": {func(r *rig) int64 {
			id, first := r.pushedTwice()
			r.called(id, gateway.Proven, noPhone(r, 2))
			r.is(id, gateway.Confirming)
			r.calledBy(first, gateway.Proven, r.paid(1, "UA1CCCCCCC", func(cb *daraja.STKCallback) { cb.Payment.Amount = 100 }))
			r.is(id, gateway.Review)
			return id
		}, gateway.DecidePaid, "UA1CCCCCCC", "UA1AAAAAAA"},
		"a cut body beside a person's receipt": {func(r *rig) int64 {
			id, _ := r.unresolvedTwice()
			r.called(id, gateway.Proven, r.cut(2))
			r.is(id, gateway.Unresolved)
			return id
		}, gateway.DecidePaid, "UA1BBBBBBB", ""},
	}
}

// A decision does not close a claim with proof that the person has not read. When M-PESA says
// that the customer paid, a failed payment is paid, and a paid one is listed; when M-PESA does
// not say, what the reason did not name is listed.
func TestDecisionBesideAQuestionOfTheState(t *testing.T) {
	for name, tt := range stateQuestions() {
		for _, answer := range []daraja.ResultCode{"0", ""} {
			t.Run(name+", the query says "+string(answer), func(t *testing.T) {
				r := newRig(t, nil)
				id := tt.begin(r)
				read := tt.claimed != "" && strings.Contains(r.payment(id).ReviewReason, tt.claimed)
				if tt.claimed != "" && !read {
					t.Errorf("the reason does not name %s: %q", tt.claimed, r.payment(id).ReviewReason)
				}
				r.mustResolve(id, tt.as, tt.receipt)
				if answer != "" {
					r.daraja.says(answer)
				}
				p := r.settled(id)
				paid := p.State == gateway.Paid && tt.as == gateway.DecideFailed && answer == "0"
				if p.ReviewAt.IsZero() && !paid && (answer == "0" || !read) {
					t.Errorf("%s with receipt %q, on no list; M-PESA was asked %d times", p.State, p.Receipt, len(r.daraja.asked))
				}
				if paid && p.Receipt != tt.claimed {
					t.Errorf("receipt %q, want %q", p.Receipt, tt.claimed)
				}
			})
		}
	}
}

// A question that M-PESA has answered, or one without proof, is not asked again after a decision.
func TestDecisionAsksNothingAnew(t *testing.T) {
	for name, begin := range map[string]func(r *rig) (id int64){
		"a body without proof": func(r *rig) int64 {
			id := r.exhausted(r.mustAsk()).ID
			r.called(id, gateway.Unproven, r.cut(1))
			return id
		},
		"M-PESA has denied it": func(r *rig) int64 {
			id := r.mustAsk()
			r.called(id, gateway.Proven, r.cut(1))
			r.daraja.says("1037")
			r.work(id)
			r.is(id, gateway.PresumedFailed, "failed")
			r.called(id, gateway.Proven, oddTwice())
			r.is(id, gateway.Review, "failed")
			return id
		},
		"M-PESA has denied the claim": func(r *rig) int64 {
			id := r.mustAsk()
			r.claimed(id, r.paid(1, "UA1AAAAAAA", nil))
			r.daraja.says("1037")
			r.work(id)
			r.is(id, gateway.Review)
			return id
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, nil)
			id := begin(r)
			r.mustResolve(id, gateway.DecideFailed, "")
			if p := r.payment(id); !p.WorkAt().IsZero() {
				t.Errorf("M-PESA is asked at %s about what is dealt with", p.WorkAt())
			}
		})
	}
}

// A body with proof that cannot be read does not take the place of a claim without proof: when
// M-PESA says at last that the payment failed, a person must look.
func TestCutBodyBesideAClaimWithoutProof(t *testing.T) {
	for name, came := range map[string][]func(r *rig, id int64){
		"the claim first": {
			func(r *rig, id int64) { r.called(id, gateway.Unproven, bareSuccess(1)) },
			func(r *rig, id int64) { r.called(id, gateway.Proven, r.cut(1)) },
		},
		"the cut body first": {
			func(r *rig, id int64) { r.called(id, gateway.Proven, r.cut(1)) },
			func(r *rig, id int64) { r.called(id, gateway.Unproven, bareSuccess(1)) },
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, nil)
			id := r.mustAsk()
			for _, comes := range came {
				comes(r, id)
			}
			for r.payment(id).State != gateway.Unresolved {
				r.work(id)
			}
			r.daraja.says("1032")
			r.work(id)
			r.is(id, gateway.Review)
		})
		t.Run(name+", of a failed payment", func(t *testing.T) {
			r := newRig(t, nil)
			id := r.failedBy(gateway.Failed)
			for _, comes := range came {
				comes(r, id)
			}
			r.daraja.says("1032")
			r.settled(id)
			r.is(id, gateway.Failed, "failed")
			r.listed(id, gateway.ReviewSettled, "that the customer paid")
		})
	}
}
