package app

import "testing"

func TestUserAgentHasTheVersion(t *testing.T) {
	if got := userAgent("1.2.3"); got != "darajabox/1.2.3" {
		t.Errorf("it is %q", got)
	}
	if got := userAgent(""); got == "darajabox/" {
		t.Errorf("it is %q without a version", got)
	}
}

// Keys of a gateway for the sandbox or a simulator say that they open no real money.
func TestOnlyTheRealDarajaMovesMoney(t *testing.T) {
	for daraja, want := range map[string]bool{
		"https://api.safaricom.co.ke": true, "https://api.safaricom.co.ke/": true,
		"https://sandbox.safaricom.co.ke": false, "http://127.0.0.1:7070": false, "http://simulator:7070": false,
	} {
		if got := (Config{DarajaURL: daraja}).movesMoney(); got != want {
			t.Errorf("%s: %t", daraja, got)
		}
	}
}
