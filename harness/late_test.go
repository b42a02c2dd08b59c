package harness

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"
)

// A refusal that M-PESA gives after the gateway counted the push as lost comes by webhook: the
// order is answered 504. Before that it is the answer to the order, and no webhook comes.
func TestLateRefusal(t *testing.T) {
	for name, c := range map[string]struct {
		latency time.Duration
		late    bool
	}{
		"a second before the push counts as lost": {pushLost - time.Second, false},
		"a second after it":                       {pushLost + time.Second, true},
	} {
		t.Run(name, func(t *testing.T) {
			w := embeddedWorld(t)
			w.newCustomer()
			w.loaded = true
			rules := fmt.Sprintf("rules:\n  - when: {api: stkpush}\n    then: {reply: {latency: %s, error: 500.001.1001}}\n", c.latency)
			if err := try(func() { w.load(t.Context(), rules) }); err != nil {
				t.Fatal(err)
			}
			refusedAfter(t, w, c.latency, c.late)
			refused := try(func() { w.isRefusedByMpesa("") })
			if got := w.said.status == http.StatusGatewayTimeout; got != c.late || !got && refused != nil {
				t.Errorf("the order is answered %s", w.said)
			}
			if err := w.end(t.Context(), true); err != nil {
				t.Error(err)
			}
			err := try(func() {
				if n := len(w.partner.received(t.Context(), w.path())); n > 0 != c.late {
					t.Errorf("%d webhooks came", n)
				}
				w.audit(t.Context())
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
}

// embeddedWorld begins a scenario on an embedded stack of its own.
func embeddedWorld(t *testing.T) *world {
	t.Helper()
	stack, err := StartEmbedded(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := stack.Close(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	s, err := newSuite(t.Context(), stack, Options{Timeout: defaultTimeout})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.client.close)
	w := s.newWorld()
	if err := try(func() { w.begin(t.Context()) }); err != nil {
		t.Fatal(err)
	}
	return w
}

// refusedAfter makes an order, and moves the time to its refusal. Where that is late, the
// gateway counts the push as lost before.
func refusedAfter(t *testing.T, w *world, latency time.Duration, late bool) {
	t.Helper()
	stack := w.stack.(*embedded)
	done := make(chan error, 1)
	go func() { done <- try(func() { w.asks(t.Context(), 150) }) }()
	wait := func(what string, holds func() bool) {
		t.Helper()
		err := eventually(t.Context(), w.timeout, func(context.Context) error {
			if !holds() {
				return fmt.Errorf("%s: not so", what)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	wait("M-PESA has the push", stack.simulator.HasPendingReplies)
	if err := stack.Advance(t.Context(), latency-time.Millisecond); err != nil {
		t.Fatal(err)
	}
	if late {
		wait("the push counts as lost", func() bool { return w.stateOfTheOnly(t) == "unknown" })
	}
	if err := stack.Advance(t.Context(), time.Millisecond); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

// stateOfTheOnly is the state of the only payment, as the gateway's administration has it.
func (w *world) stateOfTheOnly(t *testing.T) string {
	t.Helper()
	base, token := w.stack.(Administered).Administration()
	var page struct {
		Payments []struct {
			State string `json:"state"`
		} `json:"payments"`
	}
	err := try(func() {
		w.partner.get(t.Context(), base+"/admin/v1/payments", map[string]string{"Authorization": "Bearer " + token}, &page)
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(page.Payments) != 1 {
		t.Fatalf("there are %d payments", len(page.Payments))
	}
	return page.Payments[0].State
}
