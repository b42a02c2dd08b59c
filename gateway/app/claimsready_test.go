package app_test

import (
	"testing"
	"time"

	"github.com/darajabox/darajabox/gateway"
	"github.com/darajabox/darajabox/gateway/ops"
)

// One without proof does not make a replica unready that has nothing to do.
func TestReplicaStaysReady(t *testing.T) {
	r := newRig(t, nil)
	id := r.mustAsk()
	token := r.token(id)
	r.called(id, gateway.Proven, r.failed(1, "1032"))
	r.delivered(id)
	r.daraja.says("1032")
	n := 0
	r.Daraja = &alwaysAsking{r.daraja, func() { n++; r.lies(token, n) }}
	r.lies(token, 0)
	for range 5 { // another replica works, with the longest pause of a store
		r.clock.Advance(time.Minute)
		if err := r.WorkPayment(t.Context(), id); err != nil {
			t.Fatal(err)
		}
	}
	pulse := &ops.Pulse{Clock: r.clock, Backlog: ops.Backlog(r.Store, r.clock)}
	if err := pulse.Check(t.Context()); err != nil {
		t.Error(err)
	}
}
