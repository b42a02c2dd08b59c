package scenarios_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/darajabox/darajabox/scenarios"
)

func TestReadyScenarios(t *testing.T) {
	names := scenarios.Names()
	for _, want := range []string{"paid", "cancelled", "wrong-pin", "insufficient-balance", "timeout-then-paid", "system-error", "unreachable-phone", "ignored-prompt",
		"doubled-callback", "lost-callback", "late-callback", "reused-receipt", "phone-busy", "pin-locked", "expired", "flaky-customer"} {
		if !slices.Contains(names, want) {
			t.Errorf("there is no %s", want)
		}
		if _, err := scenarios.Read(want + ".yaml"); err != nil {
			t.Error(err)
		}
	}
	if !slices.IsSorted(names) {
		t.Errorf("names are not in order: %v", names)
	}
}

func TestUnknownNameIsExplained(t *testing.T) {
	for _, name := range []string{"something else", "../README", ""} {
		_, err := scenarios.Read(name)
		if err == nil || !strings.Contains(err.Error(), strings.Join(scenarios.Names(), ", ")) {
			t.Errorf("%q: error %v does not list the names", name, err)
		}
	}
	_, err := scenarios.Read("canceled")
	if want := `no ready scenario is called "canceled"; did you mean "cancelled"?`; err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
}
