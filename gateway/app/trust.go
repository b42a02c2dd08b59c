package app

import (
	"math"
	"net/netip"
	"strings"
)

// productionNetworks refuses lists of trusted addresses that hold nearly every one.
func productionNetworks(cfg Config) (reasons []string) {
	proxies, sources := cfg.Callbacks.ofEveryAddress()
	if proxies {
		reasons = append(reasons, "--trusted-proxies names so many addresses that every caller may write X-Forwarded-For, so a forged callback would count as M-PESA's: name the addresses of your proxies")
	}
	if sources {
		reasons = append(reasons, "--callback-sources names so many addresses that a callback from every caller would count as M-PESA's: give --callback-sources safaricom")
	}
	return reasons
}

// warnOfTrust logs what decides about money and is in doubt.
func (cfg Config) warnOfTrust() {
	var flags []string
	proxies, sources := cfg.Callbacks.ofEveryAddress()
	if proxies {
		flags = append(flags, "--trusted-proxies")
	}
	if sources {
		flags = append(flags, "--callback-sources")
	}
	if len(flags) > 0 {
		cfg.Log.Warn("so many addresses are trusted that every caller may send callbacks that count as M-PESA's; --production refuses that", "flags", strings.Join(flags, ", "))
	}
	if host := cfg.darajaHost(); cfg.Production && !isSafaricom(host) {
		cfg.Log.Warn("Daraja is called at a host that is not Safaricom's, and its answers decide which payments are paid; leave it so only if it is a relay of yours, or give --daraja-url https://"+realHost, "host", host)
	}
}

// ofEveryAddress reports which lists hold nearly every address.
func (d CallbackDoor) ofEveryAddress() (proxies, sources bool) {
	s, _ := d.sources() // checked by check
	return isEveryAddress(s.Proxies), isEveryAddress(s.Allowed)
}

// A list with as many public addresses as one network of these holds nearly every address. An
// organisation has less.
const (
	widestBits4 = 7
	widestBits6 = 16
)

// isEveryAddress reports whether networks together hold so many public addresses that they tell
// no callers apart.
func isEveryAddress(networks []netip.Prefix) bool {
	var share4, share6 float64 // of all addresses
	seen := make(map[netip.Prefix]bool)
	for _, n := range networks {
		switch {
		case seen[n] || isInner(n):
		case n.Addr().Is4():
			share4 += math.Ldexp(1, -n.Bits())
		default:
			share6 += math.Ldexp(1, -n.Bits())
		}
		seen[n] = true
	}
	return share4 >= math.Ldexp(1, -widestBits4) || share6 >= math.Ldexp(1, -widestBits6)
}

// isInner tells networks that no stranger on the internet is in: private ones, loopback and
// link-local. n begins with its first address.
func isInner(n netip.Prefix) bool {
	widest := 8 // 10.0.0.0/8 and 127.0.0.0/8
	if n.Addr().Is6() {
		widest = 7 // fc00::/7
	}
	first := n.Addr()
	return n.Bits() >= widest && (first.IsPrivate() || first.IsLoopback() || first.IsLinkLocalUnicast())
}

// isSafaricom tells hosts in Safaricom's domain.
func isSafaricom(host string) bool { return strings.HasSuffix(host, "."+safaricomDomain) }
