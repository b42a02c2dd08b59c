package mpesa

import (
	"encoding/json"
	"testing"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/gateway"
)

func FuzzPushAnswer(f *testing.F) {
	f.Add(200, []byte(`{"MerchantRequestID":"1-1-1","CheckoutRequestID":"ws_CO_1","ResponseCode":"0","ResponseDescription":"x","CustomerMessage":"y"}`))
	f.Add(200, []byte(`{"ResponseCode":0}`))
	f.Add(500, []byte(`{"requestId":"1","errorCode":"500.001.1001","errorMessage":"Merchant does not exist"}`))
	f.Add(503, []byte(`<html>`))
	f.Add(200, []byte(`{"MerchantRequestID":"1-1-1","CheckoutRequestID":"ws_CO_1","Respon`))
	f.Add(302, []byte(``))
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		ack, err := judgePush(reply{status: status, body: body})
		if err != nil && err.Prompt != (gateway.PushAck{}) && (!err.Ambiguous || status < 200 || status > 299 || json.Valid(body)) {
			t.Fatalf("%d %q names %+v", status, body, err.Prompt)
		}
		switch {
		case err == nil && (ack.CheckoutRequestID == "" || len(ack.CheckoutRequestID) > maxID || status < 200 || status > 299):
			t.Fatalf("%d %q is a prompt %+v", status, body, ack)
		case err != nil && !err.Ambiguous && status >= 500 && status != 503:
			if _, said := daraja.ParseError(status, body); !said {
				t.Fatalf("%d %q surely made no prompt, says %v", status, body, err)
			}
		}
	})
}

func FuzzQueryAnswer(f *testing.F) {
	f.Add(200, []byte(`{"ResponseCode":"0","CheckoutRequestID":"ws_CO_1","ResultCode":"0","ResultDesc":"y"}`))
	f.Add(200, []byte(`{"ResponseCode":"0","ResultCode":"4999"}`))
	f.Add(500, []byte(`{"errorCode":"500.001.1001","errorMessage":"The transaction is being processed"}`))
	f.Add(200, []byte(`{"ResponseCode":"0","CheckoutRequestID":"ws_CO_2","ResultCode":"0"}`))
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		got, err := judgeQuery(reply{status: status, body: body}, "ws_CO_1")
		if err == nil && (got.Pending == (got.ResultCode != "") || got.ResultCode == daraja.ResultProcessing) {
			t.Fatalf("%d %q is %+v", status, body, got)
		}
		if err == nil && got.ResultCode != "" && status != 200 {
			t.Fatalf("%d %q is a result", status, body)
		}
	})
}
