// Package listen binds the addresses of the services and says in one line why an
// address cannot be used.
package listen

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"syscall"
)

// loopback is the host of an address that is only a port.
const loopback = "127.0.0.1"

// TCP binds addr, which is HOST:PORT, or only PORT for 127.0.0.1. Port 0 takes any
// free port. service is who wants to listen, as the reader of an error knows it: "the
// gateway". Every error is an *Error.
func TCP(ctx context.Context, service, addr string) (net.Listener, error) {
	normal, err := parse(addr, usualPort(service))
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
func Parse(addr string) (string, error) { return parse(addr, anyPort) }

// anyPort is that of an example for a service that has none of its own.
const anyPort = "8080"

// usualPort is where a service listens unless it is told otherwise, for an example.
func usualPort(service string) string {
	switch service {
	case "the simulator":
		return "7070"
	case "the simulator's control port":
		return "7071"
	case "the gateway's administration":
		return "8081"
	case "the inbox":
		return "8090"
	default:
		return anyPort
	}
}

func parse(addr, usual string) (string, error) {
	if isPort(addr) {
		return net.JoinHostPort(loopback, addr), nil
	}
	host, port, err := net.SplitHostPort(addr)
	if n, bad := strconv.ParseUint(port, 10, 64); err == nil && bad == nil && n > 65535 {
		return "", fmt.Errorf("%.100q, has the port %d; a port is 0 to 65535", addr, n)
	}
	if err != nil || !isPort(port) || strings.ContainsAny(host, "/@ ") {
		return "", fmt.Errorf("%.100q, is not HOST:PORT such as %s", addr, suggestedAddr(addr, usual))
	}
	return net.JoinHostPort(host, port), nil
}

// isPort reports whether s is the number of a port.
func isPort(s string) bool {
	_, err := strconv.ParseUint(s, 10, 16)
	return err == nil && s[0] != '+'
}

// suggestedAddr is the address that addr probably means.
func suggestedAddr(addr, usual string) string {
	example := net.JoinHostPort(loopback, usual)
	if _, bare, ok := strings.Cut(addr, "://"); ok { // a URL
		u, err := url.Parse("//" + bare)
		if err == nil && u.Hostname() != "" && isPort(u.Port()) {
			return u.Host
		}
		return example
	}
	if ip, err := netip.ParseAddr(strings.Trim(addr, "[]")); err == nil { // without a port
		return net.JoinHostPort(ip.String(), usual)
	}
	return example
}

// Reason says why an address cannot be used.
type Reason int

// Reasons. Other has the cause's own words.
const (
	Other       Reason = iota
	Malformed          // it is not HOST:PORT
	InUse              // another program listens on the port
	Denied             // this user may not listen on the port
	NotHere            // the host is not an address of this machine
	UnknownHost        // the host has no address
)

// Error is an address that cannot be listened on.
type Error struct {
	Service string // who wanted to listen, such as "the gateway"
	Addr    string // HOST:PORT, or what was written when it is malformed
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
		return fmt.Sprintf("port %s is in use, perhaps by another darajabox, so %s cannot start", port, e.Service)
	case Denied:
		return fmt.Sprintf("this user may not listen on port %s (ports below 1024 usually need an administrator), so %s cannot start", port, e.Service)
	case NotHere:
		return fmt.Sprintf("%s is not an address of this machine, so %s cannot start", host, e.Service)
	case UnknownHost:
		return fmt.Sprintf("the host %q has no address, so %s cannot start", host, e.Service)
	default:
		return fmt.Sprintf("%s cannot listen on %s: %s", e.Service, e.Addr, e.cause)
	}
}

// Unwrap returns what the system said.
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
	case NotHere, UnknownHost:
		other := "all of its addresses with " + flag + " " + net.JoinHostPort("0.0.0.0", port)
		if isPrivate(e.Service) {
			other = "one of its private addresses with " + flag + " ADDRESS:" + port
		}
		return fmt.Sprintf("listen on this machine alone with %s %s, or on %s", flag, net.JoinHostPort(loopback, port), other)
	default:
		return "give it another with " + flag + " HOST:PORT"
	}
}

// isPrivate tells the services that do not belong on all addresses of a machine: the gateway
// refuses that with --production.
func isPrivate(service string) bool {
	return service == "the gateway's administration" || service == "the gateway's listener for metrics and probes"
}

// higher is a port to try in the place of port: 80 gives 8080, 8080 gives 18080. It is
// "" when there is none.
func higher(port string) string {
	n, err := strconv.Atoi(port)
	switch {
	case err != nil:
		return ""
	case n < 1000:
		n += 8000
	default:
		n += 10000
	}
	if n > 65535 {
		return ""
	}
	return strconv.Itoa(n)
}

func reasonOf(err error) Reason {
	var lookup *net.DNSError
	var errno syscall.Errno
	switch {
	case errors.As(err, &lookup):
		return UnknownHost
	case !errors.As(err, &errno):
		return Other
	case errno == errInUse:
		return InUse
	case errno == errDenied:
		return Denied
	case errno == errNotHere:
		return NotHere
	default:
		return Other
	}
}
