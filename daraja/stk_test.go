package daraja

import (
	"encoding/json"
	"testing"
	"time"
)

// The bodies below are Daraja's, to the byte.
const (
	wireSuccess   = `{"Body":{"stkCallback":{"MerchantRequestID":"29115-34620561-1","CheckoutRequestID":"ws_CO_191220191020363925","ResultCode":0,"ResultDesc":"The service request is processed successfully.","CallbackMetadata":{"Item":[{"Name":"Amount","Value":1.00},{"Name":"MpesaReceiptNumber","Value":"NLJ7RT61SV"},{"Name":"Balance"},{"Name":"TransactionDate","Value":20191219102115},{"Name":"PhoneNumber","Value":254708374149}]}}}}`
	wireCancelled = `{"Body":{"stkCallback":{"MerchantRequestID":"29115-34620561-1","CheckoutRequestID":"ws_CO_191220191020363925","ResultCode":1032,"ResultDesc":"Request cancelled by user"}}}`
	wireAck       = `{"MerchantRequestID":"2654-4b64-97ff-b827b542881d3130","CheckoutRequestID":"ws_CO_07072025180034153708374149","ResponseCode":"0","ResponseDescription":"Success. Request accepted for processing","CustomerMessage":"Success. Request accepted for processing"}`
	wireQuery     = `{"ResponseCode":"0","ResponseDescription":"The service request has been accepted successsfully","MerchantRequestID":"22205-34066-1","CheckoutRequestID":"ws_CO_13012021093521236557","ResultCode":"0","ResultDesc":"The service request is processed successfully."}`
)

func success() STKCallback {
	return STKCallback{
		MerchantRequestID: "29115-34620561-1", CheckoutRequestID: "ws_CO_191220191020363925",
		ResultCode: ResultSuccess, ResultDesc: "The service request is processed successfully.",
		Payment: &STKPayment{
			Amount: Shilling, Receipt: "NLJ7RT61SV", At: time.Date(2019, 12, 19, 10, 21, 15, 0, eat), Phone: "254708374149",
		},
	}
}

func TestCallbackBytes(t *testing.T) {
	cancelled := success()
	cancelled.ResultCode, cancelled.ResultDesc, cancelled.Payment = ResultCancelled, "Request cancelled by user", nil
	tests := []struct {
		name  string
		cb    STKCallback
		style CallbackStyle
		want  string
	}{
		{"success", success(), CallbackStyle{}, wireSuccess},
		{"cancelled", cancelled, CallbackStyle{}, wireCancelled},
		{"whole amount, four items", success(), CallbackStyle{WholeAmount: true, NoBalance: true},
			`{"Body":{"stkCallback":{"MerchantRequestID":"29115-34620561-1","CheckoutRequestID":"ws_CO_191220191020363925","ResultCode":0,"ResultDesc":"The service request is processed successfully.","CallbackMetadata":{"Item":[{"Name":"Amount","Value":1},{"Name":"MpesaReceiptNumber","Value":"NLJ7RT61SV"},{"Name":"TransactionDate","Value":20191219102115},{"Name":"PhoneNumber","Value":254708374149}]}}}}`},
	}
	for _, tt := range tests {
		got, err := tt.cb.Encode(tt.style)
		if err != nil || string(got) != tt.want {
			t.Errorf("%s:\n got %s, %v\nwant %s", tt.name, got, err, tt.want)
		}
	}
}

func TestAnswerBytes(t *testing.T) {
	ack, err := Marshal(NewSTKPushAck("2654-4b64-97ff-b827b542881d3130", "ws_CO_07072025180034153708374149"))
	if err != nil || string(ack) != wireAck {
		t.Errorf("got %s, %v\nwant %s", ack, err, wireAck)
	}
	desc := "The service request is processed successfully."
	q, err := Marshal(NewSTKQueryResult("22205-34066-1", "ws_CO_13012021093521236557", ResultSuccess, desc, true))
	if err != nil || string(q) != wireQuery {
		t.Errorf("got %s, %v\nwant %s", q, err, wireQuery)
	}
}

// What was seen on the wire in any year must be read, and what it says be found.
func TestDecodeCallback(t *testing.T) {
	want := *success().Payment
	for name, body := range map[string]string{
		"2017 to 2026":          wireSuccess,
		"whole amount, 4 items": `{"Body":{"stkCallback":{"CheckoutRequestID":"ws_CO_1","ResultCode":0,"CallbackMetadata":{"Item":[{"Name":"Amount","Value":1},{"Name":"MpesaReceiptNumber","Value":"NLJ7RT61SV"},{"Name":"TransactionDate","Value":20191219102115},{"Name":"PhoneNumber","Value":254708374149}]}}}}`,
		"strings":               `{"Body":{"stkCallback":{"CheckoutRequestID":"ws_CO_1","ResultCode":"0","CallbackMetadata":{"Item":[{"Name":"Amount","Value":"1.0"},{"Name":"MpesaReceiptNumber","Value":"NLJ7RT61SV"},{"Name":"Balance","Value":null},{"Name":"TransactionDate","Value":"20191219102115"},{"Name":"PhoneNumber","Value":"254708374149"}]}}}}`,
	} {
		got, err := DecodeSTKCallback([]byte(body))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		p := got.Payment
		if p.Amount != want.Amount || p.Receipt != want.Receipt || !p.At.Equal(want.At) || p.Phone != want.Phone {
			t.Errorf("%s: got %+v, want %+v", name, *p, want)
		}
	}
	for name, body := range map[string]string{
		"nothing":                ``,
		"null":                   `null`,
		"a list":                 `[]`,
		"no body":                `{}`,
		"no result":              `{"Body":{"stkCallback":{"CheckoutRequestID":"ws_CO_1"}}}`,
		"success, no metadata":   `{"Body":{"stkCallback":{"CheckoutRequestID":"ws_CO_1","ResultCode":0}}}`,
		"success, no receipt":    `{"Body":{"stkCallback":{"CheckoutRequestID":"ws_CO_1","ResultCode":0,"CallbackMetadata":{"Item":[{"Name":"Amount","Value":1}]}}}}`,
		"success, amount absent": `{"Body":{"stkCallback":{"CheckoutRequestID":"ws_CO_1","ResultCode":0,"CallbackMetadata":{"Item":[{"Name":"MpesaReceiptNumber","Value":"X"}]}}}}`,
		"negative amount":        `{"Body":{"stkCallback":{"CheckoutRequestID":"ws_CO_1","ResultCode":0,"CallbackMetadata":{"Item":[{"Name":"Amount","Value":-1},{"Name":"MpesaReceiptNumber","Value":"X"}]}}}}`,
	} {
		if got, err := DecodeSTKCallback([]byte(body)); err == nil {
			t.Errorf("%s was taken: %+v", name, got)
		}
	}
}

func FuzzDecodeCallback(f *testing.F) {
	f.Add([]byte(wireSuccess))
	f.Add([]byte(wireCancelled))
	f.Add([]byte(`{"Body":{"stkCallback":{"ResultCode":[],"CheckoutRequestID":"x"}}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		cb, err := DecodeSTKCallback(body)
		if err != nil {
			return
		}
		if cb.CheckoutRequestID == "" || cb.ResultCode == "" {
			t.Fatalf("accepted without id or result: %q", body)
		}
		if (cb.Payment != nil) != (cb.ResultCode == ResultSuccess) {
			t.Fatalf("payment and result disagree: %q", body)
		}
		if cb.Payment != nil && (cb.Payment.Receipt == "" || cb.Payment.Amount < 0) {
			t.Fatalf("a success without receipt or with a negative amount: %q", body)
		}
	})
}

func FuzzPushRequest(f *testing.F) {
	f.Add([]byte(`{"BusinessShortCode":174379,"Amount":"1","PhoneNumber":254708374149}`))
	f.Add([]byte(`{"Amount":{"a":1}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		var r STKPush
		if json.Unmarshal(body, &r) != nil {
			return
		}
		if len(r.Amount) > len(body) {
			t.Fatalf("a field longer than its body: %q", body)
		}
	})
}

func TestTextTakesStringOrNumber(t *testing.T) {
	for in, want := range map[string]Text{`"150"`: "150", `150`: "150", `1.50`: "1.50", `null`: "", `true`: "true", `[]`: "[]", `"a\"b"`: `a"b`} {
		var got Text
		if err := json.Unmarshal([]byte(in), &got); err != nil || got != want {
			t.Errorf("%s reads as %q, %v; want %q", in, got, err, want)
		}
	}
}
