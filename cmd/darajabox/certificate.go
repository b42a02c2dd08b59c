package main

import (
	"fmt"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
)

// certificateCmd prints what an app needs to act as an initiator.
type certificateCmd struct {
	Encrypt string `placeholder:"PASSWORD" env:"-" help:"Print the SecurityCredential of this password instead."`
}

func (c *certificateCmd) Run(e *env) error {
	if c.Encrypt == "" {
		_, err := e.stdout.Write(simulator.CredentialCertificate())
		return err
	}
	key, err := daraja.ParseCertificate(simulator.CredentialCertificate())
	if err != nil {
		return err
	}
	credential, err := daraja.SecurityCredential(key, c.Encrypt)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(e.stdout, credential)
	return err
}
