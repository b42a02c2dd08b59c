package loadtest_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/darajabox/darajabox/internal/loadtest"
)

// paidHistory is the history of one successful payment.
func paidHistory() []loadtest.Event {
	return []loadtest.Event{
		{Actor: loadtest.Client, Kind: loadtest.OrderSent, Reference: "A-1", Cents: 15_000},
		{Actor: loadtest.Client, Kind: loadtest.OrderAnswered, Reference: "A-1", HTTP: 200, Transaction: 7},
		{Actor: loadtest.Mpesa, Kind: loadtest.Prompted, Reference: "A-1", Message: "ws_CO_1"},
		{Actor: loadtest.Mpesa, Kind: loadtest.Paid, Reference: "A-1", Receipt: "UKP1", Cents: 15_000},
		{Actor: loadtest.Partner, Kind: loadtest.WebhookReceived, Transaction: 7, Status: "successful", Receipt: "UKP1", Cents: 15_000, HTTP: 200, Message: "msg_1"},
		{Actor: loadtest.Gateway, Kind: loadtest.FinalStatus, Transaction: 7, Status: "successful", Receipt: "UKP1", Cents: 15_000},
	}
}

// add appends events to a history.
func add(more ...loadtest.Event) func([]loadtest.Event) []loadtest.Event {
	return func(h []loadtest.Event) []loadtest.Event { return append(h, more...) }
}

// forged is a callback of a forger that was acknowledged.
func forged(kind string) loadtest.Event {
	return loadtest.Event{Actor: loadtest.Forgery, Kind: loadtest.CallbackSent, Reference: "A-1", Detail: kind, HTTP: 200}
}

func TestCheck(t *testing.T) {
	reportedFailed := loadtest.Event{Actor: loadtest.Partner, Kind: loadtest.WebhookReceived, Transaction: 7, Status: "failed", HTTP: 200, Message: "msg_0"}
	tests := []struct {
		name   string
		change func([]loadtest.Event) []loadtest.Event
		want   string // in the first violation; "" for none
	}{
		{"a correct run", func(h []loadtest.Event) []loadtest.Event { return h }, ""},
		{"a webhook may come twice", func(h []loadtest.Event) []loadtest.Event { return append(h, h[4]) }, ""},
		{"a failure may be followed by a success", add(reportedFailed, loadtest.Event{Actor: loadtest.Mpesa, Kind: loadtest.CallbackSent, Reference: "A-1", Result: "1032", HTTP: 200}), ""},
		{"paid and failed by a forger, when the success never came", func(h []loadtest.Event) []loadtest.Event {
			h[5].Status, h[5].Receipt, h[5].Cents = "failed", "", 0
			return append(h[:4], h[5], reportedFailed, forged("a failure before the result"))
		}, ""},
		{"paid and failed by a forger from elsewhere", func(h []loadtest.Event) []loadtest.Event {
			h[5].Status, h[5].Receipt, h[5].Cents = "failed", "", 0
			return append(h[:4], h[5], reportedFailed, forged("a failure from elsewhere"))
		}, "paid and was reported failed"},
		{"a failure without a callback", add(reportedFailed), "paid and was reported failed"},
		{"a forged failure from an address of M-PESA", add(reportedFailed, forged("a failure before the result")), ""},
		{"a failure from elsewhere", add(reportedFailed, forged("a failure from elsewhere")), "paid and was reported failed"},
		{"a failure with an unknown code", add(reportedFailed, forged("a code that M-PESA does not have")), "paid and was reported failed"},
		{"a repeated order gets the same transaction", func(h []loadtest.Event) []loadtest.Event { return append(h, h[0], h[1]) }, ""},
		{"two prompts", func(h []loadtest.Event) []loadtest.Event { return append(h, h[2]) }, "2 prompts for one key"},
		{"paid twice", func(h []loadtest.Event) []loadtest.Event { return append(h, h[3]) }, "customers paid 30000 cents; partners were notified of 15000"},
		{"two transactions for a key", func(h []loadtest.Event) []loadtest.Event {
			again := h[1]
			again.Transaction = 8
			return append(h, again)
		}, "one key has transactions [7 8]"},
		{"a webhook that never came", func(h []loadtest.Event) []loadtest.Event { return append(h[:4], h[5]) }, "is successful and no webhook said so"},
		{"a webhook that was not accepted", func(h []loadtest.Event) []loadtest.Event { h[4].HTTP = 500; return h }, "is successful and no webhook said so"},
		{"money that no partner knows of", func(h []loadtest.Event) []loadtest.Event {
			h[4].Status, h[5].Status, h[5].Receipt = "failed", "failed", ""
			return h
		}, "15000 cents were paid, transaction 7 is failed"},
		{"a success without a payment", func(h []loadtest.Event) []loadtest.Event { return append(h[:3], h[4:]...) }, "is successful and its customer paid nothing"},
		{"another amount", func(h []loadtest.Event) []loadtest.Event { h[5].Cents = 1; return h }, "the transaction has 1"},
		{"another amount in the webhook", func(h []loadtest.Event) []loadtest.Event { h[4].Cents = 1; return h }, "a webhook said 1 cents"},
		{"another receipt", func(h []loadtest.Event) []loadtest.Event { h[5].Receipt = "UKP2"; return h }, "the receipt is UKP1"},
		{"a receipt that credits two", func(h []loadtest.Event) []loadtest.Event {
			return append(h,
				loadtest.Event{Actor: loadtest.Client, Kind: loadtest.OrderSent, Reference: "A-2", Cents: 15_000},
				loadtest.Event{Actor: loadtest.Client, Kind: loadtest.OrderAnswered, Reference: "A-2", HTTP: 200, Transaction: 8},
				loadtest.Event{Actor: loadtest.Gateway, Kind: loadtest.FinalStatus, Transaction: 8, Status: "successful", Receipt: "UKP1", Cents: 15_000})
		}, "receipt UKP1 credits transactions 7 and 8"},
		{"still pending", func(h []loadtest.Event) []loadtest.Event { h[5].Status = "pending"; return h }, "is still pending"},
		{"a review with a reason", func(h []loadtest.Event) []loadtest.Event {
			h[5].Status, h[5].Detail = "review", "KES 149 was paid, KES 150 was asked"
			return append(h[:4], h[5])
		}, ""},
		{"a review without a reason", func(h []loadtest.Event) []loadtest.Event { h[5].Status = "review"; return append(h[:4], h[5]) }, "under review without a reason"},
		{"a client without a final answer", func(h []loadtest.Event) []loadtest.Event { h[1].Transaction = 0; return h[:4] }, "did not get a transaction"},
		{"a webhook for an unknown transaction", func(h []loadtest.Event) []loadtest.Event { h[4].Transaction = 9; return h }, "which no client was given"},
		{"money for an unknown order", func(h []loadtest.Event) []loadtest.Event { h[3].Reference = "B-1"; return h }, "which no client ordered"},
		{"a transaction that cannot be read", func(h []loadtest.Event) []loadtest.Event { return h[:5] }, "cannot be read"},
		{"a transaction that is not found", func(h []loadtest.Event) []loadtest.Event {
			h[5].HTTP, h[5].Status = 404, "not found"
			return h
		}, "the client was given transaction 7, and it is not found"},
		{"a failure that contradicts the webhook", func(h []loadtest.Event) []loadtest.Event {
			h[5].Status, h[4].Status = "successful", "failed"
			return h
		}, "the last webhook said failed"},

		{"one status under two webhook-ids", func(h []loadtest.Event) []loadtest.Event {
			again := h[4]
			again.Message = "msg_2"
			return append(h, again)
		}, "was reported successful under the webhook-ids msg_1 and msg_2"},
		{"one webhook-id with two bodies", func(h []loadtest.Event) []loadtest.Event {
			again := h[4]
			again.Digest = "other"
			return append(h, again)
		}, "msg_1 came with two bodies"},
		{"a webhook that comes before its result is committed", add(loadtest.Event{Actor: loadtest.Partner, Kind: loadtest.StatusRead, Transaction: 7, Status: "pending"}), "it was pending"},
		{"a failure that is pending again", add(
			loadtest.Event{Actor: loadtest.Partner, Kind: loadtest.StatusRead, Transaction: 7, Status: "pending"},
			forged("another amount from elsewhere"),
		), "it was pending"},
		{"a failure after a webhook of a success", func(h []loadtest.Event) []loadtest.Event {
			h[5].Status = "failed"
			return h
		}, "was reported successful and is failed"},
		{"a review that was reported and then settled", add(loadtest.Event{Actor: loadtest.Partner, Kind: loadtest.WebhookReceived, Transaction: 7, Status: "review", HTTP: 200, Message: "msg_0"}), ""},
		{"a second prompt that M-PESA asked for", add(
			loadtest.Event{Actor: loadtest.Mpesa, Kind: loadtest.Prompted, Reference: "A-1", Message: "ws_CO_2"},
			loadtest.Event{Actor: loadtest.Mpesa, Kind: loadtest.CallbackSent, Reference: "A-1", Message: "ws_CO_1", Result: "4005", HTTP: 500},
		), ""},
		{"a refusal of what was prompted", func(h []loadtest.Event) []loadtest.Event { h[1].HTTP = 502; return h }, "answered 502, and there was a prompt"},
		{"a callback that was acknowledged and logged", add(
			loadtest.Event{Actor: loadtest.Mpesa, Kind: loadtest.CallbackSent, Reference: "A-1", Result: "0", Receipt: "UKP1", HTTP: 200, Digest: "d1"},
			loadtest.Event{Actor: loadtest.Auditor, Kind: loadtest.ChainVerified}, loadtest.Event{Actor: loadtest.Auditor, Kind: loadtest.CallbackLogged, Digest: "d1"},
		), ""},
		{"a callback that was acknowledged twice and logged once", add(
			loadtest.Event{Actor: loadtest.Mpesa, Kind: loadtest.CallbackSent, Reference: "A-1", HTTP: 200, Digest: "d1"},
			loadtest.Event{Actor: loadtest.Mpesa, Kind: loadtest.CallbackSent, Reference: "A-1", HTTP: 200, Digest: "d1"},
			loadtest.Event{Actor: loadtest.Auditor, Kind: loadtest.ChainVerified}, loadtest.Event{Actor: loadtest.Auditor, Kind: loadtest.CallbackLogged, Digest: "d1"},
		), "acknowledged 2 times and is in the log 1 times"},
		{"a callback that was not acknowledged need not be logged", add(
			loadtest.Event{Actor: loadtest.Mpesa, Kind: loadtest.CallbackSent, Reference: "A-1", HTTP: 500, Digest: "d1"}, loadtest.Event{Actor: loadtest.Auditor, Kind: loadtest.ChainVerified},
		), ""},
		{"a chain that is broken", add(loadtest.Event{Actor: loadtest.Auditor, Kind: loadtest.ChainVerified, Detail: "callback 3 was changed"}), "callback 3 was changed"},
		{"a success that was acknowledged and not applied", func(h []loadtest.Event) []loadtest.Event {
			h[5].Receipt = ""
			return append(h, loadtest.Event{Actor: loadtest.Mpesa, Kind: loadtest.CallbackSent, Reference: "A-1", Result: "0", Receipt: "UKP1", HTTP: 200})
		}, "a success with receipt UKP1 was acknowledged"},
		{"paid and in review although M-PESA can be asked", func(h []loadtest.Event) []loadtest.Event {
			h[5].Status, h[5].Detail, h[5].Message = "review", "no answer to 7 queries", "ws_CO_1"
			return append(h[:4], h[5])
		}, "although M-PESA can be queried about its prompt ws_CO_1"},
		{"paid and in review after a forged callback", func(h []loadtest.Event) []loadtest.Event {
			h[5].Status, h[5].Detail, h[5].Message = "review", "another amount", "ws_CO_1"
			return append(h[:4], h[5], loadtest.Event{Actor: loadtest.Forgery, Kind: loadtest.CallbackSent, Reference: "A-1", Detail: "another amount", HTTP: 200})
		}, ""},
		{"a contradiction from elsewhere is no excuse for a review", func(h []loadtest.Event) []loadtest.Event {
			h[5].Status, h[5].Detail, h[5].Message = "review", "another amount", "ws_CO_1"
			return append(h[:4], h[5], forged("another amount from elsewhere"))
		}, "although M-PESA can be queried"},
		{"a forged failure is no excuse for a review", func(h []loadtest.Event) []loadtest.Event {
			h[5].Status, h[5].Detail, h[5].Message = "review", "result 1032", "ws_CO_1"
			return append(h[:4], h[5], forged("a failure before the result"))
		}, "although M-PESA can be queried"},
		{"a late failure is no excuse for a review", func(h []loadtest.Event) []loadtest.Event {
			h[5].Status, h[5].Detail, h[5].Message = "review", "result 1032", "ws_CO_1"
			return append(h[:4], h[5], loadtest.Event{Actor: loadtest.Forgery, Kind: loadtest.CallbackSent, Reference: "A-1", Detail: "a failure after the success", HTTP: 200})
		}, "although M-PESA can be queried"},
		{"a token that does not exist is refused", add(loadtest.Event{Actor: loadtest.Forgery, Kind: loadtest.CallbackSent, Detail: "a token that does not exist", HTTP: 404}), ""},
		{"a token that does not exist is accepted", add(loadtest.Event{Actor: loadtest.Forgery, Kind: loadtest.CallbackSent, Detail: "a token that does not exist", HTTP: 200}), "was answered 200"},
		{"the same answer to the same key", add(
			loadtest.Event{Actor: loadtest.Client, Kind: loadtest.OrderRepeated, Reference: "A-1", HTTP: 200, Status: "duplicate", Transaction: 7},
			loadtest.Event{Actor: loadtest.Client, Kind: loadtest.OrderAltered, Reference: "A-1", HTTP: 422, Status: "error", Transaction: 7},
		), ""},
		{"another transaction for the same key", add(loadtest.Event{Actor: loadtest.Client, Kind: loadtest.OrderRepeated, Reference: "A-1", HTTP: 200, Status: "duplicate", Transaction: 8}), "and sent again it is 8"},
		{"a refusal for the same key", add(loadtest.Event{Actor: loadtest.Client, Kind: loadtest.OrderRepeated, Reference: "A-1", HTTP: 502, Status: "error", Transaction: 7}), "it was answered 200, and sent again 502"},
		{"another body for the same key", add(loadtest.Event{Actor: loadtest.Client, Kind: loadtest.OrderAltered, Reference: "A-1", HTTP: 200, Status: "duplicate", Transaction: 7}), "another order with its key was answered 200"},
		{"another partner's payment is not found", add(loadtest.Event{Actor: loadtest.OtherPartner, Kind: loadtest.ReadByOther, Transaction: 7, HTTP: 404}), ""},
		{"another partner's payment is read", add(loadtest.Event{Actor: loadtest.OtherPartner, Kind: loadtest.ReadByOther, Transaction: 7, HTTP: 200}), "another partner who read transaction 7 was answered 200"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := loadtest.Check(tt.change(paidHistory())).Violations
			all := fmt.Sprint(got)
			if tt.want == "" && len(got) > 0 || tt.want != "" && !strings.Contains(all, tt.want) {
				t.Errorf("violations %q, want %q", got, tt.want)
			}
		})
	}
}

func TestHistoryIsWrittenAsJSON(t *testing.T) {
	h := &loadtest.History{}
	for _, e := range paidHistory() {
		h.Add(e)
	}
	var file bytes.Buffer
	if err := h.Write(&file); err != nil {
		t.Fatal(err)
	}
	got := make([]loadtest.Event, len(h.Events()))
	lines := json.NewDecoder(&file)
	for i, want := range h.Events() {
		if err := lines.Decode(&got[i]); err != nil {
			t.Fatal(err)
		}
		if !got[i].At.Equal(want.At) {
			t.Errorf("event %d was at %v, want %v", i, got[i].At, want.At)
		}
		got[i].At = want.At
	}
	if !reflect.DeepEqual(got, h.Events()) {
		t.Errorf("got %v, want %v", got, h.Events())
	}
}
