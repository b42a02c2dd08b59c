package main

import (
	"errors"
	"fmt"
	"io"
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
