package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"

	"github.com/darajabox/darajabox/internal/listen"
)

// listener is what a command listens on: service is its name in errors, flag gave addr.
type listener struct{ service, flag, addr string }

type listeners []listener

// explain adds the flag that helps to the error of an address that cannot be listened on.
func (l listeners) explain(err error) error {
	var bad *listen.Error
	if errors.As(err, &bad) {
		for _, x := range l {
			if x.service == bad.Service {
				return fmt.Errorf("%w; %s", bad, bad.Advice(x.flag))
			}
		}
	}
	return err
}

// check tries all addresses before any is used, so that all errors are printed at once.
func (l listeners) check(ctx context.Context) error {
	for i, a := range l {
		for _, b := range l[:i] {
			if conflict(a.addr, b.addr) {
				return usageError("%s and %s are both %s; give each an address of its own", b.flag, a.flag, a.addr)
			}
		}
	}
	var errs []error
	for _, x := range l {
		socket, err := listen.TCP(ctx, x.service, x.addr)
		if err != nil {
			errs = append(errs, l.explain(err))
			continue
		}
		_ = socket.Close() // it was opened only to see whether it can be
	}
	return errors.Join(errs...)
}

// conflict reports whether two well-formed addresses cannot be listened on together.
func conflict(a, b string) bool {
	host, port := splitAddr(a)
	other, otherPort := splitAddr(b)
	return port != "" && port != "0" && port == otherPort && (host == other || listen.IsWildcard(a) || listen.IsWildcard(b))
}

func splitAddr(addr string) (host, port string) {
	normal, err := listen.Parse(addr)
	if err != nil {
		return "", ""
	}
	host, port, _ = net.SplitHostPort(normal)
	return host, port
}

// printWildcards names the listeners that other machines reach: their URL shows 127.0.0.1.
func (l listeners) printWildcards(w io.Writer) {
	var open []string
	for _, x := range l {
		if listen.IsWildcard(x.addr) {
			open = append(open, x.service)
		}
	}
	switch len(open) {
	case 0:
	case 1:
		fmt.Fprintf(w, "note       %s listens on all addresses of this machine\n", open[0])
	default:
		fmt.Fprintf(w, "note       %s listen on all addresses of this machine\n", enumerate(open, "and"))
	}
}
