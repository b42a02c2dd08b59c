package balance_test

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/product/balance"
	"github.com/darajabox/darajabox/simulator/product/producttest"
)

const (
	resultURL  = "http://localhost/result"
	timeoutURL = "http://localhost/timeout"
)

func fields(t testing.TB) producttest.Values {
	t.Helper()
	return producttest.Values{
		"Initiator": simulator.SandboxInitiator, "SecurityCredential": producttest.Credential(t, simulator.SandboxInitiatorPassword),
		"CommandID": daraja.CommandAccountBalance, "PartyA": daraja.SandboxShortcode, "IdentifierType": "4", "Remarks": "x",
		"QueueTimeOutURL": timeoutURL, "ResultURL": resultURL,
	}
}

func TestProduct(t *testing.T) {
	example := producttest.Example{API: balance.API, Fields: fields(t)}
	producttest.Run(t, balance.Product, example)
	producttest.Cases(t, balance.Product, example)
}

// ask makes a world and a query, and returns the callbacks of the next ten minutes.
func ask(t *testing.T, setup simulator.Setup, change producttest.Values) []simulator.Callback {
	t.Helper()
	b := producttest.NewBench(t, balance.Product())
	if err := b.Apply(setup); err != nil {
		t.Fatal(err)
	}
	query := fields(t)
	for k, v := range change {
		query[k] = v
	}
	answer := b.Call(balance.API, "", query)
	ack, err := daraja.Marshal(answer.Body)
	if answer.Err != nil || err != nil {
		t.Fatal(answer.Err, err)
	}
	if !regexp.MustCompile(`^{"OriginatorConversationID":"[^"]+","ConversationID":"AG_20261130_010010[0-9]{2}0ppxc0[0-9a-z]{6}","ResponseCode":"0",` +
		`"ResponseDescription":"Accept the service request successfully."}$`).Match(ack) {
		t.Errorf("the acknowledgement is %s", ack)
	}
	if len(b.Callbacks) != 0 {
		t.Error("the result came before the acknowledgement")
	}
	b.Advance(t, 10*time.Minute)
	return b.Callbacks
}

// body is a callback without what differs from query to query.
func body(c simulator.Callback) string {
	return regexp.MustCompile(`"OriginatorConversationID":"[^"]+","ConversationID":"AG_[^"]+"`).ReplaceAllString(string(c.Body), "…")
}

const internalURL = `{"ReferenceItem":{"Key":"QueueTimeoutURL","Value":"https:\/\/internalsandbox.safaricom.co.ke\/mpesa\/abresults\/v1\/submit"}}}}`

func TestBalances(t *testing.T) {
	held := daraja.Money(700_000_50)
	setup := simulator.Setup{Organisations: []simulator.OrganisationSetup{
		{Organisation: simulator.Organisation{Shortcode: daraja.SandboxShortcode}, Balance: &held},
		{Organisation: simulator.Organisation{Shortcode: simulator.SandboxStore}, Balance: &held},
	}}
	const paybill = `Working Account|KES|0.00|0.00|0.00|0.00&Utility Account|KES|700000.50|700000.50|0.00|0.00&` +
		`Charges Paid Account|KES|0.00|0.00|0.00|0.00&Organization Settlement Account|KES|0.00|0.00|0.00|0.00`
	const till = `Working Account|KES|0.00|0.00|0.00|0.00&Utility Account|KES|0.00|0.00|0.00|0.00&Charges Paid Account|KES|0.00|0.00|0.00|0.00&` +
		`Merchant Account|KES|700000.50|700000.50|0.00|0.00&Organization Settlement Account|KES|0.00|0.00|0.00|0.00`
	tests := []struct{ name, shortcode, order, first, accounts string }{
		{"a paybill", daraja.SandboxShortcode, "AccountBalance", "", paybill},
		{"a till's store", simulator.SandboxStore, "AccountBalance", "", till},
		{"ActionType first", daraja.SandboxShortcode, "ActionType", `{"Key":"ActionType","Value":"AccountBalance"},`, paybill},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			setup.Settings = map[string]string{balance.SettingOrder: tt.order}
			got := ask(t, setup, producttest.Values{"PartyA": daraja.Text(tt.shortcode)})
			want := `{"Result":{"ResultType":0,"ResultCode":0,"ResultDesc":"The service request is processed successfully.",…,"TransactionID":"UKU0000000",` +
				`"ResultParameters":{"ResultParameter":[` + tt.first + `{"Key":"AccountBalance","Value":"` + tt.accounts + `"},` +
				`{"Key":"BOCompletedTime","Value":20261130120001}]},"ReferenceData":` + internalURL
			if len(got) != 1 || got[0].URL != resultURL || body(got[0]) != want {
				t.Errorf("got %d: %s\nwant %s", len(got), got[0].Body, want)
			}
		})
	}
}

func TestFailures(t *testing.T) {
	initiators := func(roles ...simulator.Role) []simulator.OrganisationSetup {
		return []simulator.OrganisationSetup{{Organisation: simulator.Organisation{
			Shortcode: daraja.SandboxShortcode, Initiators: []simulator.Initiator{{Name: simulator.SandboxInitiator, Password: simulator.SandboxInitiatorPassword, Roles: roles}},
		}}}
	}
	wrong := producttest.Values{"SecurityCredential": producttest.Credential(t, "wrong")}
	tests := []struct {
		name   string
		setup  simulator.Setup
		change producttest.Values
		code   string
		desc   string
		why    string
	}{
		{"an unknown initiator", simulator.Setup{}, producttest.Values{"Initiator": "stranger"}, "2001", "The initiator information is invalid.", "has no initiator"},
		{"a wrong credential", simulator.Setup{}, wrong, "2001", "The initiator information is invalid.", "another password"},
		{"a credential that is not encrypted", simulator.Setup{}, producttest.Values{"SecurityCredential": simulator.SandboxInitiatorPassword}, "2001", "The initiator information is invalid.", "not base64"},
		{"an unknown shortcode", simulator.Setup{}, producttest.Values{"PartyA": "600100"}, "2001", "The initiator information is invalid.", "no organisation here has shortcode 600100"},
		{"a missing role", simulator.Setup{Organisations: initiators(simulator.RoleB2C)}, nil, "21", "The initiator is not allowed to initiate this request", string(simulator.RoleAccountBalance)},
		{"a missing role, in the other form", simulator.Setup{Organisations: initiators(simulator.RoleB2C), Settings: map[string]string{simulator.SettingMissingRole: "TP40153"}}, nil,
			`"TP40153"`, "The initiator is not allowed to initiate this request", string(simulator.RoleAccountBalance)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := ask(t, tt.setup, tt.change)
			want := `{"Result":{"ResultType":0,"ResultCode":` + tt.code + `,"ResultDesc":"` + tt.desc + `",…,"TransactionID":"UKU0000000",` +
				`"ResultParameters":{"ResultParameter":[{"Key":"ActionType","Value":"AccountBalance"},{"Key":"ErrorMsg","Value":"` + tt.desc + `"},` +
				`{"Key":"BOCompletedTime","Value":20261130120001}]},"ReferenceData":{"ReferenceItem":{"Key":"QueueTimeoutURL"}}}}`
			if len(got) != 1 || got[0].URL != resultURL || body(got[0]) != want || !strings.Contains(got[0].Reason, tt.why) {
				t.Errorf("got %d: %s (%s)\nwant %s (%s)", len(got), got[0].Body, got[0].Reason, want, tt.why)
			}
			tt.setup.Settings = map[string]string{balance.SettingFailure: "2020"}
			old := `"ResultParameters":{"ResultParameter":{"Key":"BOCompletedTime","Value":20261130120001}},"ReferenceData":` + internalURL
			if got = ask(t, tt.setup, tt.change); len(got) != 1 || !strings.HasSuffix(body(got[0]), old) {
				t.Errorf("2020: got %d: %s\nwant %s", len(got), got[0].Body, old)
			}
		})
	}
	silent := simulator.Setup{Settings: map[string]string{simulator.SettingWrongCredential: "no-result"}}
	if got := ask(t, silent, wrong); len(got) != 1 || !got[0].Plan.Drop {
		t.Errorf("a wrong credential without a result: %+v", got)
	}
}

func TestLockedInitiator(t *testing.T) {
	b := producttest.NewBench(t, balance.Product())
	query := fields(t)
	query["SecurityCredential"] = producttest.Credential(t, "wrong")
	for range 6 {
		b.Call(balance.API, "", query)
	}
	b.Advance(t, time.Minute)
	const want = `"ResultCode":8006,"ResultDesc":"The security credential is locked.",…,"TransactionID":"UKU0000000","ResultParameters":{"ResultParameter":[` +
		`{"Key":"ActionType","Value":"AccountBalance"},{"Key":"ErrorMsg","Value":"API Password is locked. "},{"Key":"BOCompletedTime",`
	locked := 0
	for _, c := range b.Callbacks {
		if strings.Contains(body(c), want) {
			locked++
		}
	}
	if len(b.Callbacks) != 6 || locked != 1 {
		t.Errorf("%d of %d results say that the initiator is locked", locked, len(b.Callbacks))
	}
}

// A result that takes longer than queue_timeout goes to QueueTimeOutURL at that time, and
// nothing goes to ResultURL.
func TestQueueTimeout(t *testing.T) {
	for _, tt := range []struct {
		takes, at time.Duration
		url       string
		code      daraja.ResultCode
	}{
		{time.Minute, time.Minute, resultURL, "0"},
		{time.Minute + 1, time.Minute, timeoutURL, "1019"},
	} {
		b := producttest.NewBench(t, balance.Product())
		if err := b.ChangeSettings(map[string]string{simulator.SettingQueueTimeout: "1m"}); err != nil {
			t.Fatal(err)
		}
		if _, err := b.Enqueue(simulator.Queued{API: balance.API, Outcome: simulator.Outcome{After: &tt.takes}}); err != nil {
			t.Fatal(err)
		}
		b.Call(balance.API, "", fields(t))
		b.Advance(t, tt.at-1)
		if len(b.Callbacks) != 0 {
			t.Fatalf("%s: too early: %s", tt.takes, b.Callbacks[0].Body)
		}
		b.Advance(t, time.Hour)
		var got struct{ Result daraja.ResultMessage }
		if len(b.Callbacks) != 1 || b.Callbacks[0].URL != tt.url || json.Unmarshal(b.Callbacks[0].Body, &got) != nil || got.Result.ResultCode != tt.code {
			t.Errorf("%s: %+v", tt.takes, b.Callbacks)
		}
	}
}

// A request can run into queue_timeout by its outcome, or by a late result; its result follows
// where that is asked for.
func TestResultAfterQueueTimeout(t *testing.T) {
	late := 2 * time.Minute
	for _, tt := range []struct {
		name    string
		setting string
		outcome simulator.Outcome
		want    string
	}{
		{"too late", "off", simulator.Outcome{After: &late}, "[1m timeout 1019]"},
		{"too late, and it follows", "on", simulator.Outcome{After: &late}, "[1m timeout 1019, 2m result 0]"},
		{"instead", "on", simulator.Outcome{QueueTimeout: simulator.TimeoutInstead}, "[1m timeout 1019]"},
		{"before the result", "off", simulator.Outcome{QueueTimeout: simulator.TimeoutBefore}, "[1m timeout 1019, 1m1s result 0]"},
		{"before a result that fails", "off", simulator.Outcome{QueueTimeout: simulator.TimeoutBefore, Result: "26"}, "[1m timeout 1019, 1m1s result 26]"},
	} {
		b := producttest.NewBench(t, balance.Product())
		if err := b.ChangeSettings(map[string]string{simulator.SettingQueueTimeout: "1m", simulator.SettingLateResult: tt.setting}); err != nil {
			t.Fatal(err)
		}
		if _, err := b.Enqueue(simulator.Queued{API: balance.API, Outcome: tt.outcome}); err != nil {
			t.Fatal(err)
		}
		b.Call(balance.API, "", fields(t))
		var got []string
		for second := range 200 {
			b.Callbacks = nil
			b.Advance(t, time.Second)
			for _, c := range b.Callbacks {
				var m struct{ Result daraja.ResultMessage }
				if err := json.Unmarshal(c.Body, &m); err != nil {
					t.Fatal(err)
				}
				after := strings.TrimSuffix((time.Duration(second+1) * time.Second).String(), "0s")
				got = append(got, after+" "+strings.TrimPrefix(c.URL, "http://localhost/")+" "+string(m.Result.ResultCode))
			}
		}
		if list := "[" + strings.Join(got, ", ") + "]"; list != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, list, tt.want)
		}
	}
}

// The queue takes the results of the API, and codes that no product has.
func TestQueuedResults(t *testing.T) {
	other := simulator.Product{Name: "other", Results: daraja.Results()}
	for code, taken := range map[daraja.ResultCode]bool{"26": true, "1032": false, "31337": true} {
		b := producttest.NewBench(t, balance.Product(), other)
		_, err := b.Enqueue(simulator.Queued{API: balance.API, Outcome: simulator.Outcome{Result: code}})
		if (err == nil) != taken {
			t.Errorf("%s: %v", code, err)
		}
	}
}

// A result that is decided wins over the initiator; its text can be decided too.
func TestDecidedResult(t *testing.T) {
	b := producttest.NewBench(t, balance.Product())
	decided := simulator.Outcome{Result: "26", Desc: "Too busy"}
	if _, err := b.Enqueue(simulator.Queued{API: balance.API, Outcome: decided}); err != nil {
		t.Fatal(err)
	}
	query := fields(t)
	query["Initiator"] = "stranger"
	b.Call(balance.API, "", query)
	b.Advance(t, time.Minute)
	if len(b.Callbacks) != 1 || !strings.Contains(string(b.Callbacks[0].Body), `"ResultCode":26,"ResultDesc":"Too busy"`) {
		t.Errorf("%+v", b.Callbacks)
	}
}
