package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/darajabox/darajabox/internal/listen"
)

// door is an address and who is served there: partners, Daraja, administration, or
// those who run the gateway. A nil door is one that is not wanted; it has no URL and
// nothing to close.
type door struct {
	what     string // what comes in, for errors: "requests"
	listener net.Listener

	connections *connections // nil until it is opened, as is server
	server      *http.Server
	served      chan error // gets the one result of Serve, then is closed
}

// Names of the listeners in the errors of Start, which wrap a *listen.Error when an
// address cannot be used.
const (
	ListenerGateway   = "the gateway"
	ListenerAdmin     = "the gateway's administration"
	ListenerCallbacks = "the gateway's listener for callbacks"
	ListenerOps       = "the gateway's listener for metrics and probes"
)

// bind takes an address. Who calls it waits until the door is opened.
func bind(ctx context.Context, service, addr, what string) (*door, error) {
	listener, err := listen.TCP(ctx, service, addr)
	if err != nil {
		return nil, err
	}
	return &door{what: what, listener: listener}, nil
}

// urlFor is where a program reaches the door that reaches this machine as host, "" for
// one on this machine. It is "" without a door.
func (d *door) urlFor(host string) string {
	if d == nil {
		return ""
	}
	return listen.URLFor(host, d.listener.Addr())
}

// open serves connections by s, within limits. Requests have the values of ctx and
// outlive it.
func (d *door) open(ctx context.Context, s *http.Server, limits connLimits) {
	base := context.WithoutCancel(ctx)
	s.BaseContext = func(net.Listener) context.Context { return base }
	d.connections = newConnections(d.listener, d.what, limits)
	d.connections.serveBy(s)
	d.server, d.served = s, make(chan error, 1)
	go func() {
		d.served <- s.Serve(d.connections)
		close(d.served)
	}()
}

// bodyGrace is how long a door that is shut waits for what is missing of requests.
const bodyGrace = time.Second

// shut lets nobody in any more, and waits until who is in has left or ctx ends. A request
// that has not come in full within bodyGrace, or within half of the time, has not begun: its
// connection is closed, and that is no error.
func (d *door) shut(ctx context.Context) error {
	grace := bodyGrace
	if end, ok := ctx.Deadline(); ok {
		grace = min(grace, time.Until(end)/2)
	}
	closing := time.AfterFunc(grace, d.connections.closeUnbegun)
	defer closing.Stop()
	return d.server.Shutdown(ctx)
}

// stop is shut and close: it says so when somebody was cut off.
func (d *door) stop(ctx context.Context) error {
	if d == nil {
		return nil
	}
	var err error
	if shutErr := d.shut(ctx); shutErr != nil {
		err = fmt.Errorf("%s were cut off: %w", d.what, shutErr)
	}
	return errors.Join(err, d.close())
}

// close cuts off who is still in. It says so, once, when serving had ended before.
// A door that was opened may be closed again.
func (d *door) close() error {
	switch {
	case d == nil:
		return nil
	case d.server == nil:
		return d.listener.Close()
	}
	err := d.server.Close()
	if serveErr := <-d.served; serveErr != nil && !errors.Is(serveErr, http.ErrServerClosed) {
		err = errors.Join(err, fmt.Errorf("serving %s: %w", d.what, serveErr))
	}
	return err
}
