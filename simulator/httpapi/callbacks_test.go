package httpapi_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"reflect"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/callback"
	"github.com/darajabox/darajabox/simulator/clock"
	"github.com/darajabox/darajabox/simulator/httpapi"
	"github.com/darajabox/darajabox/simulator/people"
	"github.com/darajabox/darajabox/simulator/product/all"
	"github.com/darajabox/darajabox/simulator/product/stk"
)

// receiver is a merchant that reads callbacks from a connection and answers when the test says so.
type receiver struct {
	url    string
	bodies chan string
	answer chan int
}

func receive(t *testing.T) *receiver {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	m := &receiver{url: "http://" + l.Addr().String() + "/stk", bodies: make(chan string), answer: make(chan int)}
	var served sync.WaitGroup
	served.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			served.Go(func() { defer c.Close(); m.serve(t.Context(), c) })
		}
	})
	t.Cleanup(func() { _ = l.Close(); served.Wait() })
	return m
}

func (m *receiver) serve(ctx context.Context, c net.Conn) {
	in := bufio.NewReader(c)
	for {
		req, err := http.ReadRequest(in)
		if err != nil {
			return
		}
		body, err := io.ReadAll(req.Body)
		if err != nil {
			return
		}
		select {
		case m.bodies <- string(body):
		case <-ctx.Done():
			return
		}
		select {
		case status := <-m.answer:
			_, _ = fmt.Fprintf(c, "HTTP/1.1 %d x\r\nContent-Length: 0\r\n\r\n", status)
		case <-ctx.Done():
			return
		}
	}
}

// next is the next callback, before it is answered.
func (m *receiver) next(t *testing.T) string {
	t.Helper()
	select {
	case body := <-m.bodies:
		return body
	case <-t.Context().Done():
		t.Fatal("no callback came")
		return ""
	}
}

// take is the next callback, answered.
func (m *receiver) take(t *testing.T) string {
	t.Helper()
	body := m.next(t)
	m.answer <- http.StatusOK
	return body
}

// startWithSender is a rig whose callbacks go out, and who receives them.
func startWithSender(t *testing.T) (*rig, *receiver) {
	t.Helper()
	m := receive(t) // ends after the sender, which keeps its connections
	r := &rig{clock: clock.NewFrozen(epoch()), journal: newRecord(), sink: &sink{}}
	log := slog.New(slog.DiscardHandler)
	sender := callback.New(callback.Config{Clock: r.clock, Record: r.journal, Log: log})
	t.Cleanup(func() { _ = sender.Reset(t.Context()); _ = sender.Stop(t.Context()) })
	r.clock.SetIdle(sender.Idle)
	var err error
	r.world, err = simulator.New(simulator.Config{Products: all.Catalogue(), Seed: 1, Clock: r.clock, Sink: sender, People: people.ForNumber})
	if err != nil {
		t.Fatal(err)
	}
	r.served = &httpapi.World{ID: "default", Domain: r.world, Record: r.journal, Clock: r.clock, WaitForCallbacks: sender.Idle}
	r.worlds = newTestWorlds(r.served)
	r.Handler = httpapi.New(httpapi.Config{Products: all.Catalogue(), Worlds: r.worlds, Log: log})
	r.token = r.newToken(t)
	return r, m
}

// paid makes a payment and returns its acknowledgement and its callback.
func (r *rig) paid(t *testing.T, m *receiver, changes ...string) (daraja.STKPushAck, string) {
	t.Helper()
	ack := r.push(t, append([]string{"CallBackURL", quote(m.url)}, changes...)...)
	body := make(chan string, 1)
	go func() { body <- m.take(t) }()
	r.advance(t, 10*time.Second)
	return ack, <-body
}

// seenInBodies names the test that sees each fault in what a callback says; how it is
// sent is seen by the tests of the package callback.
func seenInBodies() map[string]func(*testing.T) {
	return map[string]func(*testing.T){
		"BeforeAck":        TestCallbackBeforeItsAcknowledgement,
		"reuse_receipt_of": TestReusedReceiptOnTheWire,
		"amount":           TestWrongAmountOnTheWire,
		"phone":            TestWrongPhoneOnTheWire,
		"unknown_id":       TestUnknownIDOnTheWire,
		"Malformed":        TestMalformedCallbackOnTheWire,
		"Raw":              TestRawCallbackOnTheWire,
	}
}

// sentElsewhere are the faults of sending, which the package callback has tests for.
func sentElsewhere() []string {
	return []string{"Delay", "Copies", "Gap", "Drop", "Reorder", "Reset", "SlowBody"}
}

func TestEveryFaultOfACallbackHasATest(t *testing.T) {
	tests := seenInBodies()
	for _, name := range sentElsewhere() {
		tests[name] = nil
	}
	var names []string
	for _, field := range reflect.VisibleFields(reflect.TypeFor[simulator.CallbackPlan]()) {
		if field.Name != "Faults" {
			names = append(names, field.Name)
		}
	}
	for _, fault := range stk.Product().Faults {
		names = append(names, fault.Name)
	}
	for _, name := range names {
		if _, ok := tests[name]; !ok {
			t.Errorf("there is no test that sees %s on the wire", name)
		}
	}
}

func TestWrongAmountOnTheWire(t *testing.T) {
	changed(t, simulator.CallbackPlan{Faults: simulator.Faults{"amount": "99.50"}}, `{"Name":"Amount","Value":99.50}`, "amount 99.50")
}

func TestWrongPhoneOnTheWire(t *testing.T) {
	changed(t, simulator.CallbackPlan{Faults: simulator.Faults{"phone": "254711111111"}}, `{"Name":"PhoneNumber","Value":254711111111}`, "phone 254711111111")
}

func changed(t *testing.T, p simulator.CallbackPlan, want, fault string) {
	t.Helper()
	r, m := startWithSender(t)
	r.apply(t, simulator.Setup{Decider: decider{By: "rule 2 of test", Result: "0", Callback: p}})
	_, body := r.paid(t, m)
	if !strings.Contains(body, want) {
		t.Errorf("callback %s has no %s", body, want)
	}
	records(t, r, 200, fault)
}

func TestReusedReceiptOnTheWire(t *testing.T) {
	r, m := startWithSender(t)
	_, first := r.paid(t, m)
	r.apply(t, simulator.Setup{Decider: decider{By: "rule 2 of test", Callback: simulator.CallbackPlan{Faults: simulator.Faults{"reuse_receipt_of": "previous"}}}})
	_, second := r.paid(t, m)
	receipt := regexp.MustCompile(`"MpesaReceiptNumber","Value":"([0-9A-Z]{10})"`)
	a, b := receipt.FindStringSubmatch(first), receipt.FindStringSubmatch(second)
	if a == nil || b == nil || a[1] != b[1] {
		t.Errorf("receipts of\n%s\n%s", first, second)
	}
	records(t, r, 200, "receipt of an earlier payment")
}

func TestUnknownIDOnTheWire(t *testing.T) {
	r, m := startWithSender(t)
	r.apply(t, simulator.Setup{Decider: decider{By: "rule 2 of test", Callback: simulator.CallbackPlan{Faults: simulator.Faults{"unknown_id": "true"}}}})
	ack, body := r.paid(t, m)
	cb, err := daraja.DecodeSTKCallback([]byte(body))
	if err != nil || cb.CheckoutRequestID == ack.CheckoutRequestID || !daraja.ValidCheckoutRequestID(cb.CheckoutRequestID) {
		t.Errorf("callback %s, %v", body, err)
	}
	records(t, r, 200, "unknown CheckoutRequestID")
	if w := r.query(cb.CheckoutRequestID); w.Code != 500 || !strings.Contains(w.Body.String(), "does not Exist") {
		t.Errorf("its query: HTTP %d %s", w.Code, w.Body)
	}
}

func TestMalformedCallbackOnTheWire(t *testing.T) {
	r, m := startWithSender(t)
	r.apply(t, simulator.Setup{Decider: decider{By: "rule 2 of test", Callback: simulator.CallbackPlan{Malformed: true}}})
	_, body := r.paid(t, m)
	if body == "" || json.Valid([]byte(body)) {
		t.Errorf("callback %q", body)
	}
	records(t, r, 200, "malformed")
}

// A raw callback has what the rule says, with values of the right one; names of headers
// stay as they are spelt.
func TestRawCallbackOnTheWire(t *testing.T) {
	body := `{"id":"${Body.stkCallback.CheckoutRequestID}","paid":${Body.stkCallback.CallbackMetadata.Item.0.Value},"none":"${Body.no}"}`
	r, m := startWithSender(t)
	raw := &simulator.RawCallback{Body: &body, Header: []simulator.Header{{Name: "content-Type", Value: "text/plain"}, {Name: "BusinessShortCode"}, {Name: "x-Sent-By", Value: "test"}}}
	r.apply(t, simulator.Setup{Decider: decider{By: "rule 2 of test", Callback: simulator.CallbackPlan{Raw: raw}}})
	ack, got := r.paid(t, m)
	if want := `{"id":"` + ack.CheckoutRequestID + `","paid":1.00,"none":"${Body.no}"}`; got != want {
		t.Errorf("callback %s, want %s", got, want)
	}
	records(t, r, 200, "raw body", "raw headers")
}
