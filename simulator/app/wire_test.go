package app_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator/app"
)

// wireRow is a fault as a tester writes it, and what a client sees of it.
type wireRow struct {
	then string // of the one rule
	see  func(*outside)
}

// outside has connections to a simulator, and nothing else.
type outside struct {
	*sim
	t    *testing.T
	shop *rawShop
}

// wireRows has each key of reply and callback, and each value of page and damage.
func wireRows() map[string]wireRow {
	paid := func(see func(o *outside, ack daraja.STKPushAck, cb daraja.STKCallback)) func(*outside) {
		return func(o *outside) {
			ack := o.accepted(o.t, "254712345678", o.shop.url)
			o.advance(o.t, "10s")
			o.shop.count(o.t, 1)
			cb, err := daraja.DecodeSTKCallback([]byte(o.shop.all()[0]))
			if err != nil || cb.Payment == nil {
				o.t.Fatalf("callback %s: %v", o.shop.all()[0], err)
			}
			see(o, ack, cb)
		}
	}
	html := []string{"Content-Type: text/html", "<html ", "Incapsula incident ID: "}
	return map[string]wireRow{
		"reply.error":             {`{reply: {error: 500.003.02}}`, answers("HTTP/1.1 500 ", `"errorCode":"500.003.02"`)},
		"reply.page spike_arrest": {`{reply: {page: spike_arrest}}`, answers("HTTP/1.1 429 ", "policies.ratelimit.SpikeArrestViolation")},
		"reply.page waf_403":      {`{reply: {page: waf_403}}`, answers(append(html, "HTTP/1.1 403 ")...)},
		"reply.page waf_503":      {`{reply: {page: waf_503}}`, answers(append(html, "HTTP/1.1 503 ")...)},
		"reply.page empty_400":    {`{reply: {page: empty_400}}`, answers("HTTP/1.1 400 ", "Content-Length: 0\r\n")},
		"reply.raw_error":         {`{reply: {raw_error: {status: 200, code: 500.001.1001}}}`, answers("HTTP/1.1 200 ", `"errorCode":"500.001.1001","errorMessage":""}`)},
		"reply.raw":               {`{reply: {raw: {status: 404, headers: {X-Gone: very}}}}`, answers("HTTP/1.1 404 ", "X-Gone: very\r\n", "Content-Length: 0\r\n")},
		"reply.accepted": {`{reply: {page: waf_503, accepted: true}}`, func(o *outside) {
			answers("HTTP/1.1 503 ")(o)
			o.advance(o.t, "10s")
			o.shop.count(o.t, 1)
		}},
		"reply.revoke_token":     {`{reply: {revoke_token: true}}`, seeRevoked},
		"reply.latency":          {`{reply: {latency: 5s}}`, seeLatency},
		"reply.slow_body":        {`{reply: {slow_body: 9s}}`, seeSlowAnswer},
		"reply.damage truncated": {`{reply: {damage: truncated}}`, seeTruncated},
		"reply.damage malformed": {`{reply: {damage: malformed}}`, func(o *outside) {
			if _, body, err := o.exchange(o.t, o.shop.url); err != nil || !strings.HasPrefix(body, `{"MerchantRequestID":`) || json.Valid([]byte(body)) {
				o.t.Errorf("%v, body %s", err, body)
			}
		}},
		"reply.damage reset": {`{reply: {damage: reset}}`, func(o *outside) {
			if head, _, err := o.exchange(o.t, o.shop.url); !errors.Is(err, syscall.ECONNRESET) || head != "" {
				o.t.Errorf("%v after %q, want a reset", err, head)
			}
		}},

		"callback.delay":  {`{result: 0, after: 1s, callback: {delay: 3s}}`, counts("3999ms", 0, "1ms", 1)},
		"callback.copies": {`{result: 0, after: 1s, callback: {copies: 3}}`, counts("999ms", 0, "1ms", 3)},
		"callback.gap":    {`{result: 0, after: 1s, callback: {copies: 3, gap: 2s}}`, counts("1s", 1, "1999ms", 1, "1ms", 2, "2s", 3)},
		"callback.drop": {`{result: 0, after: 1s, callback: {drop: true}}`, func(o *outside) {
			ack := o.accepted(o.t, "254712345678", o.shop.url)
			o.advance(o.t, "10m")
			o.shop.count(o.t, 0)
			if _, body := o.query(o.t, ack.CheckoutRequestID); !strings.Contains(body, `"ResultCode":"0"`) {
				o.t.Errorf("query %s", body)
			}
		}},
		"callback.reorder":    {`{result: 0, after: 1s, callback: {reorder: 2}}`, seeReordered},
		"callback.before_ack": {`{result: 0, callback: {before_ack: true}}`, seeCallbackFirst},
		"callback.reuse_receipt_of": {`{result: 0, callback: {reuse_receipt_of: previous}}`, func(o *outside) {
			for _, number := range []string{"254712345678", "254712345679"} {
				o.accepted(o.t, number, o.shop.url)
				o.advance(o.t, "10s")
			}
			o.shop.count(o.t, 2)
			receipt := regexp.MustCompile(`"MpesaReceiptNumber","Value":"\w{10}"`)
			if one, two := receipt.FindString(o.shop.all()[0]), receipt.FindString(o.shop.all()[1]); one == "" || one != two {
				o.t.Errorf("receipts %s, %s", one, two)
			}
		}},
		"callback.amount": {`{result: 0, callback: {amount: 99}}`, paid(func(o *outside, _ daraja.STKPushAck, cb daraja.STKCallback) {
			if cb.Payment.Amount != 99*daraja.Shilling {
				o.t.Errorf("amount %s", cb.Payment.Amount)
			}
		})},
		"callback.phone": {`{result: 0, callback: {phone: 254711000111}}`, paid(func(o *outside, _ daraja.STKPushAck, cb daraja.STKCallback) {
			if cb.Payment.Phone != "254711000111" {
				o.t.Errorf("phone %s", cb.Payment.Phone)
			}
		})},
		"callback.unknown_id": {`{result: 0, callback: {unknown_id: true}}`, paid(func(o *outside, ack daraja.STKPushAck, cb daraja.STKCallback) {
			if cb.CheckoutRequestID == ack.CheckoutRequestID || !daraja.ValidCheckoutRequestID(cb.CheckoutRequestID) {
				o.t.Errorf("CheckoutRequestID %s", cb.CheckoutRequestID)
			}
		})},
		"callback.malformed": {`{result: 0, callback: {malformed: true}}`, func(o *outside) {
			o.accepted(o.t, "254712345678", o.shop.url)
			o.advance(o.t, "10s")
			o.shop.count(o.t, 1)
			if body := o.shop.all()[0]; !strings.HasPrefix(body, `{"Body":`) || json.Valid([]byte(body)) {
				o.t.Errorf("callback %s", body)
			}
		}},
		"callback.raw": {`{result: 0, callback: {raw: {body: "${Body.stkCallback.ResultCode} ${Body.nothing}"}}}`, func(o *outside) {
			o.accepted(o.t, "254712345678", o.shop.url)
			o.advance(o.t, "10s")
			o.shop.count(o.t, 1)
			if body := o.shop.all()[0]; body != "0 ${Body.nothing}" {
				o.t.Errorf("callback %s", body)
			}
		}},
		"callback.reset": {`{result: 0, callback: {reset: true}}`, func(o *outside) {
			o.accepted(o.t, "254712345678", o.shop.url)
			o.advance(o.t, "10s")
			if err := <-o.shop.broken; !errors.Is(err, syscall.ECONNRESET) {
				o.t.Errorf("%v, want a reset", err)
			}
			o.shop.count(o.t, 0)
		}},
		"callback.slow_body": {`{result: 0, after: 1s, callback: {slow_body: 9s}}`, counts("9999ms", 0, "1s", 1)},
		"redirect not followed": {`{result: 0}`, func(o *outside) {
			other := listenRaw(o.t)
			o.shop.answer = func() string { return "HTTP/1.1 307 x\r\nContent-Length: 0\r\nLocation: " + other.url + "\r\n\r\n" }
			o.accepted(o.t, "254712345678", o.shop.url)
			o.advance(o.t, "10m")
			o.shop.count(o.t, 1)
			other.count(o.t, 0)
		}},
	}
}

// Each fault, from the scenario that a tester writes to what is seen by a client that has
// nothing but connections to the simulator.
func TestFaultsFromOutside(t *testing.T) {
	rows := wireRows()
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			row.see(watch(t, row.then))
		})
	}
	s := start(t, app.Config{})
	for _, key := range faultKeys(t, s) {
		if _, ok := rows[key]; !ok {
			t.Errorf("%s is in no row", key)
		}
	}
}

// watch starts a simulator on a clock that stands still whose one rule is for pushes.
func watch(t *testing.T, then string) *outside {
	t.Helper()
	s := start(t, app.Config{Frozen: true, StartAt: noon(), ScenarioSource: []byte("rules: [{then: " + then + "}]\n")})
	return &outside{sim: s, t: t, shop: listenRaw(t)}
}

// faultKeys are the keys of reply and callback that the language has, by the schema that
// the simulator serves; page and damage with each of their values.
func faultKeys(t *testing.T, s *sim) []string {
	t.Helper()
	var schema struct {
		Defs map[string]struct {
			Properties map[string]struct {
				Enum []any `json:"enum"` // strings, of page and damage
			} `json:"properties"`
		} `json:"$defs"`
	}
	if err := json.Unmarshal([]byte(s.ask(t, http.MethodGet, "/scenarios/schema.json", "")), &schema); err != nil {
		t.Fatal(err)
	}
	var keys []string
	for _, group := range []string{"reply", "callback"} {
		for key, property := range schema.Defs[group].Properties {
			if key != "page" && key != "damage" {
				keys = append(keys, group+"."+key)
			}
			for _, value := range property.Enum {
				keys = append(keys, fmt.Sprintf("%s.%s %s", group, key, value))
			}
		}
	}
	if len(keys) < 25 {
		t.Fatalf("the schema has only %q", keys)
	}
	return keys
}

// Any refusal of the catalogue can be asked for, by code and message.
func TestErrorsFromOutside(t *testing.T) {
	for _, e := range daraja.Errors() {
		s := watch(t, fmt.Sprintf(`{reply: {error: {code: %q, message: %q}}}`, e.Code, e.Message))
		want := []string{fmt.Sprintf("HTTP/1.1 %d ", e.Status), fmt.Sprintf(`"errorCode":%q,"errorMessage":%q}`, e.Code, e.Message)}
		answers(want...)(s)
	}
}

// The edge's spike arrest comes by rate, and by chance.
func TestSpikeArrestByRateAndByChance(t *testing.T) {
	statuses := func(rule string, pushes int) map[int]int {
		s := start(t, app.Config{Seed: 1, Frozen: true, StartAt: noon(), ScenarioSource: []byte("rules: [" + rule + "]\n")})
		seen := map[int]int{}
		for n := range pushes {
			status, _ := s.push(t, fmt.Sprintf("2547120000%02d", n), "https://merchant.example/stk")
			seen[status]++
		}
		s.advance(t, "1s")
		status, body := s.push(t, "254712000099", "https://merchant.example/stk")
		if !strings.HasPrefix(rule, "{chance") && status != http.StatusOK {
			t.Errorf("a second later: HTTP %d %s", status, body)
		}
		return seen
	}
	if seen := statuses(`{when: {rate: "> 3/s"}, then: {reply: {page: spike_arrest}}}`, 5); !maps.Equal(seen, map[int]int{200: 3, 429: 2}) {
		t.Errorf("by rate: %v", seen)
	}
	if seen := statuses(`{chance: 50%, then: {reply: {page: spike_arrest}}}`, 60); seen[429] < 15 || seen[200] < 15 || seen[429]+seen[200] != 60 {
		t.Errorf("by chance: %v", seen)
	}
}

// answers sees the parts in an answer.
func answers(parts ...string) func(*outside) {
	return func(o *outside) {
		o.t.Helper()
		head, body, err := o.exchange(o.t, o.shop.url)
		if err != nil {
			o.t.Error(err)
		}
		for _, part := range parts {
			if raw := head + "\r\n" + body; !strings.Contains(raw, part) {
				o.t.Errorf("%q is not in\n%s", part, raw)
			}
		}
	}
}

// counts sees how many callbacks have come after each move of the clock.
func counts(moves ...any) func(*outside) {
	return func(o *outside) {
		o.t.Helper()
		o.accepted(o.t, "254712345678", o.shop.url)
		for move := range slices.Chunk(moves, 2) {
			o.advance(o.t, move[0].(string))
			o.shop.count(o.t, move[1].(int))
		}
	}
}

func seeRevoked(o *outside) {
	w := o.create(o.t, `{"scenario_source":"rules: [{when: {api: stkquery}, then: {reply: {revoke_token: true}}}]"}`)
	ack := w.accepted(o.t, "254712345678", o.shop.url)
	const invalid = `"errorCode":"404.001.03"`
	if status, body := w.query(o.t, ack.CheckoutRequestID); status != 404 || !strings.Contains(body, invalid) {
		o.t.Errorf("the query that revokes: HTTP %d %s", status, body)
	}
	if status, body := w.push(o.t, "254712345679", o.shop.url); status != 404 || !strings.Contains(body, invalid) {
		o.t.Errorf("with a token that was valid a moment ago: HTTP %d %s", status, body)
	}
	w.token = ""
	w.accepted(o.t, "254712345679", o.shop.url)
}

func seeLatency(o *outside) {
	c := o.begin(o.t, o.shop.url)
	o.advance(o.t, "4999ms")
	_ = c.SetReadDeadline(time.Now().Add(10 * time.Millisecond))
	if b, err := c.in.Peek(1); err == nil {
		o.t.Errorf("answered before the time: %q", b)
	}
	_ = c.SetReadDeadline(time.Now().Add(20 * time.Second))
	o.advance(o.t, "1ms")
	if head, body, err := c.rest(); err != nil || !strings.HasPrefix(head, "HTTP/1.1 200 ") || !strings.Contains(body, `"ResponseCode":"0"`) {
		o.t.Errorf("%v\n%s\n%s", err, head, body)
	}
}

func seeSlowAnswer(o *outside) {
	c := o.begin(o.t, o.shop.url)
	o.advance(o.t, "8999ms")
	first := make([]byte, len("HTTP/1.1 200 "))
	if _, err := io.ReadFull(c.in, first); err != nil || string(first) != "HTTP/1.1 200 " {
		o.t.Errorf("%v, begins with %q", err, first)
	}
	done := make(chan string, 1)
	go func() { _, body, _ := c.rest(); done <- body }()
	select {
	case body := <-done:
		o.t.Errorf("all of it came before the time: %s", body)
	default:
	}
	o.advance(o.t, "1ms")
	if body := <-done; !json.Valid([]byte(body)) {
		o.t.Errorf("body %s", body)
	}
}

func seeTruncated(o *outside) {
	head, body, err := o.exchange(o.t, o.shop.url)
	_, length, _ := strings.Cut(head, "Content-Length: ")
	length, _, _ = strings.Cut(length, "\r\n")
	if whole, bad := strconv.Atoi(length); err != nil || bad != nil || !strings.HasPrefix(body, `{"MerchantRequestID":`) || len(body) >= whole {
		o.t.Errorf("%v, %d of %s bytes: %s", err, len(body), length, body)
	}
}

func seeReordered(o *outside) {
	var ids []string
	for n := range 3 {
		ids = append(ids, o.accepted(o.t, fmt.Sprintf("25471234567%d", n), o.shop.url).CheckoutRequestID)
		o.advance(o.t, "1s")
		o.shop.count(o.t, n/2*3)
	}
	for i, body := range o.shop.all() {
		if !strings.Contains(body, ids[2-i]) {
			o.t.Errorf("callback %d is not that of %s: %s", i+1, ids[2-i], body)
		}
	}
}

func seeCallbackFirst(o *outside) {
	came, resume := make(chan struct{}), make(chan struct{})
	o.shop.answer = func() string { close(came); <-resume; return okAnswer }
	c := o.dial(o.t, o.shop.url)
	<-came
	_ = c.SetReadDeadline(time.Now().Add(10 * time.Millisecond))
	if b, err := c.in.Peek(1); err == nil {
		o.t.Errorf("the acknowledgement came before the callback was answered: %q", b)
	}
	_ = c.SetReadDeadline(time.Now().Add(20 * time.Second))
	close(resume)
	var ack daraja.STKPushAck
	if _, body, err := c.rest(); err != nil || json.Unmarshal([]byte(body), &ack) != nil || !strings.Contains(o.shop.all()[0], ack.CheckoutRequestID) {
		o.t.Errorf("%v, %s", err, body)
	}
}
