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

// Keys say that they open no real money only where that is certain.
func TestTestKeysWhereNoMoneyMoves(t *testing.T) {
	tests := []struct {
		name, daraja string
		test         bool
	}{
		{"the real Daraja", "https://api.safaricom.co.ke", false},
		{"the real Daraja with a path", "https://api.safaricom.co.ke/", false},
		{"the real Daraja with a port", "https://api.safaricom.co.ke:443", false},
		{"the real Daraja in capitals", "https://API.Safaricom.co.ke", false},
		{"the real Daraja with a dot at the end", "https://api.safaricom.co.ke.", false},
		{"the real Daraja by plain http", "http://api.safaricom.co.ke", false},
		{"a relay", "https://egress.example", false},
		{"a relay on a private address", "https://10.0.0.5:8443", false},
		{"the sandbox", "https://sandbox.safaricom.co.ke", true},
		{"the sandbox in capitals", "https://Sandbox.Safaricom.co.ke.", true},
		{"a name that begins as the sandbox", "https://sandbox.safaricom.co.ke.example", false},
		{"a simulator on this machine", "http://127.0.0.1:7070", true},
		{"a simulator on this machine by IPv6", "http://[::1]:7070", true},
		{"a simulator on this machine behind TLS", "https://localhost:7443", true},
		{"a simulator in a container", "http://simulator:7070", true},
		{"no URL", "http://[", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := (Config{DarajaURL: tt.daraja}).tryingOut(); got != tt.test {
				t.Errorf("%s: test keys %t", tt.daraja, got)
			}
			if (Config{DarajaURL: tt.daraja, Production: true}).tryingOut() {
				t.Errorf("%s: test keys in production", tt.daraja)
			}
		})
	}
}
