package app

import "github.com/darajabox/darajabox/simulator/control"

// Address is a URL for people, with its name and what it is for.
type Address = control.Address

// SetLinks says what else runs beside the simulator, such as a gateway, so that the
// console can link to it: links returns the addresses for a caller that reaches this
// machine as host, a name or an IP address without a port. It replaces what was said
// before, and may be called at any time.
func (a *App) SetLinks(links func(host string) []Address) {
	a.linksMu.Lock()
	defer a.linksMu.Unlock()
	a.links = links
}

// listLinks are the links for a caller that reaches this machine as host.
func (a *App) listLinks(host string) []Address {
	a.linksMu.Lock()
	links := a.links
	a.linksMu.Unlock()
	if links == nil {
		return nil
	}
	return links(host)
}
