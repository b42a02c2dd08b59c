// Package listen binds the addresses of the services and says in one line why an
// address cannot be used.
package listen

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// loopback is the host of an address that is only a port.
const loopback = "127.0.0.1"

// TCP binds addr, which is HOST:PORT, or only PORT for 127.0.0.1. Port 0 takes any
// free port. service is the listener's name in errors, such as "the gateway". Every error is an *Error.
func TCP(ctx context.Context, service, addr string) (net.Listener, error) {
	normal, err := parse(addr, service)
	if err != nil {
		return nil, &Error{Service: service, Addr: addr, Reason: Malformed, cause: err}
	}
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", normal)
	if err != nil {
		return nil, &Error{Service: service, Addr: normal, Reason: reasonOf(err), cause: err}
	}
	return l, nil
}

// Parse returns addr as HOST:PORT. An address that is only a port is 127.0.0.1's.
func Parse(addr string) (string, error) { return parse(addr, "") }

func parse(addr, service string) (string, error) {
	if isPort(addr) {
		return net.JoinHostPort(loopback, addr), nil
	}
	host, port, err := net.SplitHostPort(addr)
	if n, bad := strconv.ParseUint(port, 10, 64); err == nil && bad == nil && n > 65535 {
		return "", fmt.Errorf("%.100q, has the port %d; a port is 0 to 65535", addr, n)
	}
	if err != nil || !isPort(port) || strings.ContainsAny(host, "/@ ") {
		return "", fmt.Errorf("%.100q, is not HOST:PORT such as %s", addr, suggestedAddr(addr, service))
	}
	return net.JoinHostPort(host, port), nil
}

// isPort reports whether s is the number of a port.
func isPort(s string) bool {
	_, err := strconv.ParseUint(s, 10, 16)
	return err == nil && s[0] != '+'
}

// suggestedAddr is the address that addr probably means, with the default port of the
// service.
func suggestedAddr(addr, service string) string {
	ports := map[string]string{
		"the simulator": "7070", "the simulator's control port": "7071", "the simulator's proxy": "7072", "the simulator's TLS port": "443", "the gateway's administration": "8081", "the inbox": "8090",
	}
	port := cmp.Or(ports[service], "8080")
	if _, rest, ok := strings.Cut(addr, "://"); ok { // a URL
		if u, err := url.Parse("//" + rest); err == nil && u.Hostname() != "" && isPort(u.Port()) {
			return u.Host
		}
	}
	if ip, err := netip.ParseAddr(strings.Trim(addr, "[]")); err == nil { // without a port
		return net.JoinHostPort(ip.String(), port)
	}
	return net.JoinHostPort(loopback, port)
}

// Reason says why an address cannot be used.
type Reason int

// Reasons. The text of Other is the cause's.
const (
	Other       Reason = iota
	Malformed          // it is not HOST:PORT
	InUse              // another program listens on the port
	Denied             // this user may not listen on the port
	NotLocal           // the host is not an address of this machine
	UnknownHost        // the host has no address
)

// Error is an address that cannot be listened on.
type Error struct {
	Service string // the listener's name, such as "the gateway"
	Addr    string // HOST:PORT, or as it was given when it is malformed
	Reason  Reason
	cause   error
}

// Error implements error.
func (e *Error) Error() string {
	host, port, _ := net.SplitHostPort(e.Addr)
	switch e.Reason {
	case Malformed:
		return fmt.Sprintf("the address of %s, %s", e.Service, e.cause)
	case InUse:
		return fmt.Sprintf("port %s is in use, possibly by another darajabox, so %s cannot start", port, e.Service)
	case Denied:
		return fmt.Sprintf("this user may not listen on port %s (ports below 1024 usually need an administrator), so %s cannot start", port, e.Service)
	case NotLocal:
		return fmt.Sprintf("%s is not an address of this machine, so %s cannot start", host, e.Service)
	case UnknownHost:
		return fmt.Sprintf("the host %q has no address, so %s cannot start", host, e.Service)
	default:
		return fmt.Sprintf("%s cannot listen on %s: %s", e.Service, e.Addr, e.cause)
	}
}

// Unwrap returns the system's error.
func (e *Error) Unwrap() error { return e.cause }

// Advice says how to choose another address with the flag that gave this one.
func (e *Error) Advice(flag string) string {
	host, port, _ := net.SplitHostPort(e.Addr)
	free := fmt.Sprintf("any free one with %s %s", flag, net.JoinHostPort(host, "0"))
	switch e.Reason {
	case Malformed:
		return fmt.Sprintf("set it with %s HOST:PORT", flag)
	case InUse, Denied:
		if other := higher(port); other != "" {
			return fmt.Sprintf("give it another with %s %s, or %s", flag, net.JoinHostPort(host, other), free)
		}
		return "give it " + free
	case NotLocal, UnknownHost:
		other := "all of its addresses with " + flag + " " + net.JoinHostPort("0.0.0.0", port)
		if isPrivate(e.Service) {
			other = "one of its private addresses with " + flag + " ADDRESS:" + port
		}
		return fmt.Sprintf("listen on this machine alone with %s %s, or on %s", flag, net.JoinHostPort(loopback, port), other)
	default:
		return "give it another with " + flag + " HOST:PORT"
	}
}

// isPrivate reports whether a service does not belong on all addresses of a machine: the
// gateway refuses that with --production.
func isPrivate(service string) bool {
	return service == "the gateway's administration" || service == "the gateway's listener for metrics and probes"
}

// higher is a port to try in the place of port: 80 gives 8080, 8080 gives 18080. It is
// "" when there is none.
func higher(port string) string {
	n, err := strconv.Atoi(port)
	if n < 1000 {
		n += 8000
	} else {
		n += 10000
	}
	if err != nil || n > 65535 {
		return ""
	}
	return strconv.Itoa(n)
}

func reasonOf(err error) Reason {
	var lookup *net.DNSError
	switch {
	case errors.As(err, &lookup):
		return UnknownHost
	case errors.Is(err, errInUse):
		return InUse
	case errors.Is(err, errDenied):
		return Denied
	case errors.Is(err, errNotLocal):
		return NotLocal
	}
	return Other
}
