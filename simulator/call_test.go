package simulator_test

import (
	"strings"
	"testing"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/product/oauth"
	"github.com/darajabox/darajabox/simulator/product/stk"
)

// answering decides a reply for every request.
func answering(r simulator.ReplyFaults) *rules {
	return &rules{decide: func(simulator.Request) (simulator.Outcome, bool) {
		return simulator.Outcome{By: "rule 1", Reply: r}, true
	}}
}

func busy() *daraja.Error {
	e := daraja.ErrBusy()
	return &e
}

// What was decided comes first, then who calls, then what could not be read, then
// what is wrong.
func TestOrderOfRefusals(t *testing.T) {
	fault := daraja.ErrInvalidPayload().Because("no JSON")
	wrong := order(daraja.SandboxMSISDN, 0)
	tests := []struct {
		name  string
		reply simulator.ReplyFaults
		call  func(*simulator.Call)
		want  string
	}{
		{"decided", simulator.ReplyFaults{Error: busy()}, func(c *simulator.Call) { c.Authorization, c.BodyError = "", fault }, "500.003.02"},
		{"no token", simulator.ReplyFaults{}, func(c *simulator.Call) { c.Authorization, c.BodyError = "", fault }, "404.001.03"},
		{"no fields", simulator.ReplyFaults{}, func(c *simulator.Call) { c.BodyError = fault }, "400.002.05"},
		{"a wrong field", simulator.ReplyFaults{}, func(*simulator.Call) {}, "400.002.02"},
	}
	for _, tt := range tests {
		b := newBench(t, nil)
		call := b.call(t)
		tt.call(&call)
		b.apply(t, simulator.Setup{Decider: answering(tt.reply)})
		_, reply, err := b.Push(call, wrong)
		if e := refusal(t, err); e.Code != tt.want || reply.RequestID == "" {
			t.Errorf("%s: %v, %+v", tt.name, e, reply)
		}
		if tt.reply.Error != nil && (reply.By != "rule 1" || reply.Error == nil || reply.Error.Code != tt.want) {
			t.Errorf("%s: %+v", tt.name, reply)
		}
	}
}

func TestRepliesThatRefuse(t *testing.T) {
	tests := []struct {
		name    string
		reply   simulator.ReplyFaults
		code    string // of the error; "" is none
		carried bool
	}{
		{"an error", simulator.ReplyFaults{Error: busy()}, "500.003.02", false},
		{"a page", simulator.ReplyFaults{Page: simulator.PageWAF503}, "", false},
		{"an error, carried out", simulator.ReplyFaults{Error: busy(), Accepted: true}, "500.003.02", true},
		{"a page, carried out", simulator.ReplyFaults{Page: simulator.PageWAF403, Accepted: true}, "", true},
		{"a revoked token", simulator.ReplyFaults{RevokeToken: true}, "404.001.03", false},
		{"a revoked token, carried out", simulator.ReplyFaults{RevokeToken: true, Accepted: true}, "404.001.03", true},
	}
	for _, tt := range tests {
		b := newBench(t, nil)
		call := b.call(t)
		d := answering(tt.reply)
		b.apply(t, simulator.Setup{Decider: d})
		ack, reply, err := b.Push(call, order(daraja.SandboxMSISDN, 1))
		code := ""
		if err != nil {
			code = refusal(t, err).Code
		}
		if code != tt.code || reply.Page != tt.reply.Page || !reply.Refuses() || reply.RequestID == "" {
			t.Errorf("%s: %v, %+v", tt.name, err, reply)
		}
		if (ack.CheckoutRequestID != "") != tt.carried || len(d.consumed) != 1 {
			t.Errorf("%s: acknowledged %+v, consumed %d", tt.name, ack, len(d.consumed))
		}
		b.advance(t, time.Minute)
		if (len(b.sink.sent) == 1) != tt.carried {
			t.Errorf("%s: %d callbacks", tt.name, len(b.sink.sent))
		}
		b.apply(t, simulator.Setup{})
		_, _, err = b.Query(call, query("ws_CO_18082026110000000708374149"))
		if refused := refusal(t, err); refused.IsInvalidToken() != tt.reply.RevokeToken {
			t.Errorf("%s: the token afterwards: %v", tt.name, refused)
		}
	}
}

// A token can be invalid from the moment that it is given out.
func TestTokenThatIsRevokedAtOnce(t *testing.T) {
	b := newBench(t, nil)
	b.apply(t, simulator.Setup{Decider: answering(simulator.ReplyFaults{RevokeToken: true})})
	token, reply, err := b.Token(simulator.Call{}, credentials())
	if err != nil || token.AccessToken == "" || reply.Refuses() {
		t.Fatalf("%+v, %+v, %v", token, reply, err)
	}
	b.apply(t, simulator.Setup{})
	_, _, err = b.Push(simulator.Call{Authorization: "Bearer " + token.AccessToken}, order(daraja.SandboxMSISDN, 1))
	if !refusal(t, err).IsInvalidToken() {
		t.Error(err)
	}
}

// A rule sees each request once, and is used up by requests that had an effect only.
func TestOnlyWhatCameAboutIsTaken(t *testing.T) {
	slow := simulator.ReplyFaults{Latency: time.Second}
	tests := []struct {
		name     string
		outcome  simulator.Outcome
		wrong    bool // the request is
		consumed int
		latency  time.Duration
	}{
		{"a right request", simulator.Outcome{Result: "1032"}, false, 1, 0},
		{"a refused request", simulator.Outcome{Result: "1032"}, true, 0, 0},
		{"a refused request that the rule refuses too", simulator.Outcome{Reply: simulator.ReplyFaults{Error: busy()}}, true, 1, 0},
		{"refused, though it was to be carried out", simulator.Outcome{Reply: simulator.ReplyFaults{Error: busy(), Accepted: true}}, true, 0, 0},
		{"only slow", simulator.Outcome{Reply: slow}, true, 1, time.Second},
		{"slow and a result", simulator.Outcome{Reply: slow, Result: "1032"}, true, 0, 0},
		{"slow and right", simulator.Outcome{Reply: slow, Result: "1032"}, false, 1, time.Second},
	}
	for _, tt := range tests {
		b := newBench(t, nil)
		call, d := b.call(t), always(tt.outcome)
		b.apply(t, simulator.Setup{Decider: d})
		o := order(daraja.SandboxMSISDN, 1)
		if tt.wrong {
			o.Password = "d3Jvbmc="
		}
		_, reply, err := b.Push(call, o)
		if len(d.seen) != 1 || len(d.consumed) != tt.consumed || reply.Latency != tt.latency || (err != nil) != tt.wrong {
			t.Errorf("%s: saw %d, consumed %d, %+v, %v", tt.name, len(d.seen), len(d.consumed), reply, err)
		}
	}
}

// What a rule knows of a request, also when Daraja refuses it.
func TestWhatRulesSee(t *testing.T) {
	b := newBench(t, nil)
	d := &rules{decide: func(simulator.Request) (simulator.Outcome, bool) { return simulator.Outcome{}, false }}
	b.apply(t, simulator.Setup{Decider: d})
	b.advance(t, time.Minute)
	call := b.call(t)
	call.Header, call.Body = map[string][]string{"X-Test": {"1"}}, []byte("{}")
	o := order(daraja.SandboxMSISDN, 7)
	o.PhoneNumber, o.Amount = "0708 374-149", "7.50"
	for range 2 {
		if _, _, err := b.Push(call, o); err == nil {
			t.Fatal("not refused")
		}
	}
	if _, _, err := b.Query(call, query("ws_CO_1")); err == nil {
		t.Fatal("not refused")
	}
	tok, first, again, q := d.seen[0], d.seen[1], d.seen[2], d.seen[3]
	if tok.API != oauth.API || tok.ConsumerKey != "sandbox" || tok.Attempt != 1 {
		t.Errorf("token: %+v", tok)
	}
	if first.API != stk.APIPush || first.Phone != daraja.SandboxMSISDN || first.Amount != 750 || first.Reference != "INV-1" ||
		first.Shortcode != daraja.SandboxShortcode || first.ConsumerKey != "sandbox" || first.Attempt != 1 || first.Since != time.Minute ||
		!first.At.Equal(b.clock.Now()) || first.Header["X-Test"] == nil || string(first.Body) != "{}" {
		t.Errorf("push: %+v", first)
	}
	if again.Attempt != 2 || again.Draw == first.Draw {
		t.Errorf("the second: %+v", again)
	}
	d.seen = nil
	b.apply(t, simulator.Setup{Decider: d})
	if _, _, err := b.Push(call, o); err == nil || d.seen[0].Attempt != 1 {
		t.Errorf("under another scenario: %v, %+v", err, d.seen)
	}
	if q.API != stk.APIQuery || q.Payment != "ws_CO_1" || q.Attempt != 1 {
		t.Errorf("query: %+v", q)
	}
}

// A rule can be about the prompt that a query asks about.
func TestWhatRulesSeeOfAQuery(t *testing.T) {
	b := newBench(t, nil)
	id := b.push(t, order(daraja.SandboxMSISDN, 7)).CheckoutRequestID
	d := &rules{decide: func(simulator.Request) (simulator.Outcome, bool) { return simulator.Outcome{}, false }}
	b.apply(t, simulator.Setup{Decider: d})
	if _, err := b.ask(t, id); err != nil {
		t.Fatal(err)
	}
	if r := d.seen[0]; r.Phone != daraja.SandboxMSISDN || r.Amount != 7*daraja.Shilling || r.Reference != "INV-1" {
		t.Errorf("%+v", r)
	}
}

// What leaves the result open leaves it to the phone number or the person at the phone, and
// the record says both who decided the answer and who decided the result.
func TestOpenResultAndTheNumber(t *testing.T) {
	magic, slow := simulator.MagicMSISDN("1036"), simulator.ReplyFaults{Latency: time.Second}
	for name, c := range map[string]struct {
		outcome  simulator.Outcome
		phone    daraja.MSISDN
		act      simulator.PhoneActionKind // of a person who holds the phone; "" for none
		result   daraja.ResultCode
		answered string // who decided the answer
		decided  string // who decided the payment
	}{
		"left open":              {simulator.Outcome{By: "rule 1", Reply: slow}, magic, "", "1036", "rule 1", "rule 1 and the phone number"},
		"said by the rule":       {simulator.Outcome{By: "rule 1", Result: "1032"}, magic, "", "1032", "rule 1", "rule 1"},
		"another number":         {simulator.Outcome{By: "rule 1", Reply: slow}, daraja.SandboxMSISDN, "", "0", "rule 1", "rule 1"},
		"no rule":                {simulator.Outcome{}, magic, "", "1036", "the phone number", "the phone number"},
		"left open to a person":  {simulator.Outcome{By: "rule 1", Reply: slow}, daraja.SandboxMSISDN, simulator.ActionCancel, "1032", "rule 1", "rule 1 and the person at the phone"},
		"no rule, but a person":  {simulator.Outcome{}, daraja.SandboxMSISDN, simulator.ActionCancel, "1032", "", "the person at the phone"},
		"the number is stronger": {simulator.Outcome{}, magic, simulator.ActionCancel, "1036", "the phone number", "the phone number"},
	} {
		b := newBench(t, nil)
		b.apply(t, simulator.Setup{Decider: always(c.outcome)})
		leave := func() {}
		if c.act != "" {
			leave = b.Attend(c.phone)
		}
		ack, reply, err := b.try(t, order(c.phone, 1))
		if err != nil || reply.By != c.answered {
			t.Errorf("%s: answered by %q, want %q; %v", name, reply.By, c.answered, err)
		}
		if q, err := b.ask(t, ack.CheckoutRequestID); err != nil || q.ResultCode != "4999" {
			t.Errorf("%s: a query of the open prompt says %+v, %v", name, q, err)
		}
		if c.act != "" {
			_ = b.Act(c.phone, simulator.PhoneAction{Kind: c.act}) // refused where the number decides
		}
		leave()
		b.advance(t, time.Minute)
		p, _ := b.Payment(ack.CheckoutRequestID)
		if p.Result != c.result || p.By != c.decided || b.sink.sent[0].By != c.decided {
			t.Errorf("%s: result %s by %q, the callback by %q; want %s by %q", name, p.Result, p.By, b.sink.sent[0].By, c.result, c.decided)
		}
	}
}

func TestQueryCanBeMadeToContradict(t *testing.T) {
	b := newBench(t, map[string]string{stk.SettingPendingQuery: "500"})
	id := b.push(t, order(daraja.SandboxMSISDN, 1)).CheckoutRequestID
	b.apply(t, simulator.Setup{Decider: &rules{decide: func(r simulator.Request) (simulator.Outcome, bool) {
		return simulator.Outcome{Result: "1032"}, r.API == stk.APIQuery
	}}})
	if q, err := b.ask(t, id); err != nil || q.ResultCode != "1032" {
		t.Errorf("%+v, %v", q, err)
	}
	b.apply(t, simulator.Setup{})
	b.advance(t, time.Minute)
	if q, err := b.ask(t, id); err != nil || q.ResultCode != "0" {
		t.Errorf("afterwards %+v, %v", q, err)
	}
}

func TestCallbackThatOvertakesTheAcknowledgement(t *testing.T) {
	b := newBench(t, nil)
	b.apply(t, simulator.Setup{Decider: always(simulator.Outcome{Callback: simulator.CallbackPlan{BeforeAck: true}})})
	ack, reply, err := b.try(t, order(daraja.SandboxMSISDN, 1))
	if err != nil || !reply.AfterCallback || len(b.sink.sent) != 1 || b.sink.sent[0].ID != ack.CheckoutRequestID {
		t.Fatalf("%+v, %+v, %v, sent %d", ack, reply, err, len(b.sink.sent))
	}
	b.advance(t, time.Hour)
	if len(b.sink.sent) != 1 {
		t.Error("the prompt ended twice")
	}
	second, _, err := b.try(t, order(daraja.SandboxMSISDN, 1))
	if err != nil || second.CheckoutRequestID == ack.CheckoutRequestID {
		t.Errorf("a second one: %+v, %v", second, err)
	}
}

func TestWhatCallbacksSayWrong(t *testing.T) {
	tests := []struct {
		name  string
		plan  simulator.CallbackPlan
		check func(cb daraja.STKCallback, ack daraja.STKPushAck) bool
	}{
		{"nothing", simulator.CallbackPlan{}, func(cb daraja.STKCallback, ack daraja.STKPushAck) bool {
			return cb.Payment.Amount == 150*daraja.Shilling && cb.Payment.Phone == daraja.SandboxMSISDN.Digits() && cb.CheckoutRequestID == ack.CheckoutRequestID
		}},
		{"amount", simulator.CallbackPlan{Faults: simulator.Faults{"amount": "50.00"}}, func(cb daraja.STKCallback, _ daraja.STKPushAck) bool {
			return cb.Payment.Amount == 50*daraja.Shilling
		}},
		{"phone", simulator.CallbackPlan{Faults: simulator.Faults{"phone": "254711000003"}}, func(cb daraja.STKCallback, _ daraja.STKPushAck) bool {
			return cb.Payment.Phone == "254711000003"
		}},
		{"id", simulator.CallbackPlan{Faults: simulator.Faults{"unknown_id": "true"}}, func(cb daraja.STKCallback, ack daraja.STKPushAck) bool {
			return cb.CheckoutRequestID != ack.CheckoutRequestID && len(cb.CheckoutRequestID) == len(ack.CheckoutRequestID) &&
				daraja.ValidCheckoutRequestID(cb.CheckoutRequestID)
		}},
	}
	for _, tt := range tests {
		b := newBench(t, nil)
		b.apply(t, simulator.Setup{Decider: always(simulator.Outcome{By: "rule 1", Callback: tt.plan})})
		ack := b.push(t, order(daraja.SandboxMSISDN, 150))
		b.advance(t, time.Minute)
		if cb := b.sink.last(t); !tt.check(cb, ack) {
			t.Errorf("%s: %+v %+v", tt.name, cb, cb.Payment)
		}
		if l := b.Ledger(); len(l) != 1 || l[0].Amount != 150*daraja.Shilling || l[0].Phone() != daraja.SandboxMSISDN {
			t.Errorf("%s: the ledger must know better: %+v", tt.name, l)
		}
		got := b.sink.sent[0]
		if got.ID != ack.CheckoutRequestID || got.Payment != ack.CheckoutRequestID || got.Phone != daraja.SandboxMSISDN ||
			got.Reference != "INV-1" || got.By != "rule 1" || len(got.Faults) != len(tt.plan.Faults) {
			t.Errorf("%s: %+v", tt.name, got)
		}
	}
}

func TestMalformedCallback(t *testing.T) {
	for _, code := range []daraja.ResultCode{"0", "1032"} {
		b := newBench(t, nil)
		b.apply(t, simulator.Setup{Decider: always(simulator.Outcome{Result: code, Callback: simulator.CallbackPlan{Malformed: true}})})
		b.push(t, order(daraja.SandboxMSISDN, 150))
		b.advance(t, time.Minute)
		if _, err := daraja.DecodeSTKCallback(b.sink.sent[0].Body); err == nil || !strings.Contains(err.Error(), "JSON") {
			t.Errorf("%s: %s reads as %v", code, b.sink.sent[0].Body, err)
		}
	}
}

// The receipt that is reused may be another customer's.
func TestReusedReceiptOfAnotherCustomer(t *testing.T) {
	b := newBench(t, nil)
	b.push(t, order("254711000001", 10))
	b.advance(t, time.Minute)
	first := b.sink.last(t).Payment.Receipt
	b.apply(t, simulator.Setup{Decider: always(simulator.Outcome{Callback: simulator.CallbackPlan{Faults: oldReceipt(true)}})})
	b.push(t, order("254711000002", 10))
	b.push(t, order("254711000003", 10))
	b.advance(t, time.Minute)
	for _, sent := range b.sink.sent[1:] {
		if cb, err := daraja.DecodeSTKCallback(sent.Body); err != nil || cb.Payment.Receipt != first {
			t.Errorf("%s carries %s, want %s", sent.ID, cb.Payment.Receipt, first)
		}
	}
}

// A raw result is sent to the letter, moves money only when it is 0, and a query answers
// the same.
func TestRawResults(t *testing.T) {
	for name, c := range map[string]struct {
		outcome         simulator.Outcome
		callback, query string
		paid            bool
	}{
		"a code of no catalogue": {simulator.Outcome{Result: "TP40153", Desc: "no", Raw: true}, `"ResultCode":"TP40153","ResultDesc":"no"}`, `TP40153 no`, false},
		"an empty text":          {simulator.Outcome{Result: "1032", Raw: true}, `"ResultCode":1032,"ResultDesc":""}`, `1032 `, false},
		"a success":              {simulator.Outcome{Result: "0", Desc: "Fine.", Raw: true}, `"ResultCode":0,"ResultDesc":"Fine.","CallbackMetadata"`, `0 Fine.`, true},
		"a query that contradicts": {simulator.Outcome{Result: "0", Query: &simulator.QueryResult{Result: "1037", Desc: "DS timeout"}},
			`"ResultCode":0,"ResultDesc":"The service request is processed successfully.","CallbackMetadata"`, `1037 DS timeout`, true},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, nil)
			b.apply(t, simulator.Setup{Decider: always(c.outcome)})
			ack := b.push(t, order(daraja.SandboxMSISDN, 150))
			if open, err := b.ask(t, ack.CheckoutRequestID); err != nil || open.ResultCode != daraja.Text(daraja.ResultProcessing) {
				t.Errorf("query of the open prompt: %+v, %v", open, err)
			}
			b.advance(t, time.Minute)
			if body := string(b.sink.sent[0].Body); !strings.Contains(body, c.callback) {
				t.Errorf("callback %s, want %s", body, c.callback)
			}
			asked, err := b.ask(t, ack.CheckoutRequestID)
			if got := string(asked.ResultCode) + " " + asked.ResultDesc; err != nil || got != c.query {
				t.Errorf("query %q, %v, want %q", got, err, c.query)
			}
			if paid := b.sink.last(t).Payment != nil; paid != c.paid {
				t.Errorf("paid: %v", paid)
			}
		})
	}
}
