package trial_test

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/darajabox/darajabox/trial"
)

// one is the history of one payment that went well.
func one() []trial.Event {
	return []trial.Event{
		{Who: trial.Client, What: trial.Ordered, Reference: "A-1", Cents: 15_000},
		{Who: trial.Client, What: trial.Answered, Reference: "A-1", HTTP: 200, Transaction: 7},
		{Who: trial.Mpesa, What: trial.Prompted, Reference: "A-1", Message: "ws_CO_1"},
		{Who: trial.Mpesa, What: trial.Received, Reference: "A-1", Receipt: "UKP1", Cents: 15_000},
		{Who: trial.Partner, What: trial.Told, Transaction: 7, Status: "successful", Receipt: "UKP1", Cents: 15_000, HTTP: 200, Message: "msg_1"},
		{Who: trial.Gateway, What: trial.Stands, Transaction: 7, Status: "successful", Receipt: "UKP1", Cents: 15_000},
	}
}

// add puts events behind a history.
func add(more ...trial.Event) func([]trial.Event) []trial.Event {
	return func(h []trial.Event) []trial.Event { return append(h, more...) }
}

// forged is a callback of a forger that was acknowledged.
func forged(kind string) trial.Event {
	return trial.Event{Who: trial.Forgery, What: trial.Called, Reference: "A-1", Detail: kind, HTTP: 200}
}

func TestJudge(t *testing.T) {
	toldFailed := trial.Event{Who: trial.Partner, What: trial.Told, Transaction: 7, Status: "failed", HTTP: 200, Message: "msg_0"}
	tests := []struct {
		name  string
		spoil func([]trial.Event) []trial.Event
		want  string // in the first violation; "" for none
	}{
		{"all is well", func(h []trial.Event) []trial.Event { return h }, ""},
		{"a webhook may come twice", func(h []trial.Event) []trial.Event { return append(h, h[4]) }, ""},
		{"a failure may be followed by a success", add(toldFailed, trial.Event{Who: trial.Mpesa, What: trial.Called, Reference: "A-1", Result: "1032", HTTP: 200}), ""},
		{"paid and failed by a forger, when the success never came", func(h []trial.Event) []trial.Event {
			h[5].Status, h[5].Receipt, h[5].Cents = "failed", "", 0
			return append(h[:4], h[5], toldFailed, forged("a failure before the result"))
		}, ""},
		{"paid and failed by a forger from elsewhere", func(h []trial.Event) []trial.Event {
			h[5].Status, h[5].Receipt, h[5].Cents = "failed", "", 0
			return append(h[:4], h[5], toldFailed, forged("a failure from elsewhere"))
		}, "paid and was told to be failed"},
		{"a failure without a callback", add(toldFailed), "paid and was told to be failed"},
		{"a forged failure from an address of M-PESA", add(toldFailed, forged("a failure before the result")), ""},
		{"a failure from elsewhere", add(toldFailed, forged("a failure from elsewhere")), "paid and was told to be failed"},
		{"a failure with an unknown code", add(toldFailed, forged("a code that M-PESA does not have")), "paid and was told to be failed"},
		{"a repeated order gets the same transaction", func(h []trial.Event) []trial.Event { return append(h, h[0], h[1]) }, ""},
		{"two prompts", func(h []trial.Event) []trial.Event { return append(h, h[2]) }, "2 prompts for one key"},
		{"paid twice", func(h []trial.Event) []trial.Event { return append(h, h[3]) }, "customers paid 30000 cents; partners were told of 15000"},
		{"two transactions for a key", func(h []trial.Event) []trial.Event {
			again := h[1]
			again.Transaction = 8
			return append(h, again)
		}, "one key has transactions [7 8]"},
		{"a webhook that never came", func(h []trial.Event) []trial.Event { return append(h[:4], h[5]) }, "is successful and no webhook said so"},
		{"a webhook that was not taken", func(h []trial.Event) []trial.Event { h[4].HTTP = 500; return h }, "is successful and no webhook said so"},
		{"money that nobody was told of", func(h []trial.Event) []trial.Event {
			h[4].Status, h[5].Status, h[5].Receipt = "failed", "failed", ""
			return h
		}, "15000 cents were paid, transaction 7 is failed"},
		{"a success that nobody paid", func(h []trial.Event) []trial.Event { return append(h[:3], h[4:]...) }, "is successful and its customer paid nothing"},
		{"another amount", func(h []trial.Event) []trial.Event { h[5].Cents = 1; return h }, "the partner was told 1"},
		{"another amount in the webhook", func(h []trial.Event) []trial.Event { h[4].Cents = 1; return h }, "a webhook said 1 cents"},
		{"another receipt", func(h []trial.Event) []trial.Event { h[5].Receipt = "UKP2"; return h }, "the receipt is UKP1"},
		{"a receipt that credits two", func(h []trial.Event) []trial.Event {
			return append(h,
				trial.Event{Who: trial.Client, What: trial.Ordered, Reference: "A-2", Cents: 15_000},
				trial.Event{Who: trial.Client, What: trial.Answered, Reference: "A-2", HTTP: 200, Transaction: 8},
				trial.Event{Who: trial.Gateway, What: trial.Stands, Transaction: 8, Status: "successful", Receipt: "UKP1", Cents: 15_000})
		}, "receipt UKP1 credits transactions 7 and 8"},
		{"still pending", func(h []trial.Event) []trial.Event { h[5].Status = "pending"; return h }, "is still pending"},
		{"a review with a reason", func(h []trial.Event) []trial.Event {
			h[5].Status, h[5].Detail = "review", "KES 149 was paid, KES 150 was asked"
			return append(h[:4], h[5])
		}, ""},
		{"a review without a reason", func(h []trial.Event) []trial.Event { h[5].Status = "review"; return append(h[:4], h[5]) }, "under review without a reason"},
		{"a client that was left alone", func(h []trial.Event) []trial.Event { h[1].Transaction = 0; return h[:4] }, "never learnt its transaction"},
		{"a webhook about nobody's transaction", func(h []trial.Event) []trial.Event { h[4].Transaction = 9; return h }, "which no client was given"},
		{"money for an order that nobody made", func(h []trial.Event) []trial.Event { h[3].Reference = "B-1"; return h }, "which no client ordered"},
		{"a transaction that is gone", func(h []trial.Event) []trial.Event { return h[:5] }, "cannot be looked up"},
		{"a transaction that is not found", func(h []trial.Event) []trial.Event {
			h[5].HTTP, h[5].Status = 404, "not found"
			return h
		}, "the client was given transaction 7, and it is not found"},
		{"a failure that contradicts the webhook", func(h []trial.Event) []trial.Event {
			h[5].Status, h[4].Status = "successful", "failed"
			return h
		}, "the last webhook said failed"},

		{"told twice under two webhook-ids", func(h []trial.Event) []trial.Event {
			again := h[4]
			again.Message = "msg_2"
			return append(h, again)
		}, "was told to be successful under the webhook-ids msg_1 and msg_2"},
		{"one webhook-id with two bodies", func(h []trial.Event) []trial.Event {
			again := h[4]
			again.Digest = "other"
			return append(h, again)
		}, "msg_1 came with two bodies"},
		{"a webhook that comes before its result is committed", add(trial.Event{Who: trial.Partner, What: trial.Found, Transaction: 7, Status: "pending"}), "it was pending"},
		{"a failure that is pending again", add(
			trial.Event{Who: trial.Partner, What: trial.Found, Transaction: 7, Status: "pending"},
			forged("another amount from elsewhere"),
		), "it was pending"},
		{"a failure after a success was told", func(h []trial.Event) []trial.Event {
			h[5].Status = "failed"
			return h
		}, "was told to be successful and is failed"},
		{"a review that was told and then settled", add(trial.Event{Who: trial.Partner, What: trial.Told, Transaction: 7, Status: "review", HTTP: 200, Message: "msg_0"}), ""},
		{"a second prompt that M-PESA asked for", add(
			trial.Event{Who: trial.Mpesa, What: trial.Prompted, Reference: "A-1", Message: "ws_CO_2"},
			trial.Event{Who: trial.Mpesa, What: trial.Called, Reference: "A-1", Message: "ws_CO_1", Result: "4005", HTTP: 500},
		), ""},
		{"a refusal of what was prompted", func(h []trial.Event) []trial.Event { h[1].HTTP = 502; return h }, "answered 502, and there was a prompt"},
		{"a callback that was acknowledged and kept", add(
			trial.Event{Who: trial.Mpesa, What: trial.Called, Reference: "A-1", Result: "0", Receipt: "UKP1", HTTP: 200, Digest: "d1"},
			trial.Event{Who: trial.Auditor, What: trial.Checked}, trial.Event{Who: trial.Auditor, What: trial.Logged, Digest: "d1"},
		), ""},
		{"a callback that was acknowledged twice and kept once", add(
			trial.Event{Who: trial.Mpesa, What: trial.Called, Reference: "A-1", HTTP: 200, Digest: "d1"},
			trial.Event{Who: trial.Mpesa, What: trial.Called, Reference: "A-1", HTTP: 200, Digest: "d1"},
			trial.Event{Who: trial.Auditor, What: trial.Checked}, trial.Event{Who: trial.Auditor, What: trial.Logged, Digest: "d1"},
		), "acknowledged 2 times and is in the log 1 times"},
		{"a callback that was not acknowledged need not be kept", add(
			trial.Event{Who: trial.Mpesa, What: trial.Called, Reference: "A-1", HTTP: 500, Digest: "d1"}, trial.Event{Who: trial.Auditor, What: trial.Checked},
		), ""},
		{"a chain that is broken", add(trial.Event{Who: trial.Auditor, What: trial.Checked, Detail: "callback 3 was changed"}), "callback 3 was changed"},
		{"a success that was acknowledged and not applied", func(h []trial.Event) []trial.Event {
			h[5].Receipt = ""
			return append(h, trial.Event{Who: trial.Mpesa, What: trial.Called, Reference: "A-1", Result: "0", Receipt: "UKP1", HTTP: 200})
		}, "a success with receipt UKP1 was acknowledged"},
		{"paid and in review although M-PESA can be asked", func(h []trial.Event) []trial.Event {
			h[5].Status, h[5].Detail, h[5].Message = "review", "no answer to 7 queries", "ws_CO_1"
			return append(h[:4], h[5])
		}, "although M-PESA can be asked about its prompt ws_CO_1"},
		{"paid and in review after a forged callback", func(h []trial.Event) []trial.Event {
			h[5].Status, h[5].Detail, h[5].Message = "review", "another amount", "ws_CO_1"
			return append(h[:4], h[5], trial.Event{Who: trial.Forgery, What: trial.Called, Reference: "A-1", Detail: "another amount", HTTP: 200})
		}, ""},
		{"a contradiction from elsewhere is no excuse for a review", func(h []trial.Event) []trial.Event {
			h[5].Status, h[5].Detail, h[5].Message = "review", "another amount", "ws_CO_1"
			return append(h[:4], h[5], forged("another amount from elsewhere"))
		}, "although M-PESA can be asked"},
		{"a forged failure is no excuse for a review", func(h []trial.Event) []trial.Event {
			h[5].Status, h[5].Detail, h[5].Message = "review", "result 1032", "ws_CO_1"
			return append(h[:4], h[5], forged("a failure before the result"))
		}, "although M-PESA can be asked"},
		{"a late failure is no excuse for a review", func(h []trial.Event) []trial.Event {
			h[5].Status, h[5].Detail, h[5].Message = "review", "result 1032", "ws_CO_1"
			return append(h[:4], h[5], trial.Event{Who: trial.Forgery, What: trial.Called, Reference: "A-1", Detail: "a failure after the success", HTTP: 200})
		}, "although M-PESA can be asked"},
		{"a token that does not exist is refused", add(trial.Event{Who: trial.Forgery, What: trial.Called, Detail: "a token that does not exist", HTTP: 404}), ""},
		{"a token that does not exist is accepted", add(trial.Event{Who: trial.Forgery, What: trial.Called, Detail: "a token that does not exist", HTTP: 200}), "was answered 200"},
		{"the same answer to the same key", add(
			trial.Event{Who: trial.Client, What: trial.Repeated, Reference: "A-1", HTTP: 200, Status: "duplicate", Transaction: 7},
			trial.Event{Who: trial.Client, What: trial.Altered, Reference: "A-1", HTTP: 422, Status: "error", Transaction: 7},
		), ""},
		{"another transaction for the same key", add(trial.Event{Who: trial.Client, What: trial.Repeated, Reference: "A-1", HTTP: 200, Status: "duplicate", Transaction: 8}), "and sent again it is 8"},
		{"a refusal for the same key", add(trial.Event{Who: trial.Client, What: trial.Repeated, Reference: "A-1", HTTP: 502, Status: "error", Transaction: 7}), "it was answered 200, and sent again 502"},
		{"another body for the same key", add(trial.Event{Who: trial.Client, What: trial.Altered, Reference: "A-1", HTTP: 200, Status: "duplicate", Transaction: 7}), "another order with its key was answered 200"},
		{"another partner's payment is not found", add(trial.Event{Who: trial.Other, What: trial.Peeked, Transaction: 7, HTTP: 404}), ""},
		{"another partner's payment is read", add(trial.Event{Who: trial.Other, What: trial.Peeked, Transaction: 7, HTTP: 200}), "another partner who asked for transaction 7 was answered 200"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := trial.Judge(tt.spoil(one())).Violations
			all := fmt.Sprint(got)
			if tt.want == "" && len(got) > 0 || tt.want != "" && !strings.Contains(all, tt.want) {
				t.Errorf("violations %q, want %q", got, tt.want)
			}
		})
	}
}

func TestHistoryIsReadBack(t *testing.T) {
	h := &trial.History{}
	for _, e := range one() {
		h.Add(e)
	}
	var file bytes.Buffer
	if err := h.Write(&file); err != nil {
		t.Fatal(err)
	}
	got, err := trial.Read(&file)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range h.Events() {
		if !got[i].At.Equal(want.At) {
			t.Errorf("event %d was at %v, want %v", i, got[i].At, want.At)
		}
		got[i].At = want.At
	}
	if !reflect.DeepEqual(got, h.Events()) {
		t.Errorf("got %v, want %v", got, h.Events())
	}
}
