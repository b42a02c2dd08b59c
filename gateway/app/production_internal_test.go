package app

import (
	"slices"
	"strings"
	"testing"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/gateway"
)

const goodKey = "dbx_live_5f0e9a3bc27d4186a1b2"

// fit is a configuration that takes real money.
func fit() Config {
	return Config{
		Addr: "0.0.0.0:8080", Data: "/data", DarajaURL: "https://api.safaricom.co.ke",
		ConsumerKey: "GZqVnTfyO3kd8sWbA1xu", ConsumerSecret: "t9ScPzLwXj2vRmQe", Shortcode: "600000", Passkey: "0a1b2c3d4e5f6071",
		CallbackURL: "https://pay.example.com", Partners: []PartnerConfig{{Name: "shop", Key: goodKey}}, Speed: 1, OpsAddr: "127.0.0.1:9090",
		AdminAddr: "127.0.0.1:8081", Callbacks: CallbackDoor{Sources: []string{"safaricom"}}, Production: true,
	}
}

// onServer is cfg with a database that replicas share.
func onServer(cfg Config, at string) Config {
	cfg.Data, cfg.Database, cfg.MasterKey = "", "postgres://u:secret@"+at, strings.Repeat("5f", 32)
	return cfg
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
		{"the key of up", func(c *Config) { c.Partners[0].Key = "dbx_test_local" }, []string{"partner shop has a public key for testing"}},
		{"a long test key", func(c *Config) { c.Partners[0].Key = "dbx_test_5f0e9a3bc27d4186a1b2" }, []string{"partner shop has a public key for testing"}},
		{"a short key", func(c *Config) { c.Partners[0].Key = strings.Repeat("k", 23) }, []string{"partner shop is under 24"}},
		{"two partners", func(c *Config) {
			c.Partners = []PartnerConfig{{Name: "a", Key: "short"}, {Name: "b", Key: goodKey}, {Name: "c", Key: "short too"}}
		}, []string{"partner a is under", "partner c is under"}},
		{"Daraja by plain http", func(c *Config) { c.DarajaURL = "http://api.safaricom.co.ke" }, []string{"--daraja-url"}},
		{"the sandbox", func(c *Config) { c.DarajaURL = "https://Sandbox.safaricom.co.ke/" }, []string{"Daraja's address is the sandbox"}},
		{"the simulator's app", func(c *Config) { c.ConsumerSecret = "sandbox" }, []string{"--consumer-secret"}},
		{"the sandbox's shortcode", func(c *Config) { c.Shortcode = daraja.SandboxShortcode }, []string{"--shortcode"}},
		{"the simulator's till", func(c *Config) { c.Till = daraja.SimulatorTill }, []string{"--till"}},
		{"the simulator's store", func(c *Config) { c.Shortcode, c.Till = daraja.SimulatorStore, "600001" }, []string{"--till"}},
		{"a till", func(c *Config) { c.Till = "600001" }, nil},
		{"the sandbox's passkey", func(c *Config) { c.Passkey = daraja.SandboxPasskey }, []string{"--passkey"}},
		{"no callback URL", func(c *Config) { c.CallbackURL = "" }, []string{"there is no callback URL"}},
		{"callbacks by plain http", func(c *Config) { c.CallbackURL = "http://pay.example.com" }, []string{"calls back by plain http"}},
		{"callbacks to nowhere", func(c *Config) { c.CallbackURL = "https://[::ffff:10.0.0.1]/" }, []string{"M-PESA cannot reach"}},
		{"callbacks to this machine", func(c *Config) { c.CallbackURL = "https://localhost:8443" }, []string{"M-PESA cannot reach"}},
		{"faster than allowed", func(c *Config) { c.Speed = 10 }, []string{"--speed"}},
		{"ops for everybody", func(c *Config) { c.OpsAddr = ":9090" }, []string{"--ops-addr"}},
		{"ops for everybody, IPv6", func(c *Config) { c.OpsAddr = "[::]:9090" }, []string{"--ops-addr"}},
		{"administration for everybody", func(c *Config) { c.AdminAddr = "0.0.0.0:8081" }, []string{"--admin-addr"}},
		{"administration off", func(c *Config) { c.AdminAddr = "" }, nil},
		{"a token that is guessed", func(c *Config) { c.AdminToken = strings.Repeat("t", 31) }, []string{"--admin-token"}},
		{"a token that is not", func(c *Config) { c.AdminToken = strings.Repeat("t", 32) }, nil},
		{"webhooks into the house", func(c *Config) { c.AllowPrivate = true }, []string{"--allow-private-callbacks"}},
		{"nobody known to call back", func(c *Config) { c.Callbacks.Sources = nil }, []string{"--callback-sources safaricom"}},
		{"nobody known, and nothing confirmed", func(c *Config) { c.Callbacks = CallbackDoor{Confirm: "never"} }, []string{"--callback-sources safaricom"}},
		{"nobody known, and all confirmed", func(c *Config) { c.Callbacks = CallbackDoor{Confirm: "always"} }, nil},
		{"all confirmed, by default limits", func(c *Config) { c.Callbacks.Confirm, c.Limits = "always", StandardLimits() }, []string{"20 pushes a second but 5 queries"}},
		{"all confirmed, pushes without a limit", func(c *Config) {
			c.Callbacks.Confirm, c.Callbacks.Strict, c.Limits.QueryRate = "always", true, 5
		}, []string{"--query-rate"}},
		{"all confirmed, a query for each push", func(c *Config) {
			c.Callbacks.Confirm, c.Limits.PushRate, c.Limits.QueryRate = "always", 5, 5
		}, nil},
		{"all confirmed, queries without a limit", func(c *Config) { c.Callbacks.Confirm, c.Limits.PushRate = "always", 20 }, nil},
		{"some confirmed, by default limits", func(c *Config) { c.Limits = StandardLimits() }, nil},
		{"strangers believed", func(c *Config) { c.Callbacks.Confirm = "never" }, []string{"--callback-sources-strict"}},
		{"strangers not obeyed", func(c *Config) { c.Callbacks.Confirm, c.Callbacks.Strict = "never", true }, nil},
		{"a crash", func(c *Config) { c.Reach = func(string) {} }, []string{"--crash-at"}},
		{"PostgreSQL", func(c *Config) { *c = onServer(*c, "db.example/pay?sslmode=verify-full") }, nil},
		{"PostgreSQL on this machine", func(c *Config) { *c = onServer(*c, "localhost/pay?sslmode=disable") }, nil},
		{"PostgreSQL in plain", func(c *Config) { *c = onServer(*c, "db.example/pay?sslmode=disable") }, []string{"sslmode=verify-full"}},
		{"PostgreSQL without a key", func(c *Config) {
			*c = onServer(*c, "db.example/pay?sslmode=require")
			c.MasterKey = ""
		}, []string{"--master-key"}},
		{"everything at once", func(c *Config) {
			*c = Config{
				DarajaURL: "http://sandbox.safaricom.co.ke", ConsumerKey: "sandbox", ConsumerSecret: "sandbox", Shortcode: daraja.SandboxShortcode,
				Passkey: daraja.SandboxPasskey, CallbackURL: "http://127.0.0.1:8080", Partners: []PartnerConfig{{Name: "local", Key: "dbx_test_local"}}, Speed: 2, OpsAddr: "0.0.0.0:1",
				AllowPrivate: true, AdminAddr: ":2", AdminToken: "change-me", Database: "postgres://u:secret@db.example/pay", Reach: func(string) {},
			}
		}, []string{
			"partner local has a public key", "Daraja is called by plain http", "is the sandbox", "consumer key", "the shortcode is the sandbox's",
			"the passkey is the sandbox's", "calls back by plain http", "M-PESA cannot reach", "--callback-sources", "--allow-private", "--admin-token",
			"administration would be on every interface", "profiles would be on every interface", "no master key", "sslmode", "waits are divided", "--crash-at",
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
				if strings.Contains(reason, "secret@") || cfg.AdminToken != "" && strings.Contains(reason, cfg.AdminToken) {
					t.Errorf("%q shows a secret", reason)
				}
			}
		})
	}
}

// In production webhooks go by https only, and to its ports only, unasked.
func TestProductionSendsByHTTPSOnly(t *testing.T) {
	cfg := fit()
	if to := cfg.withDefaults().targets(); to.CheckScheme("http") == nil || to.CheckPort(8080) == nil || to.CheckPort(8443) != nil {
		t.Errorf("%+v", to)
	}
	cfg.CallbackPorts = gateway.Ports{{First: 9443, Last: 9443}}
	if to := cfg.withDefaults().targets(); to.CheckScheme("http") == nil || to.CheckPort(443) == nil || to.CheckPort(9443) != nil {
		t.Errorf("with ports: %+v", to)
	}
	cfg.Production = false
	if err := cfg.withDefaults().targets().CheckScheme("http"); err != nil {
		t.Errorf("for trying out: %v", err)
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
