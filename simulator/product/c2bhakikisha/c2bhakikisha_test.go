package c2bhakikisha_test

import (
	"encoding/json"
	"testing"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/product/c2bhakikisha"
	"github.com/darajabox/darajabox/simulator/product/producttest"
)

func TestProduct(t *testing.T) {
	producttest.Run(t, c2bhakikisha.Product)
	producttest.Cases(t, c2bhakikisha.Product)
}

// start is a world with a partner, and a customer who has typed an account.
func start(t testing.TB) *producttest.Bench {
	t.Helper()
	b := producttest.NewBench(t, c2bhakikisha.Product())
	do(t, b, "partner", producttest.Values{
		"shortcode": daraja.SandboxShortcode, "token_url": "http://localhost/token", "name_url": "http://localhost/name", "key": "k", "secret": "s",
	})
	do(t, b, "lookup", producttest.Values{"phone": "254708374149", "shortcode": daraja.SandboxShortcode, "account": "66925336"})
	return b
}

func do(t testing.TB, b *producttest.Bench, action string, v producttest.Values) any {
	t.Helper()
	result, err := b.RunAction("c2bhakikisha", action, v)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// answer answers the latest question.
func answer(b *producttest.Bench, status int, body string) {
	b.HandleAnswer(b.Callbacks[len(b.Callbacks)-1], simulator.MerchantAnswer{Status: status, Body: []byte(body)})
}

// The name comes only with the question's requestId.
func TestName(t *testing.T) {
	for _, foreign := range []bool{false, true} {
		b := start(t)
		answer(b, 200, `{"access_token":"abc","expires_in":3599}`)
		var asked daraja.C2BHakikishaQuestion
		if err := json.Unmarshal(b.Callbacks[1].Body, &asked); err != nil || asked.AccountNumber != "66925336" || asked.Timestamp != "1796029200" {
			t.Fatalf("asked %s: %v", b.Callbacks[1].Body, err)
		}
		if foreign {
			asked.RequestID = "dcd1c2ab-7a26-4170-939d-9dc2e879b0e5"
		}
		answer(b, 200, `{"requestId":"`+asked.RequestID+`","timestamp":1728897681,"accountName":"Money Market Account","accountNumber":"66925336","shortcode":"415010"}`)
		saw, _ := daraja.Marshal(do(t, b, "screen", producttest.Values{"phone": "254708374149"}))
		var screen struct{ Name, Problem string }
		if err := json.Unmarshal(saw, &screen); err != nil || (screen.Name == "Money Market Account") == foreign || (screen.Problem != "") != foreign {
			t.Errorf("foreign %v: the customer saw %s", foreign, saw)
		}
		if sms := b.Phone(daraja.SandboxMSISDN).Messages; len(sms) != 1 || !foreign && sms[0].Text != "174379, account 66925336: Money Market Account." {
			t.Errorf("foreign %v: %+v", foreign, sms)
		}
	}
}

// A lookup that is under way goes on after a restore.
func TestSnapshot(t *testing.T) {
	b := start(t)
	shot := b.Snapshot()
	b.Reset()
	b.Restore(shot)
	answer(b, 401, "")
	if _, err := b.RunAction("c2bhakikisha", "screen", producttest.Values{"phone": "254708374149"}); err != nil {
		t.Error(err)
	}
}

// FuzzAnswers holds that any answers of a partner end a lookup.
func FuzzAnswers(f *testing.F) {
	for _, s := range []string{`{"access_token":"a"}`, "", "[]", `{"access_token":1}`, `{"accountName":null}`} {
		f.Add(200, s, s)
	}
	f.Fuzz(func(t *testing.T, status int, token, name string) {
		b := start(t)
		answer(b, status, token)
		answer(b, status, name)
		b.Advance(t, 60_000_000_000)
		if _, err := b.RunAction("c2bhakikisha", "screen", producttest.Values{"phone": "254708374149"}); err != nil {
			t.Errorf("%d %q %q: %v", status, token, name, err)
		}
	})
}
