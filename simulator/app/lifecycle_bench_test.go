package app_test

import (
	"bufio"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator/app"
)

// BenchmarkLifecycle is whole STK payments over loopback: a push is acknowledged, the
// customer pays at once, and the callback is delivered to a sink and answered. The
// journal is on. One operation is one payment; kept-B/op is the memory that stays
// with the simulator for each, until its bounds are reached.
func BenchmarkLifecycle(b *testing.B) {
	delivered := newSink(b)
	sim := started(b, app.Config{Settings: map[string]string{"think_time": "0s"}})
	token := tokenOf(b, sim.URL())
	clients := make([]*pusher, 64)
	for i := range clients {
		clients[i] = newPusher(b, sim.URL(), token, delivered.url+"/callback")
	}
	before := heap()
	delivered.expect(b.N)
	b.ReportAllocs()
	b.ResetTimer()
	var next atomic.Int64
	var group sync.WaitGroup
	for _, c := range clients {
		group.Go(func() {
			for n := next.Add(1); n <= int64(b.N); n = next.Add(1) {
				if err := c.push(n); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	group.Wait()
	if !b.Failed() {
		<-delivered.all
	}
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "payments/s")
	b.ReportMetric((heap()-before)/float64(b.N), "kept-B/op")
	runtime.KeepAlive(sim)
}

// heap is the memory in use after a collection.
func heap() float64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc)
}

func started(b *testing.B, c app.Config) *app.App {
	b.Helper()
	sim, err := app.New(c)
	if err != nil {
		b.Fatal(err)
	}
	if err := sim.Start(b.Context()); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := sim.Stop(context.WithoutCancel(b.Context())); err != nil {
			b.Error(err)
		}
	})
	return sim
}

func tokenOf(b *testing.B, base string) string {
	b.Helper()
	req, err := http.NewRequestWithContext(b.Context(), http.MethodGet, base+daraja.TokenPath+"?grant_type=client_credentials", nil)
	if err != nil {
		b.Fatal(err)
	}
	req.Header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte("sandbox:sandbox")))
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		b.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		b.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(body), `"access_token":"`)
	token, _, ok := strings.Cut(rest, `"`)
	if !ok {
		b.Fatalf("no token in %s", body)
	}
	return token
}

// sink is a merchant that takes callbacks and counts them.
type sink struct {
	url  string
	all  chan struct{} // closed when all that are expected have come
	left atomic.Int64
}

func newSink(b *testing.B) *sink {
	b.Helper()
	s := &sink{all: make(chan struct{})}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = io.WriteString(w, `{"ResultCode":0,"ResultDesc":"Accepted"}`)
		if s.left.Add(-1) == 0 {
			close(s.all)
		}
	}))
	b.Cleanup(server.Close)
	s.url = server.URL
	return s
}

func (s *sink) expect(n int) { s.left.Store(int64(n)) }

// pusher is one connection that pushes, as lean as a load generator should be: what
// is measured is the other side.
type pusher struct {
	conn   net.Conn
	answer *bufio.Reader
	head   string // up to the Content-Length
	body   string // with a place for the phone
}

func newPusher(b *testing.B, base, token, callback string) *pusher {
	b.Helper()
	u, err := url.Parse(base)
	if err != nil {
		b.Fatal(err)
	}
	var d net.Dialer
	conn, err := d.DialContext(b.Context(), "tcp", u.Host)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { conn.Close() })
	const stamp = "20160101000000"
	password := daraja.Password(daraja.SandboxShortcode, daraja.SandboxPasskey, stamp)
	return &pusher{
		conn: conn, answer: bufio.NewReader(conn),
		head: "POST " + daraja.STKPushPath + " HTTP/1.1\r\nHost: " + u.Host + "\r\nAuthorization: Bearer " + token +
			"\r\nContent-Type: application/json\r\nContent-Length: ",
		body: `{"BusinessShortCode":"` + daraja.SandboxShortcode + `","Password":"` + password + `","Timestamp":"` + stamp +
			`","TransactionType":"CustomerPayBillOnline","Amount":"1","PartyA":"%[1]s","PartyB":"` + daraja.SandboxShortcode +
			`","PhoneNumber":"%[1]s","CallBackURL":"` + callback + `","AccountReference":"INV-1","TransactionDesc":"bench"}`,
	}
}

// push makes the nth push and waits for its acknowledgement. No two that are open at
// once have the same phone.
func (p *pusher) push(n int64) error {
	body := fmt.Sprintf(p.body, fmt.Sprintf("2541%08d", n%100_000_000))
	if _, err := fmt.Fprintf(p.conn, "%s%d\r\n\r\n%s", p.head, len(body), body); err != nil {
		return err
	}
	res, err := http.ReadResponse(p.answer, nil)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if got, err := io.ReadAll(res.Body); err != nil || res.StatusCode != http.StatusOK {
		return fmt.Errorf("push %d was answered %d %s %w", n, res.StatusCode, got, err)
	}
	return nil
}
