package control_test

import (
	"testing"

	"github.com/darajabox/darajabox/daraja"
)

func TestHealth(t *testing.T) {
	start(t).steps([]step{{"GET", "/health", "", 200, `{"status":"ok"}`}})
}

func TestOutcomes(t *testing.T) {
	list := start(t).get(200, "GET", "/outcomes", "")["outcomes"].([]any)
	if len(list) != len(daraja.Results()) {
		t.Fatalf("%d outcomes", len(list))
	}
	for _, one := range list {
		o := one.(map[string]any)
		_, magic := o["magic_phone"]
		if want := o["code"] != "4999" && o["code"] != "SFC_IC0003" && o["code"] != "E3008" && o["code"] != "100000100"; magic != want {
			t.Errorf("%s has magic_phone: %v", o["code"], magic)
		}
		if o["text"] == "" || o["meaning"] == "" || o["confidence"] == "" || o["variants"] == nil {
			t.Errorf("%v", o)
		}
		if o["code"] == "1032" && (o["malipo"] != "Invalid credentials" || o["magic_phone"] != "254700001032") {
			t.Errorf("%v", o)
		}
		if _, malipo := o["malipo"]; o["code"] == "0" && malipo {
			t.Errorf("%v", o)
		}
	}
}

func TestErrors(t *testing.T) {
	r := start(t)
	if list := r.get(200, "GET", "/errors", "")["errors"].([]any); len(list) != len(daraja.Errors()) {
		t.Errorf("%d errors", len(list))
	}
	r.steps([]step{{"GET", "/errors", "", 200, `…{"status":404,"code":"404.001.03","message":"Invalid Access Token"}`}})
}

func TestSettings(t *testing.T) {
	r := start(t)
	r.get(201, "POST", "/worlds", `{"id": "b", "settings": {"callback_copies": "3"}}`)
	r.steps([]step{
		{"GET", "/settings", "", 200, `…{"name":"expires_in","value":"string","default":"string","allowed":["string","number"],"doc":"type of expires_in in a token's JSON"}`},
		{"GET", "/settings", "", 200, `…{"name":"callback_copies","value":"1","default":"1","allowed":["a number from 1 to 50"],`},
		{"GET", "/worlds/b/settings", "", 200, `…{"name":"callback_copies","value":"3","default":"1",`},
	})
}
