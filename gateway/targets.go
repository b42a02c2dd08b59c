package gateway

import (
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Targets says where webhooks may go. The zero value is for a gateway in service:
// public addresses, on the ports of web servers. What a name leads to is not known
// before it is called; the sender applies the same rules to it then.
type Targets struct {
	AllowPrivate bool  // loopback and private networks too, on any port
	HTTPSOnly    bool  // nothing in plain text
	Ports        Ports // which are allowed; nil is a default, see allowedPorts
}

// Ports are ranges of ports.
type Ports []PortRange

// PortRange is the ports from First to Last.
type PortRange struct{ First, Last uint16 }

// ParsePorts reads "443,8443" or "443,8000-8999".
func ParsePorts(s string) (Ports, error) {
	var ports Ports
	for part := range strings.SplitSeq(s, ",") {
		from, to, isRange := strings.Cut(strings.TrimSpace(part), "-")
		if !isRange {
			to = from
		}
		first, err1 := strconv.ParseUint(from, 10, 16)
		last, err2 := strconv.ParseUint(to, 10, 16)
		if err1 != nil || err2 != nil || first == 0 || last < first {
			return nil, fmt.Errorf("%q is not a port, or a range such as 8000-8999", part)
		}
		ports = append(ports, PortRange{uint16(first), uint16(last)})
	}
	return ports, nil
}

// String implements fmt.Stringer; it is what ParsePorts reads.
func (p Ports) String() string {
	words := make([]string, len(p))
	for i, r := range p {
		words[i] = strconv.Itoa(int(r.First))
		if r.Last != r.First {
			words[i] += "-" + strconv.Itoa(int(r.Last))
		}
	}
	return strings.Join(words, ",")
}

// allowedPorts is Ports, or its default: 443 and 8443 where only https is allowed,
// else those that web servers are found on. Other services listen elsewhere, and
// nobody shall have the gateway knock there.
func (t Targets) allowedPorts() Ports {
	switch {
	case t.Ports != nil:
		return t.Ports
	case t.AllowPrivate:
		return Ports{{1, 65535}}
	case t.HTTPSOnly:
		return Ports{{443, 443}, {8443, 8443}}
	default:
		return Ports{{80, 80}, {443, 443}, {8000, 8999}}
	}
}

// CheckPort says why webhooks may not go to a port, or nil.
func (t Targets) CheckPort(port uint16) error {
	allowed := t.allowedPorts()
	if !slices.ContainsFunc(allowed, func(r PortRange) bool { return r.First <= port && port <= r.Last }) {
		return fmt.Errorf("port %d is not one that webhooks may go to (%s)", port, allowed)
	}
	return nil
}

// CheckScheme says why webhooks may not go by a scheme, or nil.
func (t Targets) CheckScheme(scheme string) error {
	if scheme != "https" && (t.HTTPSOnly || scheme != "http") {
		return fmt.Errorf("webhooks go to https only")
	}
	return nil
}

// check says what is wrong with a partner's URL, as far as it can be seen.
func (t Targets) check(raw string) error {
	if raw == "" {
		return Invalidf("callback_url is required")
	}
	u, err := url.Parse(raw)
	if err != nil || len(raw) > maxURL || (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "" || u.User != nil {
		return Invalidf("callback_url must be an absolute http or https URL of at most %d characters", maxURL)
	}
	if err := t.CheckScheme(u.Scheme); err != nil {
		return Invalidf("callback_url: %v", err)
	}
	port, err := strconv.ParseUint(portOf(u), 10, 16)
	if err != nil {
		return Invalidf("callback_url: the port is none")
	}
	if err := t.CheckPort(uint16(port)); err != nil {
		return Invalidf("callback_url: %v", err)
	}
	if !t.hostAllowed(u.Hostname()) {
		return Invalidf("callback_url must lead to a public address, not to a private, loopback or special one")
	}
	return nil
}

// portOf is the port of a URL, said or not.
func portOf(u *url.URL) string {
	switch {
	case u.Port() != "":
		return u.Port()
	case u.Scheme == "https":
		return "443"
	default:
		return "80"
	}
}

// endpointOf is the part of a URL that is slow or down together.
func endpointOf(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return raw
	}
	return u.Scheme + "://" + strings.ToLower(u.Hostname()) + ":" + portOf(u)
}

// hostAllowed judges an address by what it is, and a name by whether it can be
// public at all.
func (t Targets) hostAllowed(host string) bool {
	if addr, err := netip.ParseAddr(host); err == nil {
		return t.AddrAllowed(addr)
	}
	if strings.ContainsAny(host, ":%") {
		return false
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	labels := strings.Split(host, ".")
	last := labels[len(labels)-1]
	if last == "" || last[0] >= '0' && last[0] <= '9' { // 2130706433 and 0x7f.1 are addresses to some resolvers
		return false
	}
	private := len(labels) == 1 || slices.Contains([]string{"localhost", "localdomain", "local", "internal", "lan", "intranet", "home", "corp"}, last) ||
		strings.HasSuffix(host, ".home.arpa")
	return !private || t.AllowPrivate
}

// AddrAllowed reports whether webhooks may go to an address. Where a cloud tells its
// machines their secrets they never may.
func (t Targets) AddrAllowed(addr netip.Addr) bool {
	if addr.Zone() != "" {
		return false
	}
	addr = addr.Unmap()
	if !addr.IsValid() || within(addr, neverAddrs) {
		return false
	}
	if t.AllowPrivate && within(addr, privateAddrs) {
		return true
	}
	if addr.Is6() && !globalUnicast.Contains(addr) {
		return false
	}
	return !within(addr, privateAddrs) && !within(addr, specialAddrs)
}

func within(addr netip.Addr, prefixes []netip.Prefix) bool {
	return slices.ContainsFunc(prefixes, func(p netip.Prefix) bool { return p.Contains(addr) })
}

func prefixes(list ...string) []netip.Prefix {
	out := make([]netip.Prefix, len(list))
	for i, s := range list {
		out[i] = netip.MustParsePrefix(s)
	}
	return out
}

// Never written; every order looks into them.
//
//nolint:gochecknoglobals // as said
var (
	globalUnicast = netip.MustParsePrefix("2000::/3")

	// A cloud's metadata and wire servers, and what is link-local, multicast or
	// nobody's.
	neverAddrs = prefixes("169.254.0.0/16", "168.63.129.16/32", "100.100.100.200/32", "192.0.0.192/32", "fd00:ec2::/32", "fd20:ce::254/128",
		"fe80::/10", "ff00::/8", "224.0.0.0/4", "240.0.0.0/4", "0.0.0.0/8", "::/128")

	privateAddrs = prefixes("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "::1/128", "fc00::/7")

	// IANA's special-purpose registries: protocol assignments, documentation,
	// benchmarks, and tunnels that can carry an address of the others.
	specialAddrs = prefixes("192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.175.48.0/24",
		"198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
		"2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20")
)
