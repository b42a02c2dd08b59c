package app

import (
	"strings"
	"testing"

	"github.com/darajabox/darajabox/gateway"
)

// shared is a store that other processes have as well.
type shared struct{ gateway.Store }

func (shared) Exclusive() bool { return false }

// Replicas have no folder in common, so each would make a key of its own.
func TestReplicasNeedTheSameMasterKey(t *testing.T) {
	cfg := Config{Data: t.TempDir()}
	if _, err := masterKey(t.Context(), cfg, shared{}); err == nil || !strings.Contains(err.Error(), "--master-key") {
		t.Errorf("got %v", err)
	}
	cfg.MasterKey = strings.Repeat("ab", gateway.MasterKeySize)
	if key, err := masterKey(t.Context(), cfg, shared{}); err != nil || len(key) != gateway.MasterKeySize {
		t.Errorf("%d bytes, %v", len(key), err)
	}
}
