package daraja

import (
	"strings"
	"testing"
	"time"
)

func TestTimestampsAreEAT(t *testing.T) {
	at := time.Date(2025, 12, 31, 22, 30, 5, 0, time.UTC)
	if got := Timestamp(at); got != "20260101013005" {
		t.Errorf("got %s", got)
	}
	back, err := ParseTimestamp("20260101013005")
	if err != nil || !back.Equal(at) {
		t.Errorf("got %s, %v", back, err)
	}
	for _, bad := range []string{"", "2026", "20261301000000", "2026010101300", "202601010130055", "2026-01-01 01:30"} {
		if _, err := ParseTimestamp(bad); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}

func TestExplainPassword(t *testing.T) {
	const stamp = "20260101000000"
	tests := []struct{ name, password, want string }{
		{"right", Password(SandboxShortcode, SandboxPasskey, stamp), ""},
		{"not base64", "***", "not base64"},
		{"too short", "YQ==", "shorter than"},
		{"another stamp", Password(SandboxShortcode, SandboxPasskey, "20260101000001"), "timestamp 20260101000001"},
		{"another passkey", Password(SandboxShortcode, strings.Repeat("a", 60)+"beef", stamp), "passkey ending …beef"},
	}
	for _, tt := range tests {
		got := ExplainPassword(tt.password, SandboxShortcode, SandboxPasskey, stamp)
		if (tt.want == "") != (got == "") || !strings.Contains(got, tt.want) {
			t.Errorf("%s: %q, want %q in it", tt.name, got, tt.want)
		}
		if strings.Contains(got, SandboxPasskey[:20]) {
			t.Errorf("%s shows the passkey: %s", tt.name, got)
		}
	}
}

func TestCallbackURLs(t *testing.T) {
	tests := []struct {
		url                        string
		loose, sandbox, production bool
	}{
		{"https://merchant.example/pay/callback", true, true, true},
		{"https://example.invalid/pay", true, true, true}, // DNS is not asked
		{"http://merchant.example/pay", true, true, false},
		{"http://localhost:9000/pay", true, false, false},
		{"https://localhost/pay", true, false, false},
		{"http://127.0.0.1:9000/pay", true, false, false},
		{"https://10.0.0.1/pay", true, false, false},
		{"https://[::1]/pay", true, false, false},
		{"https://Merchant.example/pay", true, false, false},
		{"https://merchant.example/MPESA/pay", true, false, false},
		{"https://merchant.example/m-pesa", true, false, false},
		{"https://merchant.example/safaricom", true, false, false},
		{"https://merchant.example/run.exe", true, false, false},
		{"https://merchant.example/cmd", true, false, false},
		{"https://merchant.example/mysql", true, false, false},
		{"https://merchant.example/pay?query=1", true, false, false},
		{"https://abc.ngrok.io/pay", true, true, false},
		{"https://merchant.example/<pay>", false, false, false},
		{"ftp://merchant.example/pay", false, false, false},
		{"/pay", false, false, false},
		{"https://", false, false, false},
		{"", false, false, false},
	}
	for _, tt := range tests {
		if got := CheckCallbackURL(tt.url, URLAny) == nil; got != tt.loose {
			t.Errorf("%q loose: %v, want %v", tt.url, got, tt.loose)
		}
		if got := CheckCallbackURL(tt.url, URLSandbox) == nil; got != tt.sandbox {
			t.Errorf("%q in the sandbox: %v, want %v", tt.url, got, tt.sandbox)
		}
		if got := CheckCallbackURL(tt.url, URLProduction) == nil; got != tt.production {
			t.Errorf("%q in production: %v, want %v", tt.url, got, tt.production)
		}
	}
}

func TestTokenLifetime(t *testing.T) {
	for _, asNumber := range []bool{false, true} {
		r := NewTokenResponse("x", TokenLifetime, asNumber)
		b, err := Marshal(r)
		want := map[bool]string{false: `{"access_token":"x","expires_in":"3599"}`, true: `{"access_token":"x","expires_in":3599}`}[asNumber]
		if err != nil || string(b) != want {
			t.Errorf("got %s, %v; want %s", b, err, want)
		}
		if d, err := r.Lifetime(); err != nil || d != TokenLifetime {
			t.Errorf("lifetime %s, %v", d, err)
		}
	}
	if _, err := (TokenResponse{ExpiresIn: []byte(`"soon"`)}).Lifetime(); err == nil {
		t.Error(`"soon" was taken as seconds`)
	}
}

func TestParseError(t *testing.T) {
	e, ok := ParseError(404, []byte(`{"requestId":"1-2-3","errorCode":"404.001.03","errorMessage":"Invalid Access Token"}`))
	if !ok || !e.IsInvalidToken() || e.Status != 404 {
		t.Errorf("got %+v, %v", e, ok)
	}
	for _, body := range []string{"", "<html>", "{}", "null", `{"fault":{}}`} {
		if e, ok := ParseError(503, []byte(body)); ok {
			t.Errorf("%q was read as %v", body, e)
		}
	}
	b, err := Marshal(ErrLocked().Because("x").Envelope("1-2-3"))
	want := `{"requestId":"1-2-3","errorCode":"500.001.1001","errorMessage":"Unable to lock subscriber, a transaction is already in process for the current subscriber"}`
	if err != nil || string(b) != want {
		t.Errorf("got %s, %v", b, err)
	}
}
