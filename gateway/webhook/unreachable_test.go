package webhook

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/darajabox/darajabox/gateway"
)

// unlooked is a transport whose look-up of a name takes a while and fails, or finds an
// address where webhooks may not go.
type unlooked struct {
	after time.Duration
	err   error
}

// RoundTrip implements http.RoundTripper.
func (u unlooked) RoundTrip(r *http.Request) (*http.Response, error) {
	wait, cancel := context.WithTimeout(r.Context(), u.after)
	defer cancel()
	<-wait.Done()
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	return nil, &net.OpError{Op: "dial", Net: "tcp", Err: u.err}
}

// A partner cannot tell by the words, or by the time, whether a name exists inside the
// gateway's network.
func TestNamesOfTheNetworkAreNotTold(t *testing.T) {
	missing := &net.DNSError{Err: "no such host", Name: "db.bank.example", IsNotFound: true}
	for _, tt := range []struct {
		name    string
		targets gateway.Targets
		looked  unlooked
		want    string
		took    time.Duration
		cause   string // for the log
	}{
		{"a name that leads inside", gateway.Targets{}, unlooked{time.Millisecond, errRefused}, "the host cannot be reached at a public address", time.Second, errRefused.Error()},
		{"a name that is not known", gateway.Targets{}, unlooked{40 * time.Millisecond, missing}, "the host cannot be reached at a public address", time.Second, "the host name is not known"},
		{"a look-up that fails", gateway.Targets{}, unlooked{500 * time.Millisecond, &net.DNSError{Err: "server misbehaving"}}, "the host cannot be reached at a public address", time.Second, "the host name could not be looked up"},
		{"a look-up that takes longer", gateway.Targets{}, unlooked{5 * time.Second, &net.DNSError{Err: "timeout", IsTimeout: true}}, "the host cannot be reached at a public address", 5 * time.Second, "the host name could not be looked up"},
		{"a public address that refuses", gateway.Targets{}, unlooked{time.Millisecond, errors.New("connection refused")}, "no connection: connection refused", time.Millisecond, ""},
		{"where private addresses are allowed", gateway.Targets{AllowPrivate: true}, unlooked{time.Millisecond, missing}, "the host name is not known", time.Millisecond, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := New(Config{Transport: tt.looked, Targets: tt.targets})
				begin := time.Now()
				reply, err := s.Send(t.Context(), gateway.Webhook{URL: "http://db.bank.example/hook"})
				if took := time.Since(begin); took != tt.took {
					t.Errorf("it took %v, want %v", took, tt.took)
				}
				if reply.Status != 0 || err == nil || err.Error() != tt.want {
					t.Errorf("got %+v, %v, want %q", reply, err, tt.want)
				}
				var unreachable *gateway.UnreachableError
				if errors.As(err, &unreachable) != (tt.cause != "") || unreachable != nil && unreachable.Cause.Error() != tt.cause {
					t.Errorf("for the log: %v, want %q", errors.Unwrap(err), tt.cause)
				}
			})
		})
	}
}

// A gateway that stops does not wait.
func TestStopDoesNotWaitForAnUnreachableHost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		begin := time.Now()
		s := New(Config{Transport: unlooked{time.Millisecond, errRefused}})
		if _, err := s.Send(ctx, gateway.Webhook{URL: "http://db.bank.example/hook"}); err == nil || time.Since(begin) != 100*time.Millisecond {
			t.Errorf("%v after %v", err, time.Since(begin))
		}
	})
}

// A port that is not allowed is refused before the name is looked up: the refusal must
// not tell that there is an address.
func TestPortIsCheckedBeforeTheName(t *testing.T) {
	for _, port := range []int{22, 3306, 65535} {
		resolver, asked := names(t, []string{"10.0.0.1"})
		s := New(Config{Transport: newTransport(gateway.Targets{}, resolver)})
		_, err := s.Send(t.Context(), gateway.Webhook{URL: fmt.Sprintf("http://db.bank.example:%d/hook", port)})
		var refused refusal
		if !errors.As(err, &refused) || asked.Load() != 0 {
			t.Errorf("port %d: %v after %d look-ups", port, err, asked.Load())
		}
	}
}
