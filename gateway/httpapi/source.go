package httpapi

import (
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"github.com/darajabox/darajabox/gateway"
)

// Sources says from where Daraja calls back. The zero Sources checks nothing.
type Sources struct {
	Allowed []netip.Prefix // Daraja's addresses; empty is any
	Strict  bool           // callbacks from elsewhere are kept and not obeyed
	Proxies []netip.Prefix // whose X-Forwarded-For is believed
}

// SafaricomSources names the addresses that Safaricom calls back from.
const SafaricomSources = "safaricom"

// safaricom is the list that Safaricom's support gives out. Shorter ones are about;
// those lack .128 and .132.
func safaricom() []string {
	return []string{
		"196.201.214.200", "196.201.214.206", "196.201.214.207", "196.201.214.208",
		"196.201.213.114", "196.201.213.44",
		"196.201.212.127", "196.201.212.128", "196.201.212.129", "196.201.212.132",
		"196.201.212.136", "196.201.212.138", "196.201.212.69", "196.201.212.74",
	}
}

// ParseNetworks reads addresses and networks such as 10.0.0.0/8. SafaricomSources
// stands for all of Safaricom's.
func ParseNetworks(words []string) ([]netip.Prefix, error) {
	var networks []netip.Prefix
	for _, word := range words {
		each := []string{word}
		if word == SafaricomSources {
			each = safaricom()
		}
		for _, s := range each {
			network, err := parseNetwork(s)
			if err != nil {
				return nil, err
			}
			networks = append(networks, network)
		}
	}
	return networks, nil
}

func parseNetwork(s string) (netip.Prefix, error) {
	if addr, err := netip.ParseAddr(s); err == nil {
		addr = addr.Unmap().WithZone("")
		return netip.PrefixFrom(addr, addr.BitLen()), nil
	}
	network, err := netip.ParsePrefix(s)
	if err != nil || network.Addr().Is4In6() {
		return netip.Prefix{}, fmt.Errorf("%q is neither an address nor a network such as 10.0.0.0/8", s)
	}
	return network.Masked(), nil
}

// origin says where a callback came from and what that proves.
func (s Sources) origin(r *http.Request) gateway.Origin {
	from, ok := s.client(r)
	o := gateway.Origin{Remote: from.String()}
	if !ok {
		o.Remote = r.RemoteAddr
	}
	switch {
	case len(s.Allowed) == 0, ok && within(from, s.Allowed):
		o.Proof, o.Listed = gateway.Proven, len(s.Allowed) > 0
	case s.Strict:
		o.Proof = gateway.Refused
	default:
		o.Proof = gateway.Unproven
	}
	return o
}

// Reserved tells the addresses whose connections have room of their own: those of trusted
// proxies and of Daraja. Where it is not said from where Daraja calls back, the addresses
// that Safaricom publishes count.
func (s Sources) Reserved() func(netip.Addr) bool {
	daraja := s.Allowed
	if len(daraja) == 0 {
		daraja, _ = ParseNetworks([]string{SafaricomSources}) // its own list can be read
	}
	reserved := slices.Concat(s.Proxies, daraja)
	return func(addr netip.Addr) bool { return within(addr, reserved) }
}

// client is the address that a request comes from: the peer's, unless that is a
// trusted proxy. Each proxy appends whom it heard from, so the header is read from
// its end as long as the proxies are trusted; what stands before is the sender's own
// words.
func (s Sources) client(r *http.Request) (netip.Addr, bool) {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}, false
	}
	at := peer.Addr().Unmap().WithZone("")
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && within(at, s.Proxies); i-- {
		hop := strings.TrimSpace(hops[i])
		if hop == "" && len(hops) == 1 {
			break // nobody stands behind the proxy
		}
		next, ok := parseHop(hop)
		if !ok {
			return netip.Addr{}, false // a trusted proxy heard from nobody knows whom
		}
		at = next
	}
	return at, true
}

// parseHop reads an address with or without a port.
func parseHop(s string) (netip.Addr, bool) {
	if both, err := netip.ParseAddrPort(s); err == nil {
		return both.Addr().Unmap().WithZone(""), true
	}
	addr, err := netip.ParseAddr(strings.Trim(s, "[]"))
	return addr.Unmap().WithZone(""), err == nil
}

func within(addr netip.Addr, networks []netip.Prefix) bool {
	for _, n := range networks {
		if n.Contains(addr) {
			return true
		}
	}
	return false
}
