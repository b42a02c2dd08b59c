package app_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/darajabox/darajabox/daraja"
)

// rawCall is a push on a connection of its own, which its answer ends.
type rawCall struct {
	net.Conn
	in *bufio.Reader
}

// dial sends a push.
func (s *sim) dial(t *testing.T, callback string) *rawCall {
	t.Helper()
	if s.token == "" {
		_, body := s.login(t)
		var token daraja.TokenResponse
		if err := json.Unmarshal([]byte(body), &token); err != nil {
			t.Fatal(err)
		}
		s.token = token.AccessToken
	}
	c, err := new(net.Dialer).DialContext(t.Context(), "tcp", strings.TrimPrefix(s.URL(), "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	_ = c.SetDeadline(time.Now().Add(20 * time.Second))
	body := pushBody("254712345678", "INV-1", callback)
	if _, err := fmt.Fprintf(c, "POST %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
		daraja.STKPushPath, s.token, len(body), body); err != nil {
		t.Fatal(err)
	}
	return &rawCall{c, bufio.NewReader(c)}
}

// begin sends a push and returns once the simulator has it.
func (s *sim) begin(t *testing.T, callback string) *rawCall {
	t.Helper()
	c := s.dial(t, callback)
	if verdict := s.ask(t, http.MethodPost, "/journal/wait", `{"match":{"api":"stkpush"},"count":1,"timeout":"20s"}`); !strings.Contains(verdict, `"ok":true`) {
		t.Fatalf("the push did not come: %s", verdict)
	}
	return c
}

// rest reads the answer up to its end.
func (c *rawCall) rest() (head, body string, err error) {
	raw, err := io.ReadAll(c.in)
	head, body, _ = strings.Cut(string(raw), "\r\n\r\n")
	return head + "\r\n", body, err
}

// exchange sends a push and reads the answer; head is empty when nothing came.
func (s *sim) exchange(t *testing.T, callback string) (head, body string, err error) {
	t.Helper()
	head, body, err = s.dial(t, callback).rest()
	return strings.TrimPrefix(head, "\r\n"), body, err
}

const okAnswer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"

// rawShop receives callbacks as bytes.
type rawShop struct {
	url    string
	answer func() string
	broken chan error // of requests that did not come whole

	mu     sync.Mutex
	bodies []string
}

func listenRaw(t *testing.T) *rawShop {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	shop := &rawShop{url: "http://" + l.Addr().String() + "/stk", answer: func() string { return okAnswer }, broken: make(chan error, 9)}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go shop.serve(c)
		}
	}()
	return shop
}

func (r *rawShop) serve(c net.Conn) {
	defer c.Close()
	for in := bufio.NewReader(c); ; {
		req, err := http.ReadRequest(in)
		if err != nil {
			return // between two requests
		}
		body, err := io.ReadAll(req.Body)
		if err != nil {
			r.broken <- err
			return
		}
		r.mu.Lock()
		r.bodies = append(r.bodies, string(body))
		r.mu.Unlock()
		_, _ = io.WriteString(c, r.answer())
	}
}

// all is what has come, in order.
func (r *rawShop) all() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.bodies)
}

func (r *rawShop) count(t *testing.T, want int) {
	t.Helper()
	if all := r.all(); len(all) != want {
		t.Fatalf("%d callbacks, want %d: %q", len(all), want, all)
	}
}
