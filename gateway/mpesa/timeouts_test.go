package mpesa

import (
	"testing"

	"github.com/darajabox/darajabox/gateway"
)

// A push that is still being made never counts as lost, its commits included.
func TestPushesEndBeforeTheyCountAsLost(t *testing.T) {
	if push, lost := (Timeouts{}).withDefaults().Push, gateway.StandardWaits().Lost; lost < 2*push {
		t.Errorf("a push may take %s and counts as lost after %s", push, lost)
	}
}
