package app_test

import (
	"testing"
	"time"

	"github.com/darajabox/darajabox/gateway/ops"
)

// One without proof does not make a replica unready that has nothing to do.
func TestReplicaStaysReady(t *testing.T) {
	r := newRig(t, nil)
	id := r.alwaysLied()
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
