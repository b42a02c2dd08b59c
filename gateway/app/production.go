package app

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"

	"github.com/darajabox/darajabox/daraja"
)

// checkProduction refuses what is good for trying out only, and says all of it at
// once.
func (cfg Config) checkProduction() error {
	if !cfg.Production {
		return nil
	}
	reasons := checkProduction(cfg)
	if len(reasons) == 0 {
		return nil
	}
	return fmt.Errorf("not fit for production:\n  - %s", strings.Join(reasons, "\n  - "))
}

// checkProduction lists what is wrong with cfg for real money, each with what to
// do about it. No reason shows a secret.
func checkProduction(cfg Config) []string {
	var reasons []string
	for _, check := range []func(Config) []string{productionPartners, productionDaraja, productionCallbacks, productionRest} {
		reasons = append(reasons, check(cfg)...)
	}
	return reasons
}

const (
	testKey        = "dbx_test_" // what keys for trying out begin with
	minKey         = 24          // bytes of an API key that nobody guesses
	sandboxHost    = "sandbox.safaricom.co.ke"
	defaultAppName = "sandbox" // consumer key and secret of a simulator
)

func productionPartners(cfg Config) (reasons []string) {
	for _, p := range cfg.Partners {
		switch {
		case strings.HasPrefix(p.Key, testKey):
			reasons = append(reasons, fmt.Sprintf("partner %s has a key for trying out, which everybody knows: give it one of its own with --partner", p.Name))
		case len(p.Key) < minKey:
			reasons = append(reasons, fmt.Sprintf("the key of partner %s is under %d characters: give it a random one with --partner", p.Name, minKey))
		}
	}
	return reasons
}

func productionDaraja(cfg Config) (reasons []string) {
	u, err := url.Parse(cfg.DarajaURL)
	if err != nil || u.Scheme != "https" {
		reasons = append(reasons, "Daraja is called by plain http, so that everybody on the way reads the credentials: give its https address with --daraja-url")
	}
	if err == nil && strings.EqualFold(u.Hostname(), sandboxHost) {
		reasons = append(reasons, "Daraja's address is the sandbox: give --daraja-url https://api.safaricom.co.ke")
	}
	if cfg.ConsumerKey == defaultAppName || cfg.ConsumerSecret == defaultAppName {
		reasons = append(reasons, "consumer key or secret are the simulator's: give those of your app with --consumer-key and --consumer-secret")
	}
	if cfg.Shortcode == daraja.SandboxShortcode {
		reasons = append(reasons, "the shortcode is the sandbox's, so the money would go to nobody: give yours with --shortcode")
	}
	if cfg.Passkey == daraja.SandboxPasskey {
		reasons = append(reasons, "the passkey is the sandbox's public one: give that of your shortcode with --passkey")
	}
	return reasons
}

func productionCallbacks(cfg Config) (reasons []string) {
	if cfg.CallbackURL == "" {
		return []string{"there is no callback URL, so Daraja would be told a plain http address of this machine: give the public https one with --callback-url"}
	}
	u, err := url.Parse(cfg.CallbackURL)
	if err != nil || u.Scheme != "https" {
		reasons = append(reasons, "Daraja is told to call back by plain http, so that everybody on the way reads the tokens: give an https address with --callback-url")
	}
	if err == nil && inside(u.Hostname()) {
		reasons = append(reasons, "the callback URL names an address that M-PESA cannot reach: give the public one with --callback-url")
	}
	return reasons
}

func productionRest(cfg Config) (reasons []string) {
	if cfg.Speed != 1 {
		reasons = append(reasons, "waits are divided, and M-PESA would be asked more often than it allows: leave --speed out")
	}
	if host, _, err := net.SplitHostPort(cfg.OpsAddr); err == nil && everywhere(host) {
		reasons = append(reasons, "metrics and profiles would be on every interface: bind --ops-addr to the loopback or to a private address")
	}
	return reasons
}

// inside tells a host that only this machine or its neighbours know.
func inside(host string) bool {
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return strings.EqualFold(host, "localhost")
	}
	ip = ip.Unmap()
	return ip.IsLoopback() || ip.IsPrivate() || ip.IsLinkLocalUnicast() || ip.IsUnspecified()
}

// everywhere tells a host to listen on that means every interface.
func everywhere(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "" || err == nil && ip.IsUnspecified()
}
