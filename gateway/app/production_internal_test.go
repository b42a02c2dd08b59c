package app

import (
	"bytes"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/gateway"
	"github.com/darajabox/darajabox/gateway/httpapi"
)

const (
	goodKey    = "dbx_live_5f0e9a3bc27d4186a1b2"
	goodMaster = "4fd0c1b2a39e8877665b4a3c2d1e0f9a8b7c6d5e4f30211203f4e5d6c7b8a990"
)

// fit is a configuration that takes real money.
func fit() Config {
	return Config{
		Addr: "0.0.0.0:8080", Data: "/data", DarajaURL: "https://api.safaricom.co.ke",
		ConsumerKey: "GZqVnTfyO3kd8sWbA1xu", ConsumerSecret: "t9ScPzLwXj2vRmQe", Shortcode: "600000", Passkey: "0a1b2c3d4e5f6071",
		CallbackURL: "https://pay.example.com", Partners: []PartnerConfig{{Name: "shop", Key: goodKey}}, Speed: 1, OpsAddr: "127.0.0.1:9090",
		AdminAddr: "127.0.0.1:8081", Callbacks: CallbackDoor{Sources: []string{"safaricom"}}, Limits: StandardLimits(), Production: true,
	}
}

// onServer is cfg with a database that replicas share.
func onServer(cfg Config, at string) Config {
	cfg.Data, cfg.Database, cfg.MasterKey = "", "postgres://u:secret@"+at, goodMaster
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
		{"this machine", func(c *Config) { c.DarajaURL = "https://127.0.0.1:8443" }, []string{"Daraja's address is this machine"}},
		{"this machine by name", func(c *Config) { c.DarajaURL = "https://LocalHost" }, []string{"Daraja's address is this machine"}},
		{"this machine by no address", func(c *Config) { c.DarajaURL = "https://[::]" }, []string{"Daraja's address is this machine"}},
		{"a host that looks like Safaricom's", func(c *Config) { c.DarajaURL = "https://api.safaricom.co.ke.evil.com" }, []string{"only looks like Safaricom's"}},
		{"another one", func(c *Config) { c.DarajaURL = "https://apisafaricom.co.ke" }, []string{"only looks like Safaricom's"}},
		{"Safaricom's with a dot and capitals", func(c *Config) { c.DarajaURL = "https://API.safaricom.co.ke./" }, nil},
		{"another host of Safaricom's", func(c *Config) { c.DarajaURL = "https://apigw.safaricom.co.ke" }, nil},
		{"a relay", func(c *Config) { c.DarajaURL = "https://egress.example" }, nil},
		{"proxies that are everyone", func(c *Config) { c.Callbacks.Proxies = []string{"0.0.0.0/0"} }, []string{"--trusted-proxies names"}},
		{"sources that are everyone", func(c *Config) { c.Callbacks.Sources = []string{"0.0.0.0/0", "::/0"} }, []string{"--callback-sources names"}},
		{"both, and all confirmed", func(c *Config) {
			c.Callbacks, c.Limits.QueryRate = CallbackDoor{Sources: []string{"::/0"}, Proxies: []string{"::/0"}, Confirm: "always"}, 20
		}, []string{"--trusted-proxies names", "--callback-sources names"}},
		{"proxies of the house", func(c *Config) { c.Callbacks.Proxies = []string{"10.0.0.0/8", "172.16.0.0/12", "127.0.0.1"} }, nil},
		{"pushes without a limit", func(c *Config) { c.Limits.PushRate = 0 }, []string{"give --push-rate"}},
		{"prompts without a limit", func(c *Config) { c.Limits.PhoneMinute, c.Limits.PhoneHour = 0, 0 }, []string{"--phone-limit-hour"}},
		{"prompts limited by the hour", func(c *Config) { c.Limits.PhoneMinute = 0 }, nil},
		{"a master key of equal digits", func(c *Config) { c.MasterKey = strings.Repeat("0", 64) }, []string{"the master key repeats itself"}},
		{"a master key of few digits", func(c *Config) { c.MasterKey = strings.Repeat("0123456789abcdef", 4) }, []string{"the master key repeats itself"}},
		{"a master key", func(c *Config) { c.MasterKey = goodMaster }, nil},
		{"a partner's key of few characters", func(c *Config) { c.Partners[0].Key = strings.Repeat("duka", 6) }, []string{"partner shop repeats itself"}},
		{"the simulator's app", func(c *Config) { c.ConsumerSecret = "sandbox" }, []string{"--consumer-secret"}},
		{"the sandbox's shortcode", func(c *Config) { c.Shortcode = daraja.SandboxShortcode }, []string{"--shortcode"}},
		{"the simulator's till", func(c *Config) { c.Till = simulatorTill }, []string{"--till"}},
		{"the simulator's store", func(c *Config) { c.Shortcode, c.Till = simulatorStore, "600001" }, []string{"--till"}},
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
		{"a token that is not", func(c *Config) { c.AdminToken = "Xk2p9_Qw7e-Rt5yU8iOpAsDf1gHjK4lZ" }, nil},
		{"a token of one character", func(c *Config) { c.AdminToken = strings.Repeat("t", 32) }, []string{"administration repeats itself"}},
		{"webhooks into the house", func(c *Config) { c.AllowPrivate = true }, []string{"--allow-private-callbacks"}},
		{"nobody known to call back", func(c *Config) { c.Callbacks.Sources = nil }, []string{"--callback-sources safaricom"}},
		{"nobody known, and nothing confirmed", func(c *Config) { c.Callbacks = CallbackDoor{Confirm: "never"} }, []string{"--callback-sources safaricom"}},
		{"nobody known, and all confirmed", func(c *Config) { c.Callbacks, c.Limits.QueryRate = CallbackDoor{Confirm: "always"}, 0 }, nil},
		{"all confirmed, by default limits", func(c *Config) { c.Callbacks.Confirm, c.Limits = "always", StandardLimits() }, []string{"20 pushes a second but 5 queries"}},
		{"all confirmed, pushes without a limit", func(c *Config) {
			c.Callbacks.Confirm, c.Callbacks.Strict, c.Limits.PushRate, c.Limits.QueryRate = "always", true, 0, 5
		}, []string{"--query-rate", "give --push-rate"}},
		{"all confirmed, a query for each push", func(c *Config) {
			c.Callbacks.Confirm, c.Limits.PushRate, c.Limits.QueryRate = "always", 5, 5
		}, nil},
		{"all confirmed, queries without a limit", func(c *Config) { c.Callbacks.Confirm, c.Limits.QueryRate = "always", 0 }, nil},
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
			"the passkey is the sandbox's", "calls back by plain http", "M-PESA cannot reach", "--callback-sources", "give --push-rate", "--phone-limit-hour", "--allow-private", "--admin-token",
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

// Networks that hold nearly every address tell no callers apart.
func TestNetworksOfEveryAddress(t *testing.T) {
	sixteens := func(n int) (all []string) { // networks of IPv4, as many as n /16
		for i := range n {
			all = append(all, fmt.Sprintf("%d.%d.0.0/16", 20+i/256, i%256))
		}
		return all
	}
	for name, tt := range map[string]struct {
		networks []string
		want     bool
	}{
		"none":                        {nil, false},
		"all of IPv4":                 {[]string{"0.0.0.0/0"}, true},
		"all of IPv6":                 {[]string{"::/0"}, true},
		"two halves":                  {[]string{"0.0.0.0/1", "128.0.0.0/1"}, true},
		"a /7":                        {[]string{"40.0.0.0/7"}, true},
		"a /8":                        {[]string{"41.0.0.0/8"}, false},
		"a /8 twice":                  {[]string{"41.0.0.0/8", "41.1.2.3/8"}, false},
		"many that add up":            {sixteens(512), true},
		"not so many":                 {sixteens(511), false},
		"all public IPv6":             {[]string{"2000::/3"}, true},
		"two halves of a /16 of IPv6": {[]string{"2001::/17", "2001:8000::/17"}, true},
		"a /17 of IPv6":               {[]string{"2001::/17"}, false},
		"a provider's of IPv6":        {[]string{"2400:cb00::/32", "2606:4700::/32"}, false},
		"Safaricom":                   {[]string{"safaricom"}, false},
		"private networks":            {[]string{"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "169.254.0.0/16", "fc00::/7", "fe80::/10", "::1"}, false},
		"more than a private network": {[]string{"10.0.0.0/7"}, true},
		"more than the loopback":      {[]string{"127.0.0.0/1"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			networks, err := httpapi.ParseNetworks(tt.networks)
			if err != nil {
				t.Fatal(err)
			}
			if got := isEveryAddress(networks); got != tt.want {
				t.Errorf("got %t", got)
			}
		})
	}
}

// What production refuses is a warning, once, for trying out; a relay is one in production.
func TestDoubtfulTrustIsLogged(t *testing.T) {
	for name, tt := range map[string]struct {
		spoil func(*Config)
		want  string // of the one warning; "" is none
	}{
		"nothing wrong": {func(*Config) {}, ""},
		"proxies":       {func(c *Config) { c.Production, c.Callbacks.Proxies = false, []string{"0.0.0.0/0"} }, "--trusted-proxies"},
		"both": {func(c *Config) {
			c.Production, c.Callbacks.Proxies, c.Callbacks.Sources = false, []string{"0.0.0.0/0"}, []string{"::/0"}
		}, "--trusted-proxies, --callback-sources"},
		"a relay":                {func(c *Config) { c.DarajaURL = "https://egress.example" }, "egress.example"},
		"a relay for trying out": {func(c *Config) { c.Production, c.DarajaURL = false, "https://egress.example" }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			cfg := fit()
			tt.spoil(&cfg)
			cfg.Log = slog.New(slog.NewTextHandler(&log, nil))
			cfg.warnOfTrust()
			if lines := strings.Count(log.String(), "\n"); (lines == 0) != (tt.want == "") || lines > 1 || !strings.Contains(log.String(), tt.want) {
				t.Errorf("logged\n%s", log.String())
			}
		})
	}
}
