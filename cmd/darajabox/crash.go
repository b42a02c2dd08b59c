package main

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"

	gwapp "github.com/darajabox/darajabox/gateway/app"
)

// crashPoint is where the gateway kills itself, so that a test can see what is left: the
// name of a point and at which pass, as in push_answered:2. The zero value is nowhere.
type crashPoint struct {
	point string
	pass  int64
}

func (c *crashPoint) UnmarshalText(text []byte) error {
	point, pass, counted := strings.Cut(string(text), ":")
	if !slices.Contains(gwapp.Points(), point) {
		return fmt.Errorf("%q is none of %s", point, strings.Join(gwapp.Points(), ", "))
	}
	n, err := int64(1), error(nil)
	if counted {
		n, err = strconv.ParseInt(pass, 10, 64)
	}
	if err != nil || n < 1 {
		return fmt.Errorf("%q is not a number of passes", pass)
	}
	*c = crashPoint{point, n}
	return nil
}

// reach is what the gateway calls at each point; nil when it is not to be killed.
func (c crashPoint) reach() func(string) {
	if c.point == "" {
		return nil
	}
	var passes atomic.Int64
	return func(point string) {
		if point != c.point || passes.Add(1) != c.pass {
			return
		}
		if self, err := os.FindProcess(os.Getpid()); err == nil {
			_ = self.Kill() // SIGKILL: nothing is flushed
		}
		select {} // until the signal comes
	}
}
