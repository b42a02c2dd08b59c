package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/darajabox/darajabox/internal/listen"
)

// addrFlags are the flags that give a command's addresses, by the listener's name.
type addrFlags map[string]string

// explain makes one line of an address that cannot be listened on: what is wrong, and
// the flag that helps. It returns every other error as it is.
func (f addrFlags) explain(err error) error {
	var bad *listen.Error
	if !errors.As(err, &bad) || f[bad.Service] == "" {
		return err
	}
	return fmt.Errorf("%w; %s", bad, bad.Advice(f[bad.Service]))
}

// wanted is an address that a command is to listen on, by the listener's name.
type wanted struct{ service, addr string }

// check looks at all addresses before any is used, so that everything that is wrong is
// said at once: two that are the same, and those that cannot be listened on.
func (f addrFlags) check(ctx context.Context, all ...wanted) error {
	var faults []error
	for i, a := range all {
		if twin := sameAddress(a, all[:i]); twin != "" {
			return exitError{exitUsage, fmt.Errorf("%s and %s are both %s; give each an address of its own", f[twin], f[a.service], a.addr)}
		}
	}
	for _, a := range all {
		l, err := listen.TCP(ctx, a.service, a.addr)
		if err != nil {
			faults = append(faults, f.explain(err))
			continue
		}
		_ = l.Close() // it was taken only to see whether it can be
	}
	return errors.Join(faults...)
}

// sameAddress is the service of an earlier address that cannot be listened on together
// with a, or "".
func sameAddress(a wanted, earlier []wanted) string {
	host, port := split(a.addr)
	for _, b := range earlier {
		if other, p := split(b.addr); port != "" && port != "0" && p == port && (other == host || listen.OnAll(a.addr) || listen.OnAll(b.addr)) {
			return b.service
		}
	}
	return ""
}

// split is an address's host and port, "" for one that is malformed.
func split(addr string) (host, port string) {
	normal, err := listen.Parse(addr)
	if err != nil {
		return "", ""
	}
	host, port, _ = net.SplitHostPort(normal)
	return host, port
}

// isMalformed reports whether err is an address that could not be read: a mistake in
// how the command was called.
func isMalformed(err error) bool {
	var bad *listen.Error
	return errors.As(err, &bad) && bad.Reason == listen.Malformed
}

// listening is a listener and the address that a flag gave it.
type listening struct{ name, addr string }

// noteOpen says which listeners other machines reach, when there are any: their URL
// shows 127.0.0.1.
func noteOpen(w io.Writer, all ...listening) {
	var open []string
	for _, l := range all {
		if listen.OnAll(l.addr) {
			open = append(open, l.name)
		}
	}
	switch len(open) {
	case 0:
	case 1:
		fmt.Fprintf(w, "note       the %s listens on all addresses of this machine\n", open[0])
	default:
		last := len(open) - 1
		fmt.Fprintf(w, "note       the %s and the %s listen on all addresses of this machine\n", strings.Join(open[:last], ", the "), open[last])
	}
}
