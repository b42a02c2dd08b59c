package daraja

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"
	"testing"
)

func TestReadCallback(t *testing.T) {
	got, err := ReadSTKCallback([]byte(wireSuccess))
	want := STKReading{
		MerchantRequestID: "29115-34620561-1", CheckoutRequestID: "ws_CO_191220191020363925",
		ResultCode: "0", ResultDesc: "The service request is processed successfully.", Metadata: true,
		Amount: "1.00", Receipt: "NLJ7RT61SV", TransactionDate: "20191219102115", PhoneNumber: "254708374149",
	}
	if err != nil || got != want {
		t.Errorf("got %+v, %v", got, err)
	}
	got, err = ReadSTKCallback([]byte(wireCancelled))
	want = STKReading{
		MerchantRequestID: "29115-34620561-1", CheckoutRequestID: "ws_CO_191220191020363925",
		ResultCode: "1032", ResultDesc: "Request cancelled by user",
	}
	if err != nil || got != want {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestReadCallbackKeepsWhatIsOdd(t *testing.T) {
	metadata := func(s string) string {
		return `{"Body":{"stkCallback":{"CheckoutRequestID":"x","ResultCode":0,"CallbackMetadata":` + s + `}}}`
	}
	for name, tt := range map[string]struct {
		body string
		want STKReading
	}{
		"nothing in it":       {`{"Body":{"stkCallback":{}}}`, STKReading{}},
		"code false":          {`{"Body":{"stkCallback":{"ResultCode":false}}}`, STKReading{ResultCode: "false"}},
		"code as text":        {`{"Body":{"stkCallback":{"ResultCode":"00"}}}`, STKReading{ResultCode: "00"}},
		"code escaped":        {`{"Body":{"stkCallback":{"ResultCode":"\u0030"}}}`, STKReading{ResultCode: "0"}},
		"id as number":        {`{"Body":{"stkCallback":{"CheckoutRequestID":5}}}`, STKReading{CheckoutRequestID: "5"}},
		"no metadata":         {metadata(`null`), STKReading{CheckoutRequestID: "x", ResultCode: "0"}},
		"empty metadata":      {metadata(`{}`), STKReading{CheckoutRequestID: "x", ResultCode: "0", Metadata: true}},
		"metadata is a list":  {metadata(`[]`), STKReading{CheckoutRequestID: "x", ResultCode: "0", Metadata: true, Unreadable: true}},
		"item is no list":     {metadata(`{"Item":{"Name":"Amount"}}`), STKReading{CheckoutRequestID: "x", ResultCode: "0", Metadata: true, Unreadable: true}},
		"a receipt as object": {metadata(`{"Item":[{"Name":"MpesaReceiptNumber","Value":{"a":1}}]}`), STKReading{CheckoutRequestID: "x", ResultCode: "0", Metadata: true, Receipt: `{"a":1}`}},
		"items alike but for case": {metadata(`{"Item":[{"Name":"amount","Value":1},{"Name":"Amount","Value":2}]}`),
			STKReading{CheckoutRequestID: "x", ResultCode: "0", Metadata: true, Amount: "2", Contradiction: "an item stands there twice"}},
	} {
		if got, err := ReadSTKCallback([]byte(tt.body)); err != nil || got != tt.want {
			t.Errorf("%s: got %+v, %v", name, got, err)
		}
	}
	for name, body := range map[string]string{
		"nothing": ``, "null": `null`, "a list": `[]`, "no body": `{}`, "no callback": `{"Body":{}}`, "cut": wireSuccess[:100],
		"a long id":   `{"Body":{"stkCallback":{"CheckoutRequestID":"` + strings.Repeat("x", 101) + `"}}}`,
		"a long code": `{"Body":{"stkCallback":{"ResultCode":"` + strings.Repeat("x", 101) + `"}}}`,
	} {
		if got, err := ReadSTKCallback([]byte(body)); err == nil {
			t.Errorf("%s was taken: %+v", name, got)
		}
	}
}

func TestRepeatsKey(t *testing.T) {
	for body, want := range map[string]bool{
		`{"a":1,"b":2}`: false, `{"a":{"a":{"a":1}}}`: false, `[{"a":1},{"a":1}]`: false, `{"a":["a","a"],"b":"a"}`: false,
		`[]`: false, `1`: false, `"a"`: false, `{}`: false, `{"":1,"a":""}`: false, `{"a":"b","b":"a"}`: false,
		`{"a":1,"a":1}`: true, `{"a":1,"A":1}`: true, `{"a":1,"\u0061":1}`: true, `[[{"x":[{"a":null,"b":{},"a":[]}]}]]`: true,
		`{"a":{"b":1},"c":[1],"a":2}`: true, `{"":1,"":2}`: true, `{"k":1,"K":1}`: true, `{"s":1,"ſ":1}`: true,
	} {
		if got := RepeatsKey([]byte(body)); got != want {
			t.Errorf("%s: %t", body, got)
		}
	}
}

// The strict reader agrees with the lenient one on what both take.
func FuzzReadCallback(f *testing.F) {
	f.Add([]byte(wireSuccess))
	f.Add([]byte(wireCancelled))
	f.Add([]byte(wireSuccess + wireCancelled))
	f.Add([]byte(`{"Body":{"stkCallback":{"ResultCode":[],"CheckoutRequestID":"x","checkoutrequestid":"y"}}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		strict, err := ReadSTKCallback(body)
		lenient, errLenient := DecodeSTKCallback(body)
		if errLenient == nil && err != nil {
			t.Fatalf("%q is read by one only: %v", body, err)
		}
		if errLenient != nil || err != nil {
			return
		}
		if strict.ResultCode != lenient.ResultCode || strict.CheckoutRequestID != lenient.CheckoutRequestID || strict.ResultDesc != lenient.ResultDesc {
			t.Fatalf("%q is read as %+v and as %+v", body, strict, lenient)
		}
	})
}

func TestWellFormedCodes(t *testing.T) {
	for code, want := range map[ResultCode]bool{
		"0": true, "1": true, "17": true, "1032": true, "1050": true, "100000100": true,
		"SFC_IC0003": true, "TP40153": true, "C2B00011": true, "E3008": true, "R000001": true,
		"": false, "00": false, "01032": false, "0.0": false, "1032.0": false, "-1": false, "+1": false, "1e3": false, "0 ": false, " 1032": false,
		"1032 ": false, "10000000000": false, "1000000000": false, "false": false, "true": false, "null": false, "SUCCESS": false, "Success": false,
		"OK": false, "OK200": false, "S0000": false, "SUCCESS0000": false, "[]": false, "{}": false, "e3008": false, "3008E": false, "E-3008": false,
		"E 3008": false, "_E3008": false, "SFC_IC0003_SOMETHING_1234": false, "١٠٣٢": false,
	} {
		if got := code.WellFormed(); got != want {
			t.Errorf("%q: %t", code, got)
		}
	}
	for _, r := range Results() {
		if !r.Code.WellFormed() {
			t.Errorf("%s of the catalogue has another form", r.Code)
		}
	}
}

func TestNormaliseReceipt(t *testing.T) {
	for in, want := range map[string]string{
		"NLJ7RT61SV": "NLJ7RT61SV", "nlj7rt61sv": "NLJ7RT61SV", " NLJ7RT61SV  ": "NLJ7RT61SV", "RCPT00001": "RCPT00001", "ABCDEFGHIJKLMNOP": "ABCDEFGHIJKLMNOP",
		"": "", " ": "", "NLJ7RT6": "", "ABCDEFGHIJKLMNOPQ": "", "NLJ7 RT61SV": "", "NLJ7RT61SV\r\n": "", "\tNLJ7RT61SV": "", "NLJ7RT61S\x00": "",
		"NLJ7RT61S\x1b": "", "<script>al": "", `{"a":10000}`: "", "1234567890": "", "7LJ7RT61SV": "", "NLJ7RT61Sſ": "", "NLJ7RT61Sı": "", "UGC0000000": "",
		"false": "", "null": "",
	} {
		if got, ok := NormaliseReceipt(in); got != want || ok != (want != "") {
			t.Errorf("%q: %q, %t", in, got, ok)
		}
	}
}

func TestComparePhones(t *testing.T) {
	const m MSISDN = "254708374149"
	for written, want := range map[string]PhoneMatch{
		"254708374149": PhoneSame, "+254708374149": PhoneSame, "0708374149": PhoneSame, "708374149": PhoneSame, "254 708-374 149": PhoneSame,
		"254708374149.0": PhoneSame, "254708374149.00": PhoneSame, "2.54708374149E11": PhoneSame, "708374149.0": PhoneSame,
		"2547 ***** 149": PhoneSame, "25470****149": PhoneSame, "2547XXXXX149": PhoneSame, "07xxxxx149": PhoneSame, "*********149": PhoneSame,
		"2547********": PhoneSame, "XXXXXXXXXXXX": PhoneSame, "+2547*****149": PhoneSame, "25470*37*149": PhoneSame,
		"6da2e7fdd2ac5d8ce33d5a0e2b48ebac0a4b0fd5dcd1d7a2ccf6a6f4c4b3d0a1": PhoneMissing,
		"": PhoneMissing, " ": PhoneMissing, "null": PhoneMissing, "{}": PhoneMissing, "unknown": PhoneMissing, "+": PhoneMissing,
		"254708374148": PhoneOther, "0708374148": PhoneOther, "2547083741490": PhoneOther, "25470837414": PhoneOther, "254708374149.5": PhoneOther,
		"255708374149": PhoneOther, "12025550123": PhoneOther, "2547 ***** 126": PhoneOther, "25471****149": PhoneOther, "254708374149*1": PhoneOther,
		"a*b": PhoneOther, "254708374149/": PhoneOther, "[254708374149]": PhoneOther, "0": PhoneOther,
	} {
		if got := m.Compare(written); got != want {
			t.Errorf("%q: %d, want %d", written, got, want)
		}
	}
	sum := sha256.Sum256([]byte("254708374149"))
	if got := m.Compare(hex.EncodeToString(sum[:])); got != PhoneSame {
		t.Errorf("its own hash: %d", got)
	}
}

// What FoldKey makes one key is what encoding/json takes for one field, and the other way
// round.
func FuzzFoldKey(f *testing.F) {
	for _, key := range []string{"callback_url", "CALLBACK_URL", "callbac\u212a_url", "call-back", "\u017f", "S", "\u0131", "\u0130", "I"} {
		f.Add(key)
	}
	f.Fuzz(func(t *testing.T, key string) {
		raw, err := json.Marshal(key)
		if err != nil {
			t.Skip()
		}
		var known struct {
			URL   *int `json:"callback_url"`
			S     *int `json:"s"`
			I     *int `json:"i"`
			Other *int `json:"K"`
		}
		if err := json.Unmarshal([]byte("{"+string(raw)+":1}"), &known); err != nil {
			t.Fatal(err)
		}
		var decoded string
		_ = json.Unmarshal(raw, &decoded)
		for name, taken := range map[string]bool{
			"callback_url": known.URL != nil, "s": known.S != nil, "i": known.I != nil, "k": known.Other != nil,
		} {
			if got := FoldKey(decoded) == name; got != taken {
				t.Errorf("%q is %s to FoldKey: %v, to encoding/json: %v", key, name, got, taken)
			}
		}
	})
}
