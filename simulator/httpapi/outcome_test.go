package httpapi_test

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/product/oauth"
	"github.com/darajabox/darajabox/simulator/product/stk"
)

// decider gives every push the same outcome.
type decider simulator.Outcome

func (d decider) Decide(r simulator.Request) (simulator.Outcome, bool) {
	return simulator.Outcome(d), r.API == stk.APIPush
}

func (d decider) Consume(simulator.Request, simulator.Outcome) {}

func (d decider) Clone() simulator.Decider { return d }

func (r *rig) apply(t *testing.T, s simulator.Setup) {
	t.Helper()
	if err := r.world.Apply(s); err != nil {
		t.Fatal(err)
	}
}

// Every code that fits in a magic number is given by it, in the callback and in
// the query, in both dialects.
func TestMagicNumbers(t *testing.T) {
	for _, result := range stk.Product().Results {
		number := simulator.MagicMSISDN(result.Code)
		if code, ok := simulator.MagicResult(number); !ok || code != result.Code || code == daraja.ResultProcessing {
			continue
		}
		for _, dialect := range []string{simulator.DialectDaraja, simulator.DialectMalipo} {
			t.Run(fmt.Sprintf("%s/%s", dialect, result.Code), func(t *testing.T) {
				r := start(t, map[string]string{simulator.SettingDialect: dialect})
				ack := r.push(t, phone(number.Digits())...)
				cb := r.callback(t)
				head := fmt.Sprintf(`{"Body":{"stkCallback":{"MerchantRequestID":%q,"CheckoutRequestID":%q,"ResultCode":%s,"ResultDesc":%s`,
					ack.MerchantRequestID, ack.CheckoutRequestID, result.Code, strconv.Quote(result.Desc(dialect)))
				tail := "}}}"
				if result.Code == daraja.ResultSuccess {
					tail = `,"CallbackMetadata":{"Item":[`
				}
				if !strings.HasPrefix(cb, head+tail) {
					t.Errorf("callback %s\nbegins not with %s", cb, head+tail)
				}
				var q daraja.STKQueryResult
				decode(t, r.query(ack.CheckoutRequestID), &q)
				if string(q.ResultCode) != string(result.Code) || q.ResultDesc != result.Desc(dialect) {
					t.Errorf("query %+v", q)
				}
				golden(t, fmt.Sprintf("outcome/%s-%s.json", dialect, result.Code), cb)
			})
		}
	}
}

// Codes that are no number of five digits come by scenario; a code that is no
// number is a string in the callback too.
func TestOtherCodes(t *testing.T) {
	for code, onWire := range map[daraja.ResultCode]string{
		"SFC_IC0003": `"ResultCode":"SFC_IC0003","ResultDesc":"The operator does not exist."}}}`,
		"E3008":      `"ResultCode":"E3008","ResultDesc":"Error, the user has a bad debt contract."}}}`,
		"100000100":  `"ResultCode":100000100,"ResultDesc":"[Controller - ]Saving object to storage fail, …"}}}`,
	} {
		r := start(t, nil)
		r.apply(t, simulator.Setup{Decider: decider{Result: code}})
		ack := r.push(t)
		cb := r.callback(t)
		if !strings.HasSuffix(cb, onWire) {
			t.Error(cb)
		}
		golden(t, "outcome/daraja-"+string(code)+".json", cb)
		if q := r.query(ack.CheckoutRequestID).Body.String(); !strings.Contains(q, `"ResultCode":"`+string(code)+`"`) {
			t.Error(q)
		}
	}
}

// 1037 has two texts in the callback, and one in the query.
func TestNoAnswer(t *testing.T) {
	for name, desc := range map[string]string{"unreachable": "DS timeout user cannot be reached.", "ignored": "No response from user."} {
		r := start(t, nil)
		r.apply(t, simulator.Setup{Decider: decider{Result: "1037", Desc: desc}})
		ack := r.push(t)
		cb := r.callback(t)
		golden(t, "outcome/daraja-1037-"+name+".json", cb)
		if !strings.HasSuffix(cb, `"ResultCode":1037,"ResultDesc":"`+desc+`"}}}`) {
			t.Error(cb)
		}
		if q := r.query(ack.CheckoutRequestID).Body.String(); !strings.HasSuffix(q, `"ResultCode":"1037","ResultDesc":"`+desc+`"}`) {
			t.Error(q)
		}
	}
}

func TestOnePromptAtATime(t *testing.T) {
	r := start(t, nil)
	r.push(t)
	locked := `"500.001.1001","errorMessage":"Unable to lock subscriber, a transaction is already in process for the current subscriber"`
	if w := r.post(daraja.STKPushPath, pushBody()); w.Code != 500 || !strings.Contains(w.Body.String(), locked) {
		t.Errorf("HTTP %d %s", w.Code, w.Body)
	}
	r.push(t, phone("254712345678")...) // another customer is not locked
	r.advance(t, 2*time.Second)
	r.push(t)
}

func TestSameAmountTwice(t *testing.T) {
	r := start(t, map[string]string{simulator.SettingSameAmount: "on"})
	result := func(amount string) string {
		t.Helper()
		r.push(t, "Amount", amount)
		_, rest, _ := strings.Cut(r.callback(t), `"ResultCode":`)
		code, _, _ := strings.Cut(rest, ",")
		return code
	}
	for _, step := range []struct {
		amount, want string
		wait         time.Duration
	}{
		{"10", "0", 0}, {"10", "17", 0}, {"11", "0", 0}, {"11", "17", 0},
		{"11", "17", 112 * time.Second}, // counts from the payment, not from the refusal; two seconds of it pass in each push
		{"11", "0", 2 * time.Second},
	} {
		r.advance(t, step.wait)
		if got := result(step.amount); got != step.want {
			t.Errorf("KES %s after %s: result %s, want %s", step.amount, step.wait, got, step.want)
		}
	}
	off := start(t, nil)
	for range 2 {
		off.push(t)
		if cb := off.callback(t); !strings.Contains(cb, `"ResultCode":0,`) {
			t.Error(cb)
		}
	}
}

func TestDefaultOutcome(t *testing.T) {
	long := quote(strings.Repeat("R", 150))
	poor := daraja.Money(9_99)
	for name, c := range map[string]struct {
		changes []string
		want    string
	}{
		"paid":                       {nil, `"ResultCode":0,"ResultDesc":"The service request is processed successfully."`},
		"PartyB of another shop":     {[]string{"PartyB", "600000"}, `"ResultCode":2028,"ResultDesc":"The request is not permitted according to product assignment."}}}`},
		"prompt over 182 characters": {[]string{"AccountReference", long}, `"ResultCode":1025,"ResultDesc":"An error occurred while sending a push request."}}}`},
		"reference of 15":            {[]string{"AccountReference", `"123456789012345"`}, `"ResultCode":0,`},
		"too little money":           {append(phone("254712345678"), "Amount", "10"), `"ResultCode":1,"ResultDesc":"The balance is insufficient for the transaction."}}}`},
		"till": {[]string{"BusinessShortCode", "174381", "Password", password("174381"), "TransactionType", `"CustomerBuyGoodsOnline"`, "PartyB", "174380"},
			`"ResultCode":0,`},
		"till that is not the store's": {[]string{"BusinessShortCode", "174381", "Password", password("174381"), "TransactionType", `"CustomerBuyGoodsOnline"`, "PartyB", "600101"},
			`"ResultCode":2028,`},
		"store number for the till": {[]string{"BusinessShortCode", "174381", "Password", password("174381"), "TransactionType", `"CustomerBuyGoodsOnline"`, "PartyB", "174381"},
			`"ResultCode":"SFC_IC0003","ResultDesc":"The operator does not exist."}}}`},
	} {
		t.Run(name, func(t *testing.T) {
			r := start(t, nil)
			r.apply(t, simulator.Setup{Customers: []simulator.CustomerSetup{{Phone: "254712345678", Balance: &poor}}})
			r.push(t, c.changes...)
			if cb := r.callback(t); !strings.Contains(cb, c.want) {
				t.Errorf("callback %s\nwant %s", cb, c.want)
			}
			if paid := len(r.world.Ledger()) == 1; paid != strings.HasPrefix(c.want, `"ResultCode":0,`) {
				t.Errorf("money moved: %v", paid)
			}
		})
	}
}

// Each setting, seen on the wire.
func TestSettings(t *testing.T) {
	with := func(name, value string) *rig { return start(t, map[string]string{name: value}) }
	contains := func(what, got, want string) {
		t.Helper()
		if !strings.Contains(got, want) {
			t.Errorf("%s: %s\nhas no %s", what, got, want)
		}
	}
	r := with(oauth.SettingExpiresIn, "number")
	contains("expires_in", r.do(tokenRequest("sandbox", "sandbox", "client_credentials")).Body.String(), `"expires_in":3599}`)

	r = with(oauth.SettingInvalidate, "on")
	r.newToken(t)
	contains("token_invalidation", r.post(daraja.STKPushPath, pushBody()).Body.String(), "Invalid Access Token")
	r = with(oauth.SettingInvalidate, "off")
	r.newToken(t)
	r.push(t)

	r = with(simulator.SettingWrongMethod, "404.001.04")
	req := tokenRequest("sandbox", "sandbox", "client_credentials")
	req.Method = http.MethodDelete
	contains("wrong_method", onWire(r.do(req)), `"404.001.04","errorMessage":"Invalid Authentication Header"}`)

	r = with(stk.SettingCheckoutMillis, "1")
	contains("checkout_id_millis", r.push(t).CheckoutRequestID, "ws_CO_070720251800341708374149")

	r = with(stk.SettingPendingQuery, "500")
	pending := r.query(r.push(t).CheckoutRequestID)
	golden(t, "stkquery-pending-500.http", onWire(pending))
	contains("pending_query", onWire(pending), `"500.001.1001","errorMessage":"The transaction is being processed"}`)

	r = with(stk.SettingPendingQuery, "200")
	silent := r.query(r.push(t).CheckoutRequestID)
	golden(t, "stkquery-pending-200.http", onWire(silent))
	contains("pending_query", onWire(silent), `"errorCode":"500.001.1001","errorMessage":""}`)

	r = with(stk.SettingQueryTypo, "on")
	contains("query_typo", r.query(r.push(t).CheckoutRequestID).Body.String(), "has been accepted successsfully")

	r = with(stk.SettingQueryDesc, "timeout")
	r.apply(t, simulator.Setup{Decider: decider{Result: "1037", Desc: "No response from user."}})
	ended := r.push(t)
	contains("query_desc", r.callback(t), `"ResultDesc":"No response from user."`)
	contains("query_desc", r.query(ended.CheckoutRequestID).Body.String(), `"ResultDesc":"DS timeout user cannot be reached."`)

	r = with(simulator.SettingUnknownPath, "404.001.01")
	contains("unknown_path", r.post("/mpesa/no/such", "{}").Body.String(), `"404.001.01","errorMessage":"Resource not found"}`)

	r = with(stk.SettingCallbackAmount, "1")
	r.push(t)
	contains("callback_amount", r.callback(t), `{"Name":"Amount","Value":1},`)

	r = with(stk.SettingCallbackBalance, "absent")
	r.push(t)
	contains("callback_balance", r.callback(t), `"},{"Name":"TransactionDate"`)

	r = with(simulator.SettingCallbackCopies, "3")
	r.push(t)
	r.callback(t)
	if n := r.sink.sent[0].Plan.Copies; n != 3 {
		t.Errorf("callback_copies: %d", n)
	}

	r = with(simulator.SettingThinkTime, "7s")
	r.push(t)
	r.advance(t, 7*time.Second-1)
	if len(r.sink.sent) != 0 {
		t.Error("think_time: answered too soon")
	}
	r.advance(t, 1)
	if len(r.sink.sent) != 1 {
		t.Error("think_time: not answered")
	}
}

// The same seed and the same requests give the same bytes; another seed does not.
func TestSameSeedSameBytes(t *testing.T) {
	run := func() string {
		r := start(t, nil)
		var out strings.Builder
		for i, number := range []string{"254708374149", "254712345678", "254700001032", "254708374149"} {
			fmt.Fprintln(&out, r.post(daraja.STKPushPath, pushBody(append(phone(number), "Amount", strconv.Itoa(i+1))...)).Body)
			fmt.Fprintln(&out, r.callback(t))
		}
		fmt.Fprintln(&out, r.post(daraja.STKPushPath, `{}`).Body)
		for _, record := range r.journal.list() {
			fmt.Fprintf(&out, "%+v\n", record)
		}
		return out.String()
	}
	if first, second := run(), run(); first != second {
		t.Errorf("two runs differ:\n%s\n%s", first, second)
	}
}
