package httpapi_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/journal"
	"github.com/darajabox/darajabox/simulator/product/oauth"
	"github.com/darajabox/darajabox/simulator/product/stk"
)

// seen names the test that sees each fault of an answer from outside, as bytes on a
// connection.
func seen() map[string]func(*testing.T) {
	return map[string]func(*testing.T){
		"Error":             TestErrorOnTheWire,
		"Page spike_arrest": TestSpikeArrestOnTheWire,
		"Page waf_403":      TestFirewallOnTheWire,
		"Page waf_503":      TestFirewallOnTheWire,
		"Page empty_400":    TestEmptyAnswerOnTheWire,
		"Raw":               TestRawAnswerOnTheWire,
		"Accepted":          TestAcceptedInSpiteOfItsAnswer,
		"RevokeToken":       TestRevokedTokenOnTheWire,
		"Latency":           TestLatencyOnTheWire,
		"SlowBody":          TestSlowBodyOnTheWire,
		"Damage truncated":  TestTruncatedOnTheWire,
		"Damage malformed":  TestMalformedOnTheWire,
		"Damage reset":      TestResetOnTheWire,
		"AfterCallback":     TestCallbackBeforeItsAcknowledgement,
		"By":                TestErrorOnTheWire, // no fault; the record has it
		"RequestID":         TestRefusals,       // no fault
	}
}

// A fault that is new has no test yet, and this one says so.
func TestEveryFaultHasATest(t *testing.T) {
	tests := seen()
	for _, field := range reflect.VisibleFields(reflect.TypeFor[simulator.ReplyFaults]()) {
		values := constants(t, field.Type.Name())
		if field.Type.PkgPath() != reflect.TypeFor[simulator.ReplyFaults]().PkgPath() || len(values) == 0 {
			values = []string{""}
		}
		for _, value := range values {
			name := strings.TrimSpace(field.Name + " " + value)
			if _, ok := tests[name]; !ok {
				t.Errorf("there is no test that sees %s on the wire", name)
			}
		}
	}
	for _, kind := range []string{"Page", "Damage"} {
		if len(constants(t, kind)) < 3 {
			t.Errorf("found only %v of %s", constants(t, kind), kind)
		}
	}
}

// constants are the values of the constants of a type of the domain.
func constants(t *testing.T, kind string) []string {
	t.Helper()
	source, err := os.ReadFile("../outcome.go")
	if err != nil {
		t.Fatal(err)
	}
	file, err := parser.ParseFile(token.NewFileSet(), "outcome.go", source, 0)
	if err != nil {
		t.Fatal(err)
	}
	var values []string
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if of, ok := spec.Type.(*ast.Ident); ok && of.Name == kind {
			value, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			values = append(values, value)
		}
		return true
	})
	return values
}

// rules decide by what is asked.
type rules func(simulator.Request) (simulator.Outcome, bool)

func (d rules) Decide(r simulator.Request) (simulator.Outcome, bool) { return d(r) }
func (d rules) Consume(simulator.Request, simulator.Outcome)         {}
func (d rules) Clone() simulator.Decider                             { return d }

// replies gives the first n calls of an API a reply.
func replies(api simulator.API, n int, reply simulator.ReplyFaults) rules {
	return func(r simulator.Request) (simulator.Outcome, bool) {
		if r.API != api || n == 0 {
			return simulator.Outcome{}, false
		}
		n--
		return simulator.Outcome{By: "rule 2 of test", Reply: reply}, true
	}
}

// wait waits until there are n records.
func (r *record) wait(t *testing.T, n int) {
	t.Helper()
	for {
		r.mu.Lock()
		more := r.more
		have := len(r.all)
		r.mu.Unlock()
		if have >= n {
			return
		}
		select {
		case <-more:
		case <-t.Context().Done():
			t.Fatal("waited in vain for a record")
		}
	}
}

func records(t *testing.T, r *rig, status int, faults ...string) {
	t.Helper()
	k := r.journal.last()
	if k.Status != status || k.By != "rule 2 of test" || !slices.Equal(k.Faults, faults) {
		t.Errorf("journal: status %d by %q, faults %q; want %d, %q", k.Status, k.By, k.Faults, status, faults)
	}
}

// does starts a rig where the first push gets a reply.
func does(t *testing.T, reply simulator.ReplyFaults) *rig {
	t.Helper()
	r := start(t, nil)
	r.apply(t, simulator.Setup{Decider: replies(stk.APIPush, 1, reply)})
	return r
}

func TestErrorOnTheWire(t *testing.T) {
	for _, e := range []daraja.Error{daraja.ErrBusy(), daraja.ErrSpikeArrest(), daraja.ErrInvalidToken(), daraja.ErrMaintenance(), daraja.ErrQuota()} {
		r := does(t, simulator.ReplyFaults{Error: &e})
		c := r.call(t)
		c.send(t, r)
		status, header, body := c.answer(t)
		if status != fmt.Sprintf("%d %s", e.Status, http.StatusText(e.Status)) || header["Content-Type"] != "application/json;charset=UTF-8" {
			t.Errorf("%s: %s, %v", e.Code, status, header)
		}
		if want := fmt.Sprintf(`","errorCode":%q,"errorMessage":%q}`, e.Code, e.Message); !strings.HasPrefix(body, `{"requestId":"`) || !strings.HasSuffix(body, want) {
			t.Errorf("body %s, want …%s", body, want)
		}
		records(t, r, e.Status, "error "+e.Code)
		if why := r.journal.last().Reason; !strings.Contains(why, "rule 2 of test") {
			t.Errorf("reason %q does not say who decided", why)
		}
		c.send(t, r) // nothing was carried out, and the phone is free
		if status, _, body := c.answer(t); status != "200 OK" {
			t.Errorf("after %s: %s %s", e.Code, status, body)
		}
	}
}

func TestSpikeArrestOnTheWire(t *testing.T) {
	r := does(t, simulator.ReplyFaults{Page: simulator.PageSpikeArrest})
	c := r.call(t)
	c.send(t, r)
	status, header, body := c.answer(t)
	const want = `{"fault":{"faultstring":"Spike arrest violation. Allowed rate : MessageRate{messagesPerPeriod=5, periodInMicroseconds=1000000, maxBurstMessageCount=1.0}","detail":{"errorcode":"policies.ratelimit.SpikeArrestViolation"}}}`
	if status != "429 Too Many Requests" || header["Content-Type"] != "application/json" || body != want {
		t.Errorf("%s %s\n%s\nwant\n%s", status, header["Content-Type"], body, want)
	}
	records(t, r, 429, "page spike_arrest")
	if why := r.journal.last().Reason; !strings.Contains(why, "spike_arrest") || !strings.Contains(why, "rule 2 of test") {
		t.Errorf("reason %q", why)
	}
}

func TestFirewallOnTheWire(t *testing.T) {
	for page, want := range map[simulator.Page]string{simulator.PageWAF403: "403 Forbidden", simulator.PageWAF503: "503 Service Unavailable"} {
		r := does(t, simulator.ReplyFaults{Page: page})
		c := r.call(t)
		c.send(t, r)
		status, header, body := c.answer(t)
		if status != want || header["Content-Type"] != "text/html" || !strings.HasPrefix(body, "<html ") || !strings.Contains(body, "Incapsula incident ID: ") {
			t.Errorf("%s %v\n%s", status, header, body)
		}
		records(t, r, r.journal.last().Status, "page "+string(page))
		// OAuth stands behind it, too.
		r.apply(t, simulator.Setup{Decider: replies(oauth.API, 1, simulator.ReplyFaults{Page: page})})
		if w := r.do(tokenRequest("sandbox", "sandbox", "client_credentials")); !strings.HasPrefix(want, strconv.Itoa(w.Code)) || strings.Contains(w.Body.String(), "access_token") {
			t.Errorf("OAuth: HTTP %d %s", w.Code, w.Body)
		}
	}
}

func TestEmptyAnswerOnTheWire(t *testing.T) {
	r := does(t, simulator.ReplyFaults{Page: simulator.PageEmpty400})
	c := r.call(t)
	c.send(t, r)
	status, header, body := c.answer(t)
	if _, typed := header["Content-Type"]; status != "400 Bad Request" || body != "" || typed {
		t.Errorf("%s %v %q", status, header, body)
	}
	records(t, r, 400, "page empty_400")
}

// Headers are spelt as they are written, and an answer with no type has none.
func TestRawAnswerOnTheWire(t *testing.T) {
	for name, c := range map[string]struct {
		raw    simulator.RawReply
		status string
		header map[string]string // "" is absent
	}{
		"empty":   {simulator.RawReply{Status: 404}, "404 Not Found", map[string]string{"Content-Type": "", "Content-Length": "0"}},
		"body":    {simulator.RawReply{Status: 200, Body: "{"}, "200 OK", map[string]string{"Content-Type": "application/json;charset=UTF-8"}},
		"headers": {simulator.RawReply{Status: 504, Header: []simulator.Header{{Name: "content-type", Value: "text/xml"}, {Name: "x-ID", Value: "7"}}, Body: "<a/>"}, "504 Gateway Timeout", map[string]string{"content-type": "text/xml", "Content-Type": "", "x-ID": "7"}},
		"no type": {simulator.RawReply{Status: 200, Header: []simulator.Header{{Name: "Content-Type"}}, Body: "<html>"}, "200 OK", map[string]string{"Content-Type": ""}},
	} {
		r := does(t, simulator.ReplyFaults{Raw: &c.raw})
		in := r.call(t)
		in.send(t, r)
		status, header, body := in.answer(t)
		if status != c.status || body != c.raw.Body {
			t.Errorf("%s: %s %q", name, status, body)
		}
		for key, want := range c.header {
			if header[key] != want {
				t.Errorf("%s: %s is %q, want %q: %v", name, key, header[key], want, header)
			}
		}
		records(t, r, c.raw.Status, fmt.Sprintf("raw answer %d", c.raw.Status))
	}
}

// An envelope with nothing in it is another answer than none.
func TestErrorWithoutACodeOnTheWire(t *testing.T) {
	r := does(t, simulator.ReplyFaults{Error: &daraja.Error{Status: 200}})
	c := r.call(t)
	c.send(t, r)
	if status, _, body := c.answer(t); status != "200 OK" || !strings.HasSuffix(body, `","errorCode":"","errorMessage":""}`) {
		t.Errorf("%s %s", status, body)
	}
}

// The caller is refused, and the customer pays all the same.
func TestAcceptedInSpiteOfItsAnswer(t *testing.T) {
	busy := daraja.ErrBusy()
	for name, reply := range map[string]simulator.ReplyFaults{
		"Error": {Error: &busy, Accepted: true}, "Page": {Page: simulator.PageWAF503, Accepted: true},
		"Raw": {Raw: &simulator.RawReply{Status: 504}, Accepted: true},
	} {
		r := does(t, reply)
		c := r.call(t)
		c.send(t, r)
		if status, _, body := c.answer(t); !strings.HasPrefix(status, "50") {
			t.Errorf("%s: %s %s", name, status, body)
		}
		if k := r.journal.last(); !slices.Contains(k.Faults, "carried out all the same") || k.Payment == "" {
			t.Errorf("%s: journal has payment %q, faults %q", name, k.Payment, k.Faults)
		}
		if cb := r.callback(t); !strings.Contains(cb, `"ResultCode":0,`) {
			t.Errorf("%s: callback %s", name, cb)
		}
	}
}

func TestRevokedTokenOnTheWire(t *testing.T) {
	r := does(t, simulator.ReplyFaults{RevokeToken: true})
	c := r.call(t)
	for range 2 { // by the rule, and since the token is gone
		c.send(t, r)
		status, _, body := c.answer(t)
		if status != "404 Not Found" || !strings.HasSuffix(body, `"errorCode":"404.001.03","errorMessage":"Invalid Access Token"}`) {
			t.Errorf("%s %s", status, body)
		}
		if k := r.journal.last(); len(r.journal.list()) == 2 && !slices.Equal(k.Faults, []string{"token revoked"}) {
			t.Errorf("journal: faults %q", k.Faults)
		}
	}
	r.advance(t, time.Second) // another token
	r.token = r.newToken(t)
	c.send(t, r)
	if status, _, body := c.answer(t); status != "200 OK" {
		t.Errorf("with a new token: %s %s", status, body)
	}
}

func TestLatencyOnTheWire(t *testing.T) {
	r := does(t, simulator.ReplyFaults{Latency: 3 * time.Second})
	c := r.call(t)
	c.send(t, r)
	r.journal.wait(t, 2)
	records(t, r, 200, "latency 3s")
	c.silent(t)
	r.advance(t, 3*time.Second-1)
	c.silent(t)
	r.advance(t, 1)
	if status, _, body := c.answer(t); status != "200 OK" || !strings.Contains(body, `"ResponseCode":"0"`) {
		t.Errorf("%s %s", status, body)
	}
}

// The first bytes come at once, the rest as time goes on.
func TestSlowBodyOnTheWire(t *testing.T) {
	r := does(t, simulator.ReplyFaults{Latency: time.Second, SlowBody: 9 * time.Second})
	c := r.call(t)
	c.send(t, r)
	r.journal.wait(t, 2)
	records(t, r, 200, "latency 1s", "slow body 9s")
	c.silent(t)
	r.advance(t, time.Second)
	status, header := c.head(t)
	n, err := strconv.Atoi(header["Content-Length"])
	if status != "200 OK" || err != nil || header["Transfer-Encoding"] != "" {
		t.Fatalf("%s %v", status, header)
	}
	var body []byte
	for i := 1; i <= 10; i++ {
		piece := make([]byte, n*i/10-len(body))
		if _, err := io.ReadFull(c.in, piece); err != nil {
			t.Fatalf("after %d s: %v", i, err)
		}
		body = append(body, piece...)
		if i < 10 {
			c.silent(t)
			r.advance(t, time.Second)
		}
	}
	if !json.Valid(body) || len(body) != n {
		t.Errorf("the body is %s", body)
	}
	c.send(t, r, phone("254712345678")...) // the connection is in order
	if status, _, body := c.answer(t); status != "200 OK" {
		t.Errorf("%s %s", status, body)
	}
}

// One move of the clock past its end is enough for a slow body.
func TestSlowBodyInOneMove(t *testing.T) {
	r := does(t, simulator.ReplyFaults{SlowBody: time.Minute})
	c := r.call(t)
	c.send(t, r)
	r.journal.wait(t, 2)
	r.advance(t, time.Minute)
	if status, _, body := c.answer(t); status != "200 OK" || !json.Valid([]byte(body)) {
		t.Errorf("%s %s", status, body)
	}
}

func TestTruncatedOnTheWire(t *testing.T) {
	r := does(t, simulator.ReplyFaults{Damage: simulator.DamageTruncated})
	c := r.call(t)
	c.send(t, r)
	status, header := c.head(t)
	n, err := strconv.Atoi(header["Content-Length"])
	if status != "200 OK" || err != nil {
		t.Fatalf("%s %v", status, header)
	}
	body, err := io.ReadAll(c.in) // to the end of the connection, which is a polite one
	if err != nil || len(body) != n/2 || !strings.HasPrefix(string(body), `{"MerchantRequestID":"`) {
		t.Errorf("%d of %d bytes, then %v: %s", len(body), n, err, body)
	}
	records(t, r, 200, "truncated")
	if k := r.journal.last(); !strings.HasPrefix(string(journal.RedactBody(k.Response)), `"{\"MerchantRequestID`) || k.Payment == "" {
		t.Errorf("journal: %s, payment %q", k.Response, k.Payment)
	}
}

func TestMalformedOnTheWire(t *testing.T) {
	r := does(t, simulator.ReplyFaults{Damage: simulator.DamageMalformed})
	c := r.call(t)
	c.send(t, r)
	status, header, body := c.answer(t)
	if status != "200 OK" || json.Valid([]byte(body)) || !strings.HasPrefix(body, `{"MerchantRequestID":"`) || header["Content-Type"] != "application/json;charset=UTF-8" {
		t.Errorf("%s %v %s", status, header, body)
	}
	records(t, r, 200, "malformed")
	c.send(t, r, phone("254712345678")...) // the answer was complete, so that the connection is in order
	if status, _, body := c.answer(t); status != "200 OK" || !json.Valid([]byte(body)) {
		t.Errorf("%s %s", status, body)
	}
}

func TestResetOnTheWire(t *testing.T) {
	for name, reply := range map[string]simulator.ReplyFaults{
		"at once": {Damage: simulator.DamageReset}, "late": {Damage: simulator.DamageReset, Latency: time.Second},
	} {
		r := does(t, reply)
		c := r.call(t)
		c.send(t, r)
		r.journal.wait(t, 2) // the record is there before the caller knows
		if reply.Latency > 0 {
			c.silent(t)
			r.advance(t, time.Second)
		}
		if b, err := c.in.ReadByte(); !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("%s: got %q, %v; want a reset", name, b, err)
		}
		k := r.journal.last()
		if k.Status != 0 || k.Error == "" || k.Faults[len(k.Faults)-1] != "reset" || string(journal.RedactBody(k.Response)) != `""` {
			t.Errorf("%s: journal: %+v", name, k)
		}
		if cb := r.callback(t); !strings.Contains(cb, `"ResultCode":0,`) { // it was carried out
			t.Errorf("%s: %s", name, cb)
		}
	}
}

// What damages an answer damages a refusal as well, and one without a body.
func TestDamagedRefusals(t *testing.T) {
	busy := daraja.ErrBusy()
	for damage, want := range map[simulator.Damage]string{
		simulator.DamageTruncated: "Content-Length: 2\r\n\r\n", simulator.DamageMalformed: "Content-Length: 1\r\n\r\n{",
	} {
		r := does(t, simulator.ReplyFaults{Page: simulator.PageEmpty400, Damage: damage})
		c := r.call(t)
		c.send(t, r)
		_ = c.Conn.(*net.TCPConn).CloseWrite()
		raw, _ := io.ReadAll(c.in)
		head, body, _ := strings.Cut(string(raw), "\r\n\r\n")
		if !strings.HasPrefix(head, "HTTP/1.1 400") || !strings.Contains(head+"\r\n\r\n"+body, want[:len("Content-Length: 1")]) || !strings.HasSuffix(want, "\r\n\r\n"+body) {
			t.Errorf("%s: %s", damage, raw)
		}
		r = does(t, simulator.ReplyFaults{Error: &busy, Damage: damage})
		c = r.call(t)
		c.send(t, r)
		if status, _ := c.head(t); status != "500 Internal Server Error" {
			t.Errorf("%s: %s", damage, status)
		}
		records(t, r, 500, "error 500.003.02", string(damage))
	}
}

// A caller that leaves does not leave anything behind, and a server's time-outs are not
// for answers that wait on the world's clock.
func TestAnswersThatWait(t *testing.T) {
	t.Run("no such person", func(t *testing.T) {
		r := does(t, simulator.ReplyFaults{Page: simulator.PageEmpty400, Latency: time.Hour, SlowBody: time.Hour})
		server := httptest.NewServer(r)
		c := dial(t, server.Listener.Addr().String())
		c.send(t, r)
		r.journal.wait(t, 2)
		_ = c.Close()
		server.Close() // waits for what is being answered
		if next, waits := r.clock.Next(); waits {
			t.Errorf("the clock has something to do at %s still", next)
		}
	})
	t.Run("time-outs", func(t *testing.T) {
		r := does(t, simulator.ReplyFaults{Latency: time.Hour, SlowBody: time.Hour})
		server := httptest.NewUnstartedServer(r)
		server.Config.ReadTimeout, server.Config.WriteTimeout = 50*time.Millisecond, 50*time.Millisecond
		server.Start()
		t.Cleanup(server.Close)
		c := dial(t, server.Listener.Addr().String())
		c.send(t, r)
		r.journal.wait(t, 2)
		longer := time.NewTimer(150 * time.Millisecond)
		<-longer.C
		r.advance(t, 2*time.Hour)
		if status, _, body := c.answer(t); status != "200 OK" || !json.Valid([]byte(body)) {
			t.Errorf("%s %s", status, body)
		}
	})
}

// The receiver has the callback while the caller waits for its acknowledgement.
func TestCallbackBeforeItsAcknowledgement(t *testing.T) {
	r, m := startWithSender(t)
	r.apply(t, simulator.Setup{Decider: decider{By: "rule 2 of test", Callback: simulator.CallbackPlan{BeforeAck: true}}})
	c := r.call(t)
	c.send(t, r, "CallBackURL", quote(m.url))
	body := m.next(t)
	if !strings.Contains(body, `"ResultCode":0,`) {
		t.Errorf("callback %s", body)
	}
	c.silent(t)
	if k := r.journal.last(); k.API == stk.APIPush && k.Kind == "request" {
		t.Errorf("the acknowledgement is on record already: %+v", k)
	}
	m.answer <- http.StatusOK
	status, _, ack := c.answer(t)
	var a daraja.STKPushAck
	if err := json.Unmarshal([]byte(ack), &a); err != nil || status != "200 OK" || !strings.Contains(body, a.CheckoutRequestID) {
		t.Errorf("%s %s", status, ack)
	}
	records(t, r, 200, "after the callback")
	all := r.journal.list()
	if cb := all[len(all)-2]; cb.Kind != "callback" || cb.Status != 200 || !slices.Equal(cb.Faults, []string{"before the acknowledgement"}) {
		t.Errorf("before it: %+v", cb)
	}
}
