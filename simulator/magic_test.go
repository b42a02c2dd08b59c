package simulator_test

import (
	"testing"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
)

func TestMagicNumbers(t *testing.T) {
	for _, r := range daraja.Results() {
		m := simulator.MagicMSISDN(r.Code)
		got, ok := simulator.MagicResult(m)
		switch {
		case len(r.Code) > 5 || r.Code[0] > '9':
			if m != "" {
				t.Errorf("%s has magic number %s", r.Code, m.Digits())
			}
		case !ok || got != r.Code:
			t.Errorf("%s: number %s gives %q, %v", r.Code, m.Digits(), got, ok)
		}
	}
	for _, m := range []daraja.MSISDN{"254708374149", "2547000", ""} {
		if code, ok := simulator.MagicResult(m); ok {
			t.Errorf("%q is magic for %s", m.Digits(), code)
		}
	}
}
