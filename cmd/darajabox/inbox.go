package main

import (
	"fmt"
	"time"

	"github.com/darajabox/darajabox/inbox"
)

type inboxCmd struct {
	Addr   string `help:"Address to listen on." default:"127.0.0.1:8090" env:"DARAJABOX_INBOX_ADDR"`
	Secret string `help:"Secret of the partner that it plays, whsec_ and base64: each line says whether the signature is right." placeholder:"SECRET" env:"DARAJABOX_INBOX_SECRET"`
}

// Run starts the inbox.
func (c *inboxCmd) Run(e *env) error {
	in := inbox.New(inbox.Config{Addr: c.Addr, Out: e.stdout, Now: time.Now, Secret: c.Secret})
	err := serve(e, "inbox", in, func() {
		fmt.Fprintf(e.stdout, "inbox  %s\n", in.URL())
		noteOpen(e.stdout, listening{"inbox", c.Addr})
	})
	return addrFlags{inbox.Listener: "--addr"}.explain(err)
}
