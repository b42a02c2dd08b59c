package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"

	"github.com/darajabox/darajabox/gateway"
	"github.com/darajabox/darajabox/gateway/httpapi"
)

// door is a listener of its own and who is served there.
type door struct {
	listener net.Listener
	server   *http.Server
	served   chan error // gets the one result of Serve
}

// openDoor binds addr.
func (a *App) openDoor(ctx context.Context, addr string) (*door, error) {
	var lc net.ListenConfig
	listener, err := lc.Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("listening for callbacks: %w", err)
	}
	return &door{listener: listener}, nil
}

// serve begins to serve.
func (d *door) serve(ctx context.Context, a *App, h http.Handler) {
	d.server = httpapi.NewServer(h, a.cfg.Log)
	base := context.WithoutCancel(ctx)
	d.server.BaseContext = func(net.Listener) context.Context { return base }
	d.served = make(chan error, 1)
	listener := a.cfg.Limits.listener(d.listener)
	go func() { d.served <- d.server.Serve(listener) }()
}

// stop takes no more requests and lets those that run finish, until ctx ends.
func (d *door) stop(ctx context.Context) error {
	if d == nil || d.server == nil {
		return nil
	}
	var err error
	if shutErr := d.server.Shutdown(ctx); shutErr != nil {
		err = errors.Join(fmt.Errorf("callbacks were cut off: %w", shutErr), d.server.Close())
	}
	if serveErr := <-d.served; !errors.Is(serveErr, http.ErrServerClosed) {
		err = errors.Join(err, serveErr)
	}
	return err
}

// release closes what was bound and never served.
func (d *door) release() error {
	if d == nil || d.server != nil {
		return nil
	}
	return d.listener.Close()
}

// api is the API that belongs behind a door.
func (a *App) api(p *parts, gw *gateway.Gateway, which httpapi.Door) http.Handler {
	sources, _ := a.cfg.Callbacks.sources() // checked by New
	return httpapi.New(httpapi.Config{
		Gateway: gw, Partners: p.doors.keyring, Clock: a.cfg.Clock, Log: a.cfg.Log, Health: p.health, Observe: p.eyes.request,
		MaxWaiting:  httpapi.DefaultWaiting,
		PartnerRate: httpapi.PartnerRate{PerSecond: a.cfg.Limits.PartnerRate, Burst: a.cfg.Limits.PartnerBurst},
		Sources:     sources, Door: which,
	})
}
