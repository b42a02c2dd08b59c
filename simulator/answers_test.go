package simulator_test

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/product/producttest"
)

// lookup is a product whose answer is its result, and whose refusals are its own.
func lookup() simulator.Product {
	return simulator.Product{
		Name: "lookup",
		Operations: []simulator.Operation{{
			API: "lookup", Method: "POST", Path: "/lookup", AnswersResult: true,
			Fields: []simulator.Field{{Name: "body.phone", Key: simulator.PhoneKey, Check: simulator.MSISDN}},
			Envelope: func(x *simulator.Exchange, e daraja.Error, requestID string) any {
				if e.Code != "404" {
					return nil
				}
				return map[string]string{"ref": requestID, "asked": x.Text("body.phone"), "why": e.Message}
			},
			Execute: func(l *simulator.Locked, x *simulator.Exchange) (any, error) {
				code := x.Result(daraja.ResultSuccess)
				if code == "404" {
					return nil, daraja.Error{Status: 400, Code: "404", Message: l.AnswerText(x, code)}.Because("decided")
				}
				return l.AnswerText(x, code), nil
			},
		}},
		Results: []daraja.Result{{Code: daraja.ResultSuccess, Text: "Found"}, {Code: "404", Text: "Not found"}},
	}
}

func ask(b *producttest.Bench, phone daraja.MSISDN) simulator.Response {
	return b.Call("lookup", "", producttest.Values{"body.phone": daraja.Text(phone.Digits())})
}

// A result that is a refusal is in the product's form, and uses up what decided it.
func TestDecidedRefusal(t *testing.T) {
	b := producttest.NewBench(t, lookup())
	if _, err := b.Enqueue(simulator.Queued{API: "lookup", Outcome: simulator.Outcome{Result: "404"}}); err != nil {
		t.Fatal(err)
	}
	wrong := b.HandleCall("lookup", simulator.Call{})
	if usual, ok := wrong.Envelope.(daraja.Envelope); !ok || usual.ErrorCode != "404.001.03" || usual.RequestID != wrong.Reply.RequestID {
		t.Errorf("a refusal of another kind: %+v", wrong.Envelope)
	}
	r := ask(b, daraja.SandboxMSISDN)
	own, _ := json.Marshal(r.Envelope)
	if want := `{"asked":"254708374149","ref":"` + r.Reply.RequestID + `","why":"Not found"}`; r.Err == nil || string(own) != want {
		t.Errorf("got %s, want %s", own, want)
	}
	if r = ask(b, daraja.SandboxMSISDN); r.Err != nil || r.Body != "Found" || r.Envelope != nil {
		t.Errorf("after it: %+v", r)
	}
	if r = ask(b, simulator.MagicMSISDN("404")); r.Err == nil {
		t.Error("the phone number decides nothing")
	}
}

// A text that is decided stands in the place of the product's.
func TestDecidedAnswerText(t *testing.T) {
	b := producttest.NewBench(t, lookup())
	if _, err := b.Enqueue(simulator.Queued{API: "lookup", Outcome: simulator.Outcome{Result: "404", Desc: "Gone", Raw: true}}); err != nil {
		t.Fatal(err)
	}
	if refused, ok := errors.AsType[*daraja.Error](ask(b, daraja.SandboxMSISDN).Err); !ok || refused.Message != "Gone" {
		t.Errorf("%+v", refused)
	}
}

// An error that a rule decides has the usual form, unless its code is the product's.
func TestDecidedErrorIsInTheForm(t *testing.T) {
	for code, own := range map[string]bool{"404": true, "500.003.1001": false} {
		b := producttest.NewBench(t, lookup())
		e := daraja.Error{Status: 500, Code: code, Message: "x"}
		if _, err := b.Enqueue(simulator.Queued{API: "lookup", Outcome: simulator.Outcome{Reply: simulator.ReplyFaults{Error: &e}}}); err != nil {
			t.Fatal(err)
		}
		if _, usual := ask(b, daraja.SandboxMSISDN).Envelope.(daraja.Envelope); usual == own {
			t.Errorf("%s: the usual form: %v", code, usual)
		}
	}
}
