package main

import (
	"fmt"

	gwapp "github.com/darajabox/darajabox/gateway/app"
)

// targetFlags say where webhooks may go.
type targetFlags struct {
	AllowPrivateCallbacks bool   `help:"Allow webhooks to loopback and private networks, on any port; for testing."`
	CallbackPorts         string `help:"Ports that webhooks may use, such as 443,8000-8999; 80, 443 and 8000-8999 unless given, with --production 443 and 8443." placeholder:"PORTS"`
}

func (f targetFlags) apply(config *gwapp.Config) (err error) {
	config.AllowPrivate = f.AllowPrivateCallbacks
	if f.CallbackPorts == "" {
		return nil
	}
	if config.CallbackPorts, err = gwapp.ParsePorts(f.CallbackPorts); err != nil {
		return fmt.Errorf("--callback-ports: %w", err)
	}
	return nil
}
