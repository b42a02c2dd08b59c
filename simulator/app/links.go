package app

import (
	"net"
	"net/netip"
	"net/url"
	"slices"

	"github.com/darajabox/darajabox/simulator/control"
)

// Address is a URL for people, with its name and what it is for.
type Address = control.Address

// SetLinks says what else runs beside the simulator, such as a gateway, so that the
// console can link to it. It replaces what was said before, and may be called at any
// time.
func (a *App) SetLinks(links ...Address) {
	a.linksMu.Lock()
	defer a.linksMu.Unlock()
	a.links = slices.Clone(links)
}

func (a *App) listLinks() []Address {
	a.linksMu.Lock()
	defer a.linksMu.Unlock()
	return a.links
}

// selfURL is the control API's base URL for requests that come from the simulator
// itself. A listener on every address is reached by loopback.
func (a *App) selfURL() string {
	u, err := url.Parse(a.ctrl.url())
	if err != nil {
		return a.ctrl.url()
	}
	if at, err := netip.ParseAddr(u.Hostname()); err == nil && at.IsUnspecified() {
		u.Host = net.JoinHostPort("127.0.0.1", u.Port())
	}
	return u.String()
}
