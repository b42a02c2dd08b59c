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

func TestJudge(t *testing.T) {
	tests := []struct {
		name  string
		spoil func([]trial.Event) []trial.Event
		want  string // in the first violation; "" for none
	}{
		{"all is well", func(h []trial.Event) []trial.Event { return h }, ""},
		{"a webhook may come twice", func(h []trial.Event) []trial.Event { return append(h, h[4]) }, ""},
		{"a failure may be followed by a success", func(h []trial.Event) []trial.Event {
			return append(h, trial.Event{Who: trial.Partner, What: trial.Told, Transaction: 7, Status: "failed", HTTP: 200, Message: "msg_0"})
		}, ""},
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
		{"a failure that contradicts the webhook", func(h []trial.Event) []trial.Event {
			h[5].Status, h[4].Status = "successful", "failed"
			return h
		}, "the last webhook said failed"},
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
