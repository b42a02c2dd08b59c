package app_test

import (
	"strings"
	"testing"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/gateway"
)

// What came of a callback that broke off is kept with its reason, and settles nothing,
// even when it happens to be a whole success.
func TestIncompleteCallbackSettlesNothing(t *testing.T) {
	r := newRig(t, func(g *gateway.Gateway) { g.Strangers = 1 })
	id := r.mustAsk()
	for _, body := range [][]byte{r.paid(1, "RKT7S9T2UB", nil), r.failed(1, daraja.ResultCancelled), []byte(`{"Body":`), nil} {
		verdict, err := r.KeepIncomplete(t.Context(), r.token(id), gateway.Origin{Remote: "192.0.2.1"}, body, "the body broke off")
		if err != nil || verdict != "incomplete: the body broke off" {
			t.Errorf("got %q, %v", verdict, err)
		}
		r.is(id, gateway.Pending)
		r.read(func(tx gateway.Tx) error {
			kept, err := tx.CallbacksOf(id, 0, 100)
			if last := kept[len(kept)-1]; string(last.Body) != string(body) || last.Verdict != verdict || last.Remote != "192.0.2.1" {
				t.Errorf("kept %+v", last)
			}
			return err
		})
	}
	for _, want := range []string{gateway.VerdictNobody, gateway.VerdictDropped} { // one a minute is kept
		verdict, err := r.KeepIncomplete(t.Context(), strings.Repeat("0", 1000), gateway.Origin{}, []byte("x"), "the body broke off")
		if err != nil || verdict != want {
			t.Errorf("an unknown token: %q, %v; want %q", verdict, err, want)
		}
	}
	if got := r.called(id, gateway.Proven, r.paid(1, "RKT7S9T2UB", nil)); got != gateway.VerdictApplied {
		t.Errorf("sent again: %q", got)
	}
	r.is(id, gateway.Paid, "successful")
}
