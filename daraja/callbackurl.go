package daraja

import (
	"fmt"
	"net/netip"
	"net/url"
	"strings"
)

// URLRules say which callback URLs are refused.
type URLRules int

// Rules for callback URLs.
const (
	URLAny        URLRules = iota // only what cannot be called at all is refused
	URLSandbox                    // no plain address or localhost, no upper-case host, none of the forbidden words
	URLProduction                 // and https, and no public tunnel or request bin
)

// forbiddenInURL are the words that Daraja refuses anywhere in a callback URL, in any
// case.
func forbiddenInURL() []string {
	return []string{"m-pesa", "mpesa", "safaricom", "exec", "exe", "cmd", "sql", "query"}
}

// publicTesters are the public tunnels and request bins that production refuses by their
// names. The sandbox takes them.
func publicTesters() []string { return []string{"ngrok", "mockbin", "requestbin"} }

// CheckCallbackURL returns why Daraja would refuse a callback URL, or nil. DNS is never
// asked; Daraja does not ask it either.
func CheckCallbackURL(raw string, rules URLRules) error {
	if raw == "" {
		return fmt.Errorf("CallBackURL is missing or empty")
	}
	if strings.ContainsAny(raw, "<> ") {
		return fmt.Errorf("CallBackURL has spaces or angle brackets")
	}
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") {
		return fmt.Errorf("CallBackURL must be an absolute http or https URL")
	}
	if rules == URLAny {
		return nil
	}
	host := u.Hostname()
	switch {
	case rules == URLProduction && u.Scheme != "https":
		return fmt.Errorf("CallBackURL must be https")
	case host != strings.ToLower(host):
		return fmt.Errorf("CallBackURL has upper-case letters in its host")
	case host == "localhost" || strings.HasSuffix(host, ".localhost"):
		return fmt.Errorf("CallBackURL points at localhost")
	}
	if _, err := netip.ParseAddr(host); err == nil {
		return fmt.Errorf("CallBackURL has an address where a host name must be")
	}
	lower := strings.ToLower(raw)
	words := forbiddenInURL()
	if rules == URLProduction {
		words = append(words, publicTesters()...)
	}
	for _, word := range words {
		if strings.Contains(lower, word) {
			return fmt.Errorf("CallBackURL contains the forbidden word %q", word)
		}
	}
	return nil
}
