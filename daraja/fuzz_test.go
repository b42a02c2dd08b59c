package daraja

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

func FuzzMoney(f *testing.F) {
	for _, s := range []string{"1", "1.00", "0.5", "250000", "-1", "1e5", "1.005", "1.5000", "9999999999999.99", "", "."} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		m, err := ParseMoney(s)
		if err != nil {
			return
		}
		if m < 0 {
			t.Fatalf("%q is %s", s, m)
		}
		if again, err := ParseMoney(m.String()); err != nil || again != m {
			t.Fatalf("%q is printed as %s and read as %s, %v", s, m, again, err)
		}
	})
}

func FuzzMSISDN(f *testing.F) {
	for _, s := range []string{"254708374149", "0708374149", "+254 708-374-149", "708374149", "0110000000", "254208374149", "2547083741490", "", "+"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		m, err := NormaliseMSISDN(s)
		if err != nil {
			if strings.ContainsAny(s, "0123456789") && len(s) > 5 && strings.Contains(err.Error(), s) {
				t.Fatalf("the error repeats the number: %v", err)
			}
			return
		}
		if again, err := ParseMSISDN(m.Digits()); err != nil || again != m {
			t.Fatalf("%q is %q, which is not taken: %v", s, m.Digits(), err)
		}
		if strings.Contains(m.String(), m.National()) {
			t.Fatalf("%q is printed in full", s)
		}
	})
}

func FuzzErrorEnvelope(f *testing.F) {
	f.Add(500, []byte(`{"requestId":"1","errorCode":"500.001.1001","errorMessage":"The transaction is being processed"}`))
	f.Add(404, []byte(`{"requestId":1,"errorCode":"404.001.03","errorMessage":"Invalid Access Token"}`))
	f.Add(503, []byte(`<html>`))
	f.Add(400, []byte(`{"errorCode":{}}`))
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		e, ok := ParseError(status, body)
		if ok != (e != nil) || ok && (e.Code == "" || e.Status != status) {
			t.Fatalf("%d %q is %+v, %v", status, body, e, ok)
		}
	})
}

func FuzzTokenAnswer(f *testing.F) {
	f.Add([]byte(`{"access_token":"c9SQxWWhmdVRlyh0zh8gZDTkubVF","expires_in":"3599"}`))
	f.Add([]byte(`{"access_token":"x","expires_in":3599}`))
	f.Add([]byte(`{"access_token":"x","expires_in":"9999999999999999999"}`))
	f.Add([]byte(`{"access_token":"x","expires_in":9223372036854775807}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		var r TokenResponse
		if json.Unmarshal(body, &r) != nil {
			return
		}
		if life, err := r.Lifetime(); err == nil && (life <= 0 || life%time.Second != 0) {
			t.Fatalf("%q lives %s", body, life)
		}
	})
}

func FuzzQueryAnswer(f *testing.F) {
	f.Add([]byte(`{"ResponseCode":"0","ResponseDescription":"x","MerchantRequestID":"m","CheckoutRequestID":"c","ResultCode":"0","ResultDesc":"y"}`))
	f.Add([]byte(`{"ResponseCode":0,"ResultCode":1032}`))
	f.Add([]byte(`{"ResultCode":null}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		var r STKQueryResult
		if json.Unmarshal(body, &r) == nil && len(r.ResultCode) > len(body) {
			t.Fatalf("a code longer than its body: %q", body)
		}
	})
}
