package webhook_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/darajabox/darajabox/gateway"
	"github.com/darajabox/darajabox/gateway/webhook"
)

// private lets webhooks go to the servers of a test.
var private = gateway.Targets{AllowPrivate: true}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestEveryStatus(t *testing.T) {
	for code := 100; code <= 599; code++ {
		s := webhook.New(webhook.Config{Transport: roundTripper(func(*http.Request) (*http.Response, error) {
			return &http.Response{
				StatusCode: code,
				Header:     http.Header{"Location": {"https://elsewhere.example.com/"}, "Retry-After": {"7"}},
				Body:       io.NopCloser(strings.NewReader("x")),
			}, nil
		})})
		reply, err := s.Send(t.Context(), gateway.Webhook{URL: "https://shop.example.com/hook"})
		body := "x"
		if code == http.StatusSwitchingProtocols { // what follows is another protocol
			body = ""
		}
		if reply.Status != code || string(reply.Body) != body || reply.RetryAfter != "7" {
			t.Errorf("%d: got %+v", code, reply)
		}
		if delivered := code >= 200 && code <= 299; delivered != (err == nil) {
			t.Errorf("%d: got error %v", code, err)
		}
		want := fmt.Sprintf("answered %d", code)
		if code/100 == 3 {
			want += "; redirects are not followed"
		}
		if err != nil && err.Error() != want {
			t.Errorf("%d: got %q", code, err)
		}
	}
}

func TestPostIsWhatThePartnerExpects(t *testing.T) {
	const body = `{"transaction_id":102}`
	got := make(chan *http.Request, 1)
	read := make(chan string, 1)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		got <- r
		read <- string(b)
	}))
	defer server.Close()
	s := webhook.New(webhook.Config{UserAgent: "darajabox/1.2.3", Targets: private})
	defer s.Close()
	reply, err := s.Send(t.Context(), gateway.Webhook{
		URL: server.URL + "/hook?shop=7", Body: []byte(body),
		MessageID: "msg_a", At: time.Unix(1_767_225_600, 999), Signature: "v1,a v1,b",
	})
	if reply.Status != http.StatusOK || err != nil {
		t.Fatalf("got %d, %v", reply.Status, err)
	}
	r := <-got
	if r.Method != http.MethodPost || r.URL.String() != "/hook?shop=7" || <-read != body {
		t.Errorf("%s %s", r.Method, r.URL)
	}
	if r.Header.Get("Content-Type") != "application/json" || r.UserAgent() != "darajabox/1.2.3" || r.ContentLength != int64(len(body)) {
		t.Errorf("%v, %d bytes", r.Header, r.ContentLength)
	}
	for name, want := range map[string]string{"webhook-id": "msg_a", "webhook-timestamp": "1767225600", "webhook-signature": "v1,a v1,b"} {
		if got := r.Header.Get(name); got != want {
			t.Errorf("%s %q, want %q", name, got, want)
		}
	}
}

// An endpoint that nothing listens on is told apart by type, and so is one on the
// gateway's own machine, by whichever name.
func TestNoConnection(t *testing.T) {
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	_, port, _ := strings.Cut(strings.TrimPrefix(gone.URL, "http://"), ":")
	s := webhook.New(webhook.Config{Targets: gateway.Targets{AllowPrivate: true}})
	defer s.Close()
	for _, host := range []string{"127.0.0.1", "localhost"} {
		_, err := s.Send(t.Context(), gateway.Webhook{URL: "http://" + host + ":" + port + "/hook"})
		var none *gateway.NoConnectionError
		if !errors.As(err, &none) || !none.Loopback || !strings.HasPrefix(err.Error(), "no connection: ") {
			t.Errorf("%s: %v", host, err)
		}
	}
	elsewhere := webhook.New(webhook.Config{Transport: failing{&net.OpError{
		Op: "dial", Net: "tcp", Addr: &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 80}, Err: errors.New("connection refused"),
	}}})
	_, err := elsewhere.Send(t.Context(), gateway.Webhook{URL: "http://shop.example/hook"})
	var none *gateway.NoConnectionError
	if !errors.As(err, &none) || none.Loopback || err.Error() != "no connection: connection refused" {
		t.Errorf("elsewhere: %v", err)
	}
}

// failing is a transport that fails.
type failing struct{ err error }

// RoundTrip implements http.RoundTripper.
func (f failing) RoundTrip(*http.Request) (*http.Response, error) { return nil, f.err }

func TestRedirectIsAFailure(t *testing.T) {
	for _, code := range []int{301, 302, 303, 307, 308} {
		asked := make(chan string, 2)
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			asked <- r.URL.Path
			http.Redirect(w, r, "/elsewhere", code)
		}))
		s := webhook.New(webhook.Config{Targets: private})
		reply, err := s.Send(t.Context(), gateway.Webhook{URL: server.URL + "/hook"})
		if reply.Status != code || err == nil {
			t.Errorf("%d: got %d, %v", code, reply.Status, err)
		}
		s.Close()
		server.Close()
		if len(asked) != 1 {
			t.Errorf("%d: it was followed", code)
		}
	}
}

func TestProxyOfTheEnvironmentIsNotAsked(t *testing.T) {
	if webhook.NewTransport(gateway.Targets{}).Proxy != nil {
		t.Error("there is a proxy")
	}
}

func TestErrorsDoNotShowTheURL(t *testing.T) {
	dropping := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))
	defer dropping.Close()
	closed := httptest.NewServer(nil)
	closed.Close()
	for name, url := range map[string]string{
		"a dropped connection": dropping.URL + "/hook?key=hush",
		"nobody listens":       closed.URL + "/hook?key=hush",
		"no such host":         "http://partner.invalid/hook?key=hush",
		"not a URL":            "http://%zz/hook?key=hush",
		"no scheme":            "/hook?key=hush",
	} {
		reply, err := webhook.New(webhook.Config{Targets: private}).Send(t.Context(), gateway.Webhook{URL: url})
		if reply.Status != 0 || err == nil {
			t.Errorf("%s: got %d, %v", name, reply.Status, err)
			continue
		}
		if strings.Contains(err.Error(), "hush") || strings.Contains(err.Error(), "/hook") {
			t.Errorf("%s: %q shows the URL", name, err)
		}
	}
}

// stalled never answers until its request is given up.
func stalled(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

func TestPartnerHasFifteenSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		reply, err := webhook.New(webhook.Config{Transport: roundTripper(stalled)}).
			Send(t.Context(), gateway.Webhook{URL: "https://shop.example.com/hook"})
		if took := time.Since(begin); took != 15*time.Second {
			t.Errorf("given up after %s", took)
		}
		if reply.Status != 0 || err == nil || err.Error() != "no answer within 15s" {
			t.Errorf("got %d, %v", reply.Status, err)
		}
	})
}

// An answer that came in time counts, however long its body drips.
func TestDrippingBodyIsADeliveryThatEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := webhook.New(webhook.Config{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: http.StatusNoContent, Body: dripping{r.Context()}}, nil
		})})
		begin := time.Now()
		reply, err := s.Send(t.Context(), gateway.Webhook{URL: "https://shop.example.com/hook"})
		if reply.Status != 204 || err != nil {
			t.Errorf("got %d, %v", reply.Status, err)
		}
		if took := time.Since(begin); took > 15*time.Second {
			t.Errorf("held up for %s", took)
		}
	})
}

// dripping gives a byte a second until its request is over.
type dripping struct{ request context.Context }

func (d dripping) Read(p []byte) (int, error) {
	select {
	case <-time.After(time.Second):
		return copy(p, "."), nil
	case <-d.request.Done():
		return 0, d.request.Err()
	}
}

func (dripping) Close() error { return nil }

func TestEndlessBodyIsNotRead(t *testing.T) {
	body := &endless{}
	s := webhook.New(webhook.Config{Transport: roundTripper(func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: http.StatusOK, Body: body}, nil
	})})
	if _, err := s.Send(t.Context(), gateway.Webhook{URL: "https://shop.example.com/hook"}); err != nil {
		t.Fatal(err)
	}
	if body.read > 64<<10 || !body.closed {
		t.Errorf("%d bytes read, closed %v", body.read, body.closed)
	}
}

type endless struct {
	read   int
	closed bool
}

func (e *endless) Read(p []byte) (int, error) {
	e.read += len(p)
	return len(p), nil
}

func (e *endless) Close() error {
	e.closed = true
	return nil
}

func TestCallerMayGiveUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := webhook.New(webhook.Config{Transport: roundTripper(stalled)}).
			Send(ctx, gateway.Webhook{URL: "https://shop.example.com/hook"})
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
	})
}
