package app

import (
	"fmt"
	"net/netip"
	"net/url"
	"strings"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/gateway"
	"github.com/darajabox/darajabox/gateway/postgres"
	"github.com/darajabox/darajabox/internal/hosts"
	"github.com/darajabox/darajabox/internal/listen"
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
	for _, check := range []func(Config) []string{
		productionPartners, productionDaraja, productionCallbacks, productionBelief, productionNetworks, productionLimits, productionDoors, productionSecrets, productionDatabase, productionRest,
	} {
		reasons = append(reasons, check(cfg)...)
	}
	return reasons
}

const (
	safaricomDomain = "safaricom.co.ke"
	testKey         = "dbx_test_" // what keys for trying out begin with
	leastVariety    = 6           // different characters of a key or token that was drawn at random
	minKey          = 24          // bytes of an API key that nobody guesses
	sandboxHost     = "sandbox.safaricom.co.ke"
	realHost        = "api." + safaricomDomain
	defaultAppName  = "sandbox" // consumer key and secret of a simulator
)

func productionPartners(cfg Config) (reasons []string) {
	for _, p := range cfg.Partners {
		switch {
		case strings.HasPrefix(p.Key, testKey):
			reasons = append(reasons, fmt.Sprintf("partner %s has a public key for testing: give it one of its own with --partner, or set --no-partner and create partners with 'gateway partner create'", p.Name))
		case len(p.Key) < minKey:
			reasons = append(reasons, fmt.Sprintf("the key of partner %s is under %d characters: give it a random one with --partner", p.Name, minKey))
		case repeats([]byte(p.Key), leastVariety):
			reasons = append(reasons, fmt.Sprintf("the key of partner %s repeats itself, so it can be guessed: give it a random one with --partner", p.Name))
		}
	}
	return reasons
}

func productionDaraja(cfg Config) (reasons []string) {
	u, err := url.Parse(cfg.DarajaURL)
	if err != nil || u.Scheme != "https" {
		reasons = append(reasons, "Daraja is called by plain http, so anyone on the way can read the credentials: give its https address with --daraja-url")
	}
	switch host := cfg.darajaHost(); {
	case host == sandboxHost:
		reasons = append(reasons, "Daraja's address is the sandbox: give --daraja-url https://api.safaricom.co.ke")
	case isThisMachine(host):
		reasons = append(reasons, "Daraja's address is this machine, where a simulator says what is paid: give --daraja-url https://api.safaricom.co.ke")
	case strings.Contains(host, safaricomDomain) && !isSafaricom(host):
		reasons = append(reasons, "Daraja's address only looks like Safaricom's: give --daraja-url https://api.safaricom.co.ke")
	}
	if cfg.ConsumerKey == defaultAppName || cfg.ConsumerSecret == defaultAppName {
		reasons = append(reasons, "consumer key or secret are the simulator's: give those of your app with --consumer-key and --consumer-secret")
	}
	if cfg.Shortcode == simulatorStore || cfg.Till == simulatorTill {
		reasons = append(reasons, "the till or its store number is the simulator's, so no money would arrive: give yours with --till and --shortcode")
	}
	if cfg.Shortcode == daraja.SandboxShortcode {
		reasons = append(reasons, "the shortcode is the sandbox's, so no money would arrive: give yours with --shortcode")
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
		reasons = append(reasons, "Daraja calls back by plain http, so anyone on the way can read the tokens: give an https address with --callback-url")
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
	if cfg.Reach != nil {
		reasons = append(reasons, "--crash-at makes the gateway crash, which is for tests: leave it out")
	}
	return reasons
}

// productionBelief is about whose word counts. Without sources nothing but the token
// of its URL tells a callback of M-PESA's from another.
func productionBelief(cfg Config) []string {
	confirm, known := gateway.Confirm(cfg.Callbacks.Confirm), len(cfg.Callbacks.Sources) > 0
	switch {
	case confirm == gateway.ConfirmAlways:
		return productionQueries(cfg.Limits)
	case known && cfg.Callbacks.Strict:
		return nil
	case !known:
		return []string{"callbacks are accepted from any address, so anyone who learns a callback's URL is trusted: give --callback-sources safaricom (with --trusted-proxies behind a proxy), or --confirm always"}
	case confirm == gateway.ConfirmNever:
		return []string{"results from elsewhere than --callback-sources are believed unasked: leave --confirm out, or add --callback-sources-strict"}
	default:
		return nil
	}
}

// productionQueries wants a query for each push, where each result costs one; 0 is no
// limit.
func productionQueries(l Limits) []string {
	if l.QueryRate == 0 || l.PushRate > 0 && l.QueryRate >= l.PushRate {
		return nil
	}
	pushes := "any number of"
	if l.PushRate > 0 {
		pushes = fmt.Sprint(l.PushRate)
	}
	return []string{fmt.Sprintf("--confirm always costs a query for each result, and the limits allow %s pushes a second but %v queries, so results would wait: give --query-rate at least the value of --push-rate, or lower --push-rate", pushes, l.QueryRate)}
}

// minProductionToken is how long a token of administration is at least that was given;
// one that the gateway makes has 43 characters.
const minProductionToken = 32

// productionDoors is about who gets in, and what the gateway can be sent into.
func productionDoors(cfg Config) (reasons []string) {
	if cfg.AllowPrivate {
		reasons = append(reasons, "webhooks may go to loopback and private networks, so that a partner reaches what only this machine should: leave --allow-private-callbacks out")
	}
	if cfg.AdminToken != "" && len(cfg.AdminToken) < minProductionToken {
		reasons = append(reasons, fmt.Sprintf("the token of administration is under %d characters: give a random one with --admin-token, or leave it out and the gateway makes one", minProductionToken))
	}
	for _, l := range []struct{ addr, what, flag string }{
		{cfg.AdminAddr, "administration", "--admin-addr"}, {cfg.OpsAddr, "metrics and profiles", "--ops-addr"},
	} {
		if listen.IsWildcard(l.addr) {
			reasons = append(reasons, fmt.Sprintf("%s would be on every interface: bind %s to the loopback or to a private address", l.what, l.flag))
		}
	}
	return reasons
}

// productionSecrets is about secrets that were given, and not drawn at random.
func productionSecrets(cfg Config) (reasons []string) {
	if len(cfg.AdminToken) >= minProductionToken && repeats([]byte(cfg.AdminToken), leastVariety) {
		reasons = append(reasons, "the token of administration repeats itself, so it can be guessed: give a random one with --admin-token, or leave it out and the gateway makes one")
	}
	const leastBytes = 16 // different ones of the 32 of a master key; drawn at random it has about 30
	if master, err := gateway.ParseMasterKey(cfg.MasterKey); err == nil && repeats(master, leastBytes) {
		reasons = append(reasons, "the master key repeats itself, so it can be guessed: make one with `openssl rand -hex 32` and give it by DARAJABOX_MASTER_KEY or --master-key")
	}
	return reasons
}

// repeats reports whether a secret has fewer than least different bytes.
func repeats(secret []byte, least int) bool {
	different := make(map[byte]bool)
	for _, b := range secret {
		different[b] = true
	}
	return len(different) < least
}

// productionLimits wants those that keep customers from being asked again and again.
func productionLimits(cfg Config) (reasons []string) {
	if cfg.Limits.PushRate == 0 {
		reasons = append(reasons, "there is no limit of pushes, so M-PESA would get more than it allows the shortcode: give --push-rate, such as 20")
	}
	if cfg.Limits.PhoneMinute == 0 && cfg.Limits.PhoneHour == 0 {
		reasons = append(reasons, "there is no limit of prompts on one phone, so a customer could be asked to pay again and again: give --phone-limit-minute or --phone-limit-hour")
	}
	return reasons
}

func productionDatabase(cfg Config) (reasons []string) {
	if !onPostgres(cfg.Database) {
		return nil
	}
	if cfg.MasterKey == "" {
		reasons = append(reasons, "there is no master key, which replicas must share: make one with `openssl rand -hex 32` and give it by DARAJABOX_MASTER_KEY or --master-key")
	}
	if postgres.InPlain(cfg.Database) {
		reasons = append(reasons, "what goes to the database can be read on the way: add sslmode=verify-full (or require) to the URL of --database")
	}
	return reasons
}

// isThisMachine tells the hosts that lead to this machine.
func isThisMachine(host string) bool {
	ip, err := netip.ParseAddr(host)
	return hosts.IsLoopback(host) || err == nil && ip.Unmap().IsUnspecified()
}

// inside tells a host that only this machine or its neighbours know.
func inside(host string) bool {
	ip, err := netip.ParseAddr(host)
	ip = ip.Unmap()
	return hosts.IsLoopback(hosts.Name(host)) || err == nil && (ip.IsPrivate() || ip.IsLinkLocalUnicast() || ip.IsUnspecified())
}
