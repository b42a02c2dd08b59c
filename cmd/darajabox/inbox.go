package main

import (
	"fmt"
	"time"

	"github.com/alecthomas/kong"

	"github.com/darajabox/darajabox/internal/activity"
	"github.com/darajabox/darajabox/internal/inbox"
)

type inboxCmd struct {
	Addr   string `help:"Address to listen on." default:"127.0.0.1:8090" env:"DARAJABOX_INBOX_ADDR"`
	Secret string `help:"Webhook secret of the partner, whsec_ and base64: each line then says whether the signature is right." placeholder:"SECRET" env:"DARAJABOX_INBOX_SECRET"`
	Quiet  bool   `help:"Print no lines about webhooks." short:"q"`
	Output string `help:"Form of the lines about webhooks: text for people, json for programs, an object on each line; the rest is then printed to standard error." enum:"text,json" default:"text" short:"o"`
}

func (c *inboxCmd) Run(e *env, app *kong.Kong) error {
	ignoreSIGPIPE()
	logFlags{}.warnVariables(e, app)
	l := listeners{{inbox.Listener, "--addr", c.Addr}}
	lines := activityFlags{Quiet: c.Quiet, Output: c.Output}
	in := inbox.New(inbox.Config{Addr: c.Addr, Now: time.Now, Secret: c.Secret, Report: func(w activity.Event, _ string) {
		switch {
		case c.Quiet:
		case c.Output == "json":
			_, _ = e.stdout.Write(w.JSON()) // a closed terminal is no reason to refuse a webhook
		default:
			_, _ = fmt.Fprint(e.stdout, w.Line())
		}
	}})
	err := serve(e, "inbox", in, func() {
		fmt.Fprintf(lines.bannerWriter(e), "inbox  %s\n", in.URL())
		l.printWildcards(lines.bannerWriter(e))
	})
	return l.explain(err)
}
