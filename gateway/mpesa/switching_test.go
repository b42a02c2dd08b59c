package mpesa_test

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/darajabox/darajabox/gateway"
	"github.com/darajabox/darajabox/gateway/mpesa"
)

// switching answers all calls but those for a token with 101, and then nothing.
func switching(t *testing.T) (address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { _ = c.Close() })
			go switchOn(c)
		}
	}()
	return "http://" + l.Addr().String()
}

func switchOn(c net.Conn) {
	for in := bufio.NewReader(c); ; {
		r, err := http.ReadRequest(in)
		if err != nil {
			return
		}
		_, _ = io.Copy(io.Discard, r.Body)
		if !strings.Contains(r.URL.Path, "oauth") {
			_, _ = io.WriteString(c, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: none\r\n\r\n")
			return
		}
		_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 46\r\n\r\n"+`{"access_token":"token-1","expires_in":"3599"}`)
	}
}

// Whatever stands before Daraja may answer 101. That is no clear answer, and nothing waits for
// more of it.
func TestSwitchingProtocols(t *testing.T) {
	f, address := newFake(t), switching(t)
	c := f.client(t, func(cfg *mpesa.Config) {
		cfg.BaseURL, cfg.Timeouts = address, mpesa.Timeouts{Push: 10 * time.Second, Query: 10 * time.Second}
	})
	done := make(chan error, 1)
	end := func(what string) error {
		select {
		case err := <-done:
			return err
		case <-time.After(time.Minute):
			t.Fatalf("%s has not ended", what)
			return nil
		}
	}
	go func() {
		_, err := c.Push(t.Context(), gateway.PushOrder{Phone: "254708374149", Amount: 100, Reference: "r", Token: "t"})
		done <- err
	}()
	var push *gateway.PushError
	if err := end("a push"); !errors.As(err, &push) || !push.Ambiguous || !strings.Contains(push.Message, "101") {
		t.Errorf("a push ends with %v", err)
	}
	go func() {
		answer, err := c.Query(t.Context(), "local", "ws_CO_1")
		if err == nil && !answer.Pending {
			err = errors.New("a result")
		}
		done <- err
	}()
	if err := end("a query"); err != nil && err.Error() == "a result" {
		t.Error(err)
	}
}
