package app

import (
	"slices"
	"strings"
	"testing"

	"github.com/darajabox/darajabox/daraja"
)

const goodKey = "dbx_live_5f0e9a3bc27d4186a1b2"

// fit is a configuration that takes real money.
func fit() Config {
	return Config{
		Addr: "0.0.0.0:8080", Data: "/data", DarajaURL: "https://api.safaricom.co.ke",
		ConsumerKey: "GZqVnTfyO3kd8sWbA1xu", ConsumerSecret: "t9ScPzLwXj2vRmQe", Shortcode: "600000", Passkey: "0a1b2c3d4e5f6071",
		CallbackURL: "https://pay.example.com", Partners: []PartnerConfig{{Name: "shop", Key: goodKey}}, Speed: 1, OpsAddr: "127.0.0.1:9090",
		Production: true,
	}
}

func TestProductionRefuses(t *testing.T) {
	tests := []struct {
		name  string
		spoil func(*Config)
		want  []string // a few words of each reason, in order
	}{
		{"nothing wrong", func(*Config) {}, nil},
		{"ops off", func(c *Config) { c.OpsAddr = "" }, nil},
		{"ops on a private address", func(c *Config) { c.OpsAddr = "10.0.0.5:9090" }, nil},
		{"the key of up", func(c *Config) { c.Partners[0].Key = "dbx_test_local" }, []string{"partner shop has a key for trying out"}},
		{"a long test key", func(c *Config) { c.Partners[0].Key = "dbx_test_5f0e9a3bc27d4186a1b2" }, []string{"partner shop has a key for trying out"}},
		{"a short key", func(c *Config) { c.Partners[0].Key = strings.Repeat("k", 23) }, []string{"partner shop is under 24"}},
		{"two partners", func(c *Config) {
			c.Partners = []PartnerConfig{{"a", "short"}, {"b", goodKey}, {"c", "short too"}}
		}, []string{"partner a is under", "partner c is under"}},
		{"Daraja by plain http", func(c *Config) { c.DarajaURL = "http://api.safaricom.co.ke" }, []string{"--daraja-url"}},
		{"the sandbox", func(c *Config) { c.DarajaURL = "https://Sandbox.safaricom.co.ke/" }, []string{"Daraja's address is the sandbox"}},
		{"the simulator's app", func(c *Config) { c.ConsumerSecret = "sandbox" }, []string{"--consumer-secret"}},
		{"the sandbox's shortcode", func(c *Config) { c.Shortcode = daraja.SandboxShortcode }, []string{"--shortcode"}},
		{"the sandbox's passkey", func(c *Config) { c.Passkey = daraja.SandboxPasskey }, []string{"--passkey"}},
		{"no callback URL", func(c *Config) { c.CallbackURL = "" }, []string{"there is no callback URL"}},
		{"callbacks by plain http", func(c *Config) { c.CallbackURL = "http://pay.example.com" }, []string{"call back by plain http"}},
		{"callbacks to nowhere", func(c *Config) { c.CallbackURL = "https://[::ffff:10.0.0.1]/" }, []string{"M-PESA cannot reach"}},
		{"callbacks to this machine", func(c *Config) { c.CallbackURL = "https://localhost:8443" }, []string{"M-PESA cannot reach"}},
		{"faster than allowed", func(c *Config) { c.Speed = 10 }, []string{"--speed"}},
		{"ops for everybody", func(c *Config) { c.OpsAddr = ":9090" }, []string{"--ops-addr"}},
		{"ops for everybody, IPv6", func(c *Config) { c.OpsAddr = "[::]:9090" }, []string{"--ops-addr"}},
		{"everything at once", func(c *Config) {
			*c = Config{
				DarajaURL: "http://sandbox.safaricom.co.ke", ConsumerKey: "sandbox", ConsumerSecret: "sandbox", Shortcode: daraja.SandboxShortcode,
				Passkey: daraja.SandboxPasskey, CallbackURL: "http://127.0.0.1:8080", Partners: []PartnerConfig{{"local", "dbx_test_local"}}, Speed: 2, OpsAddr: "0.0.0.0:1",
			}
		}, []string{
			"partner local has a key", "Daraja is called by plain http", "is the sandbox", "consumer key", "the shortcode is the sandbox's",
			"the passkey is the sandbox's", "call back by plain http", "M-PESA cannot reach", "waits are divided", "every interface",
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			cfg := fit()
			tt.spoil(&cfg)
			got := checkProduction(cfg)
			if !slices.EqualFunc(got, tt.want, strings.Contains) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(tt.want, "\n"))
			}
			for _, reason := range got {
				if !strings.Contains(reason, "--") || strings.Contains(reason, "\n") {
					t.Errorf("%q says not what to do, or is no line", reason)
				}
				for _, p := range cfg.Partners {
					if strings.Contains(reason, p.Key) {
						t.Errorf("%q shows a key", reason)
					}
				}
			}
		})
	}
}

// All reasons come at once, and only when production was asked for.
func TestProductionIsAskedFor(t *testing.T) {
	cfg := fit()
	cfg.Partners[0].Key, cfg.Shortcode = "dbx_test_local", daraja.SandboxShortcode
	_, err := New(cfg)
	if err == nil || strings.Count(err.Error(), "\n  - ") != 2 {
		t.Errorf("got %v", err)
	}
	cfg.Production = false
	if _, err := New(cfg); err != nil {
		t.Errorf("for trying out: %v", err)
	}
	cfg = fit()
	if _, err := New(cfg); err != nil {
		t.Errorf("with nothing wrong: %v", err)
	}
}
