package webhook

import (
	"net/netip"
	"syscall"

	"code.dny.dev/ssrf"

	"github.com/darajabox/darajabox/gateway"
)

// refusal is why something is not called.
type refusal string

// Error implements error.
func (r refusal) Error() string { return "refused: " + string(r) }

// errRefused does not name the address. Where it matters a partner does not read it
// either, see Sender.failure.
const errRefused refusal = "the host leads to a private, loopback or special address, where webhooks may not go"

// guard looks at each address that is about to be called, after its name was looked
// up, so that a name can't lead elsewhere at the second look.
type guard struct {
	targets gateway.Targets
	public  *ssrf.Guardian // a second opinion, kept in step with IANA's registries
}

func newGuard(targets gateway.Targets) *guard {
	// Ports are the targets' affair. The wire server of Azure is what it lets through.
	return &guard{targets: targets, public: ssrf.New(ssrf.WithAnyPort(),
		ssrf.WithDeniedV4Prefixes(netip.MustParsePrefix("168.63.129.16/32")))}
}

// control is net.Dialer.Control.
func (g *guard) control(network, address string, raw syscall.RawConn) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil {
		return errRefused
	}
	if err := g.targets.CheckPort(to.Port()); err != nil {
		return refusal(err.Error())
	}
	if !g.targets.AddrAllowed(to.Addr()) {
		return errRefused
	}
	if !g.targets.AllowPrivate && g.public.Safe(network, address, raw) != nil {
		return errRefused
	}
	return nil
}
