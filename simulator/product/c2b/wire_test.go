package c2b_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/product/c2b"
	"github.com/darajabox/darajabox/simulator/product/producttest"
)

// TestWire compares every body that C2B sends, byte by byte.
func TestWire(t *testing.T) {
	for version, path := range map[string]string{"v1": daraja.C2BRegisterPath, "v2": daraja.C2BRegisterPathV2} {
		b := producttest.NewBench(t, c2b.Product())
		golden(t, version+"-register", answer(t, b.Call(c2b.APIRegister, path, registration())))
		golden(t, version+"-simulate", answer(t, b.Call(c2b.APISimulate, "", purchase())))
		b.Advance(t, time.Minute)
		golden(t, version+"-validation", b.Callbacks[0].Body)
		golden(t, version+"-confirmation", b.Callbacks[1].Body)
	}
	b := start(t, unchanged, "")
	till := purchase()
	till["ShortCode"], till["CommandID"], till["BillRefNumber"] = simulator.SandboxStore, daraja.CustomerBuyGoodsOnline, ""
	registered := registration()
	registered["ShortCode"] = simulator.SandboxStore
	b.Call(c2b.APIRegister, "", registered)
	b.Call(c2b.APISimulate, "", till)
	b.Advance(t, time.Minute)
	golden(t, "till-confirmation", b.Callbacks[1].Body)

	wrong := purchase()
	wrong["Amount"] = "0"
	golden(t, "wrong-amount", answer(t, b.Call(c2b.APISimulate, "", wrong)))
	golden(t, "wrong-token", answer(t, b.HandleCall(c2b.APISimulate, simulator.Call{Authorization: "Bearer AAAA", Values: purchase()})))
}

// answer is the body of an answer, or the envelope of a refusal.
func answer(t *testing.T, r simulator.Response) []byte {
	t.Helper()
	body := r.Body
	if refusal := (*daraja.Error)(nil); errors.As(r.Err, &refusal) {
		body = refusal.Envelope(r.Reply.RequestID)
	}
	b, err := daraja.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// golden compares a body with its file.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name+".json")
	if producttest.Updating() {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if want, err := os.ReadFile(file); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%s: %v\ngot  %s\nwant %s", name, err, got, want)
	}
}
