package mpesa_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/darajabox/darajabox/gateway"
)

// An answer that ends too early is ambiguous, and names its prompt when it has the whole id.
func TestCutAnswerNamesItsPrompt(t *testing.T) {
	const (
		merchant = `{"MerchantRequestID":"29115-1",`
		id       = `"CheckoutRequestID":"ws_CO_1"`
	)
	both := gateway.PushAck{MerchantRequestID: "29115-1", CheckoutRequestID: "ws_CO_1"}
	only := gateway.PushAck{CheckoutRequestID: "ws_CO_1"}
	tests := []struct {
		name   string
		status int
		body   string
		want   gateway.PushAck
	}{
		{"after the id", 200, merchant + id, both},
		{"after the id's comma", 200, merchant + id + ",", both},
		{"in the next key", 200, merchant + id + `,"Respon`, both},
		{"in the next value", 200, merchant + id + `,"ResponseCode":"0","ResponseDescription":"Succ`, both},
		{"before the last brace", 200, ack[:len(ack)-1], gateway.PushAck{MerchantRequestID: "2654-4b64-97ff-b827b542881d3130", CheckoutRequestID: "ws_CO_07072025180034153708374149"}},
		{"a code that is a number", 200, `{"ResponseCode":0,` + id, only},
		{"keys in small letters", 200, `{"checkoutRequestID":"ws_CO_1","responseCode":"0"`, only},
		{"201", 201, merchant + id, both},
		{"a long merchant's id", 200, `{"MerchantRequestID":"` + strings.Repeat("1", 129) + `",` + id, only},

		{"in the id", 200, merchant + `"CheckoutRequestID":"ws_CO_1`, gateway.PushAck{}},
		{"before the id", 200, merchant, gateway.PushAck{}},
		{"an id that is a number", 200, `{"CheckoutRequestID":1`, gateway.PushAck{}},
		{"an empty id", 200, `{"CheckoutRequestID":"","ResponseCode":"0"`, gateway.PushAck{}},
		{"a long id", 200, `{"CheckoutRequestID":"` + strings.Repeat("1", 129) + `"`, gateway.PushAck{}},
		{"two ids", 200, `{` + id + `,"CheckoutRequestID":"ws_CO_2"`, gateway.PushAck{}},
		{"two spellings of the key", 200, `{` + id + `,"checkoutrequestid":"ws_CO_2","Resp`, gateway.PushAck{}},
		{"another id inside", 200, `{` + id + `,"prompt":{"CheckoutRequestID":"ws_CO_2"`, gateway.PushAck{}},
		{"the id inside", 200, `{"prompt":{` + id, gateway.PushAck{}},
		{"a list", 200, `[{` + id, gateway.PushAck{}},
		{"another code", 200, `{"ResponseCode":"1",` + id, gateway.PushAck{}},
		{"an error", 200, `{"errorCode":"500.001.1001",` + id, gateway.PushAck{}},
		{"not JSON", 200, `{` + id + `;`, gateway.PushAck{}},
		{"a page", 200, `<html>` + id, gateway.PushAck{}},
		{"nothing", 200, ``, gateway.PushAck{}},
		{"a whole object without a code", 200, merchant + id + `}`, gateway.PushAck{}},
		{"500", 500, merchant + id, gateway.PushAck{}},
		{"302", 302, merchant + id, gateway.PushAck{}},
	}
	for _, tt := range tests {
		for name, torn := range map[string]bool{"": false, ", the connection breaks": true} {
			t.Run(tt.name+name, func(t *testing.T) {
				f := newFake(t)
				f.torn = torn
				f.onPush = func(int, *http.Request, []byte) answer { return answer{tt.status, tt.body} }
				_, err := f.client(t, nil).Push(t.Context(), order())
				if e := asPushError(t, err); !e.Ambiguous || e.Prompt != tt.want {
					t.Errorf("ambiguous %t, prompt %+v, want %+v", e.Ambiguous, e.Prompt, tt.want)
				}
			})
		}
	}
}
