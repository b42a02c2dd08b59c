package main

import (
	"os"
	"path/filepath"

	simapp "github.com/darajabox/darajabox/simulator/app"
)

// reachFlags are for apps whose base URL cannot be changed.
type reachFlags struct {
	ProxyAddr string  `help:"Address of the proxy for apps that have Safaricom's hosts built in; 'darajabox env' prints what they need. auto is 127.0.0.1:7072, or a free port when that one is taken; an empty one turns it off." default:"auto" placeholder:"HOST:PORT"`
	TLSAddr   string  `name:"tls-addr" help:"Address that answers as Safaricom's hosts by TLS, such as :443 for an entry in the hosts file or a container's alias; none unless given." placeholder:"HOST:PORT"`
	CADir     string  `name:"ca-dir" help:"Folder of the local certificate authority that signs for Safaricom's hosts; made when it is needed, in the folder of the user's configuration unless given." type:"path" placeholder:"DIR"`
	Route     []route `help:"Send callbacks for one origin to another, such as those for an app's public name to the app on this machine: https://shop.example.com=http://127.0.0.1:3000. Several are separated by commas." placeholder:"FROM=TO"`
	Offline   bool    `help:"Let the proxy refuse every host but Safaricom's."`
}

// route is one of callbacks.
type route simapp.Route

func (r *route) UnmarshalText(text []byte) error {
	parsed, err := simapp.ParseRoute(string(text))
	*r = route(parsed)
	return err
}

// apply adds the flags to the configuration of a simulator.
func (f reachFlags) apply(c *simapp.Config) {
	c.ProxyAddr, c.TLSAddr, c.CADir, c.Offline = f.ProxyAddr, f.TLSAddr, f.dir(), f.Offline
	for _, r := range f.Route {
		c.Routes = append(c.Routes, simapp.Route(r))
	}
	if file := os.Getenv("SSL_CERT_FILE"); file != simapp.CAFilesIn(c.CADir).Bundle { // which the authority itself has written
		c.RootFile = file
	}
}

// dir is the folder of the authority, "" when there is none.
func (f reachFlags) dir() string {
	if f.CADir != "" {
		return f.CADir
	}
	dir, err := os.UserConfigDir()
	if err != nil {
		return ""
	}
	return filepath.Join(dir, "darajabox", "ca")
}

// listeners are the addresses that are given.
func (f reachFlags) listeners() (all listeners) {
	if f.ProxyAddr != "" && f.ProxyAddr != simapp.ProxyAuto {
		all = append(all, listener{simapp.ListenerProxy, "--proxy-addr", f.ProxyAddr})
	}
	if f.TLSAddr != "" {
		all = append(all, listener{simapp.ListenerTLS, "--tls-addr", f.TLSAddr})
	}
	return all
}
