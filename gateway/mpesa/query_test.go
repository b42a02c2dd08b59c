package mpesa_test

import (
	"strings"
	"testing"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/gateway"
)

func TestQueryIsJudgedByItsAnswer(t *testing.T) {
	const id = "ws_CO_13012021093521236557"
	final := func(code, desc string) string {
		return `{"ResponseCode":"0","ResponseDescription":"The service request has been accepted successsfully","MerchantRequestID":"22205-34066-1","CheckoutRequestID":"` +
			id + `","ResultCode":` + code + `,"ResultDesc":"` + desc + `"}`
	}
	tests := []struct {
		name   string
		answer answer
		want   gateway.QueryAnswer
		err    string
	}{
		{"paid", answer{200, final(`"0"`, "The service request is processed successfully.")},
			gateway.QueryAnswer{ResultCode: "0", ResultDesc: "The service request is processed successfully."}, ""},
		{"cancelled", answer{200, final(`"1032"`, "Request cancelled by user")},
			gateway.QueryAnswer{ResultCode: "1032", ResultDesc: "Request cancelled by user"}, ""},
		{"a code as number", answer{200, final(`1037`, "DS timeout user cannot be reached.")},
			gateway.QueryAnswer{ResultCode: "1037", ResultDesc: "DS timeout user cannot be reached."}, ""},
		{"a code that is no number", answer{200, final(`"SFC_IC0003"`, "The operator does not exist.")},
			gateway.QueryAnswer{ResultCode: "SFC_IC0003", ResultDesc: "The operator does not exist."}, ""},
		{"pending", answer{200, final(`"4999"`, "The transaction is still under processing")}, gateway.QueryAnswer{Pending: true}, ""},
		{"pending, the classic form", answer{500, `{"requestId":"1","errorCode":"500.001.1001","errorMessage":"The transaction is being processed"}`},
			gateway.QueryAnswer{Pending: true}, ""},
		{"unknown id", answer{500, `{"requestId":"1","errorCode":"500.001.1001","errorMessage":"The transaction does not Exist"}`},
			gateway.QueryAnswer{}, "The transaction does not Exist (500.001.1001)"},
		{"a random fault", answer{500, "oops"}, gateway.QueryAnswer{}, "it answered 500"},
		{"not JSON", answer{200, "<html>"}, gateway.QueryAnswer{}, "its answer cannot be read"},
		{"no ResultCode", answer{200, `{"ResponseCode":"0"}`}, gateway.QueryAnswer{}, "its answer has no ResultCode"},
		{"not accepted", answer{200, `{"ResponseCode":"1","ResponseDescription":"No","ResultCode":"0"}`}, gateway.QueryAnswer{}, `No (ResponseCode "1")`},
		{"pending, with the text of the passkey", answer{200, final(`"4999"`, "Wrong credentials")}, gateway.QueryAnswer{Pending: true}, ""},
		{"pending, the classic form in other letters", answer{500, `{"requestId":"1","errorCode":"500.001.1001","errorMessage":"the transaction is being processed."}`},
			gateway.QueryAnswer{Pending: true}, ""},
		{"an empty text with 200", answer{200, `{"requestId":"1","errorCode":"500.001.1001","errorMessage":""}`}, gateway.QueryAnswer{Pending: true}, ""},
		{"an empty text with 500", answer{500, `{"requestId":"1","errorCode":"500.001.1001","errorMessage":""}`}, gateway.QueryAnswer{}, " (500.001.1001)"},
		{"paid, with 202", answer{202, final(`"0"`, "paid")}, gateway.QueryAnswer{}, "it answered 202"},
		{"paid, with 500", answer{500, final(`"0"`, "paid")}, gateway.QueryAnswer{}, "it answered 500"},
		{"paid and refused", answer{200, strings.Replace(final(`"0"`, "paid"), "{", `{"errorCode":"500.001.1001",`, 1)}, gateway.QueryAnswer{Pending: true}, ""},
		{"no prompt's answer", answer{200, `{"ResponseCode":"0","ResultCode":"0","ResultDesc":"paid"}`}, gateway.QueryAnswer{}, "its answer names no prompt"},
		{"a ResponseCode of two digits", answer{200, strings.Replace(final(`"0"`, "paid"), `"ResponseCode":"0"`, `"ResponseCode":"00"`, 1)}, gateway.QueryAnswer{},
			`The service request has been accepted successsfully (ResponseCode "00")`},
		{"null", answer{200, final(`null`, "paid")}, gateway.QueryAnswer{}, "its answer has no ResultCode"},
		{"two results", answer{200, strings.Replace(final(`"0"`, "paid"), "{", `{"resultCode":"1032",`, 1)}, gateway.QueryAnswer{}, "its answer has a key twice"},
		{"two texts of an error", answer{500, `{"errorCode":"500.001.1001","errorMessage":"No","errorMessage":"The transaction is being processed"}`}, gateway.QueryAnswer{}, "its answer has a key twice"},
		{"two objects", answer{200, final(`"0"`, "paid") + final(`"0"`, "paid")}, gateway.QueryAnswer{}, "its answer cannot be read"},
		{"another prompt's answer", answer{200, strings.Replace(final(`"0"`, "paid"), id, "ws_CO_1", 1)}, gateway.QueryAnswer{}, "its answer is about another prompt"},
		{"a broken connection", answer{}, gateway.QueryAnswer{}, "the connection to M-PESA broke"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := newFake(t)
			bodies := make(chan []byte, 1)
			f.onQuery = func(body []byte) answer {
				bodies <- body
				return tt.answer
			}
			got, err := f.client(t, nil).Query(t.Context(), "shop", id)
			if got != tt.want {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
			if (err == nil) != (tt.err == "") || err != nil && err.Error() != "asking M-PESA: "+tt.err {
				t.Errorf("got error %v, want %q", err, tt.err)
			}
			want := daraja.STKQuery{
				BusinessShortCode: "174379", Password: daraja.Text(daraja.Password("174379", passkey, "20250522114705")),
				Timestamp: "20250522114705", CheckoutRequestID: id,
			}
			if asked := decode[daraja.STKQuery](t, <-bodies); asked != want {
				t.Errorf("asked %+v", asked)
			}
		})
	}
}

func TestQueryRenewsARefusedToken(t *testing.T) {
	f := newFake(t)
	asked := 0
	f.onQuery = func([]byte) answer {
		asked++
		if asked == 1 {
			return answer{404, invalidToken}
		}
		return answer{200, `{"ResponseCode":"0","CheckoutRequestID":"ws_CO_1","ResultCode":"0","ResultDesc":"paid"}`}
	}
	if got, err := f.client(t, nil).Query(t.Context(), "shop", "ws_CO_1"); err != nil || got.ResultCode != daraja.ResultSuccess {
		t.Errorf("got %+v, %v", got, err)
	}
	if tokens, _ := f.counts(); tokens != 2 {
		t.Errorf("%d tokens", tokens)
	}
}
