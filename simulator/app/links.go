package app

import (
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
