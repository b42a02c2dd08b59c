package mpesa_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/gateway/mpesa"
)

// closer is a Daraja that answers for tokens, keeps the connection, reads a whole
// push from it, and closes without a word: what an edge does that dies in mid-air.
type closer struct {
	listener net.Listener
	pushes   atomic.Int64
	conns    sync.WaitGroup
}

func newCloser(t *testing.T) *closer {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &closer{listener: listener}
	c.conns.Go(c.accept)
	t.Cleanup(func() {
		listener.Close()
		c.conns.Wait()
	})
	return c
}

func (c *closer) URL() string { return "http://" + c.listener.Addr().String() }

func (c *closer) accept() {
	for {
		conn, err := c.listener.Accept()
		if err != nil {
			return
		}
		c.conns.Go(func() { c.serve(conn) })
	}
}

func (c *closer) serve(conn net.Conn) {
	defer conn.Close()
	in := bufio.NewReader(conn)
	for {
		r, err := http.ReadRequest(in)
		if err != nil {
			return
		}
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			return
		}
		if r.URL.Path == daraja.STKPushPath {
			c.pushes.Add(1)
			return
		}
		const body = `{"access_token":"c9SQxWWhmdVRlyh0zh8gZDTkubVF","expires_in":"3599"}`
		resp := http.Response{
			StatusCode: http.StatusOK, ProtoMajor: 1, ProtoMinor: 1,
			ContentLength: int64(len(body)), Body: io.NopCloser(bytes.NewBufferString(body)),
		}
		if resp.Write(conn) != nil {
			return
		}
	}
}

// A push whose kept connection dies after it was read must not be sent again by
// the transport.
func TestPushIsNotRepeatedOnADeadConnection(t *testing.T) {
	daraja := newCloser(t)
	f := newFake(t)
	c := f.client(t, func(cfg *mpesa.Config) { cfg.BaseURL = daraja.URL() })
	_, err := c.Push(t.Context(), order())
	if e := asPushError(t, err); !e.Ambiguous {
		t.Errorf("got %q, which counts as never sent", e.Message)
	}
	if n := daraja.pushes.Load(); n != 1 {
		t.Errorf("Daraja read %d pushes", n)
	}
}

// Two things keep the transport from it, and either would do: nothing in the push
// looks repeatable, and its body cannot be rewound.
func TestPushCannotBeRewound(t *testing.T) {
	f := newFake(t)
	c := f.client(t, func(cfg *mpesa.Config) {
		cfg.Transport = trip(func(r *http.Request) (*http.Response, error) {
			if r.Method == http.MethodGet {
				return respond(tokenAnswer("t")), nil
			}
			if r.GetBody != nil {
				t.Error("the transport can rewind the push")
			}
			return respond(answer{200, ack}), nil
		})
	})
	if _, err := c.Push(t.Context(), order()); err != nil {
		t.Error(err)
	}
}

// The danger is real: with an idempotency header, or on a request that the
// transport takes for repeatable otherwise, the same server reads two pushes.
func TestTransportRepeatsWhatItThinksRepeatable(t *testing.T) {
	server := newCloser(t)
	transport := mpesa.NewTransport()
	defer transport.CloseIdleConnections()
	send := func(method, path, header string, body string) error {
		req, err := http.NewRequestWithContext(context.Background(), method, server.URL()+path, bytes.NewReader([]byte(body)))
		if err != nil {
			return err
		}
		if header != "" {
			req.Header.Set(header, "order-1")
		}
		resp, err := transport.RoundTrip(req)
		if err != nil {
			return err
		}
		_, err = io.Copy(io.Discard, resp.Body)
		return errors.Join(err, resp.Body.Close())
	}
	for _, header := range []string{"Idempotency-Key", "X-Idempotency-Key"} {
		server.pushes.Store(0)
		if err := send(http.MethodGet, daraja.TokenPath, "", ""); err != nil {
			t.Fatal(err)
		}
		if err := send(http.MethodPost, daraja.STKPushPath, header, "{}"); err == nil {
			t.Fatal("the server answered")
		}
		if n := server.pushes.Load(); n != 2 {
			t.Errorf("with %s Daraja read %d pushes; this test no longer shows the danger", header, n)
		}
	}
}
