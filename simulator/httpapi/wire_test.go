package httpapi_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/darajabox/darajabox/daraja"
)

// caller speaks with the API over a connection, in bytes.
type caller struct {
	net.Conn
	in *bufio.Reader
}

// call serves the rig and connects to it.
func (r *rig) call(t *testing.T) *caller {
	t.Helper()
	return dial(t, r.serve(t))
}

func (r *rig) serve(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(r)
	t.Cleanup(server.Close)
	return server.Listener.Addr().String()
}

func dial(t *testing.T, address string) *caller {
	t.Helper()
	c, err := new(net.Dialer).DialContext(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	if err := c.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return &caller{Conn: c, in: bufio.NewReader(c)}
}

// send writes a push with the rig's token.
func (c *caller) send(t *testing.T, r *rig, changes ...string) {
	t.Helper()
	body := pushBody(changes...)
	_, err := fmt.Fprintf(c, "POST %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
		daraja.STKPushPath, r.token, len(body), body)
	if err != nil {
		t.Fatal(err)
	}
}

// head reads status line and headers.
func (c *caller) head(t *testing.T) (status string, header map[string]string) {
	t.Helper()
	header = make(map[string]string)
	for {
		line, err := c.in.ReadString('\n')
		if err != nil {
			t.Fatalf("reading the header: %v", err)
		}
		line = strings.TrimSuffix(line, "\r\n")
		switch name, value, ok := strings.Cut(line, ": "); {
		case line == "":
			return status, header
		case ok:
			header[name] = value
		default:
			status = strings.TrimPrefix(line, "HTTP/1.1 ")
		}
	}
}

// body reads as many bytes as the header says.
func (c *caller) body(t *testing.T, header map[string]string) string {
	t.Helper()
	n, err := strconv.Atoi(header["Content-Length"])
	if err != nil {
		t.Fatalf("Content-Length: %v", err)
	}
	b := make([]byte, n)
	if _, err := io.ReadFull(c.in, b); err != nil {
		t.Fatalf("reading a body of %d: %v", n, err)
	}
	return string(b)
}

// answer reads a whole answer.
func (c *caller) answer(t *testing.T) (status string, header map[string]string, body string) {
	t.Helper()
	status, header = c.head(t)
	return status, header, c.body(t, header)
}

// silent holds that nothing has come.
func (c *caller) silent(t *testing.T) {
	t.Helper()
	_ = c.SetReadDeadline(time.Now().Add(20 * time.Millisecond))
	if b, err := c.in.Peek(1); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("got %q, %v; want nothing yet", b, err)
	}
	_ = c.SetReadDeadline(time.Now().Add(20 * time.Second))
}
