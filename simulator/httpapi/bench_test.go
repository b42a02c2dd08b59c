package httpapi_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/mux"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/callback"
	"github.com/darajabox/darajabox/simulator/clock"
	"github.com/darajabox/darajabox/simulator/httpapi"
	"github.com/darajabox/darajabox/simulator/journal"
	"github.com/darajabox/darajabox/simulator/people"
	"github.com/darajabox/darajabox/simulator/product/all"
)

const clients = 16

// BenchmarkAck measures STK acknowledgements over loopback HTTP, by clients that keep
// their connections, beside those of a bare handler that decodes and encodes the same
// JSON. "ratio" runs both in turns, so that both meet the same machine; 1 would be no
// slower than bare.
func BenchmarkAck(b *testing.B) {
	b.Run("bare", func(b *testing.B) { measure(b, serveBare(b)) })
	b.Run("darajabox", func(b *testing.B) { measure(b, serveAcks(b)) })
	b.Run("ratio", func(b *testing.B) {
		elapsed := measure(b, serveBare(b), serveAcks(b))
		b.ReportMetric(float64(elapsed[0])/float64(elapsed[1]), "ratio")
		b.ReportMetric(float64(b.N)/elapsed[0].Seconds(), "bare/s")
	})
}

// measure sends b.N pushes to each of the servers, in turns, and returns how long that
// took each. Between two turns all customers answer, so that they can be asked again.
func measure(b *testing.B, servers ...*pusher) []time.Duration {
	b.Helper()
	for _, s := range servers {
		s.pushAll(b, phones) // connections, pools, customers
	}
	elapsed := make([]time.Duration, len(servers))
	b.ReportAllocs()
	b.ResetTimer()
	for done := 0; done < b.N; done += phones {
		for i, s := range servers {
			elapsed[i] += s.pushAll(b, min(phones, b.N-done))
		}
	}
	b.ReportMetric(float64(b.N)/elapsed[len(elapsed)-1].Seconds(), "acks/s")
	return elapsed
}

// phones is how many customers there are.
const phones = 4_000

// pusher is a server and its clients. They write and read bytes, so that what is
// measured is the server.
type pusher struct {
	conns   []net.Conn
	request string // with the number in its place
	between func()
}

const number = "254700000000" // stands where each push has its own

func newPusher(b *testing.B, h http.Handler, token string) *pusher {
	b.Helper()
	server := httptest.NewServer(h)
	b.Cleanup(server.Close)
	body := pushBody(phone(number)...)
	p := &pusher{between: func() {}, request: fmt.Sprintf("POST %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: bench\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
		daraja.STKPushPath, server.Listener.Addr(), token, len(body), body)}
	for range clients {
		c, err := new(net.Dialer).DialContext(b.Context(), "tcp", server.Listener.Addr().String())
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { _ = c.Close() })
		p.conns = append(p.conns, c)
	}
	return p
}

// pushAll sends a push to each of n phones, and returns how long it took.
func (p *pusher) pushAll(b *testing.B, n int) time.Duration {
	b.Helper()
	var next atomic.Int64
	var all sync.WaitGroup
	start := time.Now()
	for _, c := range p.conns {
		all.Go(func() {
			request, in := []byte(p.request), bufio.NewReader(c)
			for i := next.Add(1); i <= int64(n); i = next.Add(1) {
				if err := one(c, in, request, i); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	elapsed := time.Since(start)
	b.StopTimer()
	p.between()
	b.StartTimer()
	return elapsed
}

// one sends a push to phone i and reads its acknowledgement.
func one(c net.Conn, in *bufio.Reader, request []byte, i int64) error {
	mine := fmt.Appendf(nil, "%08d", 10_000_000+i)
	for at := 0; ; at += len(number) {
		found := bytes.Index(request[at:], []byte(number[:4]))
		if found < 0 {
			break
		}
		at += found
		copy(request[at+4:], mine)
	}
	if _, err := c.Write(request); err != nil {
		return err
	}
	length := 0
	for {
		line, err := in.ReadSlice('\n')
		if err != nil {
			return err
		}
		if n, ok := bytes.CutPrefix(line, []byte("Content-Length: ")); ok {
			length, err = strconv.Atoi(string(bytes.TrimSpace(n)))
			if err != nil {
				return err
			}
		}
		if len(line) == 2 {
			break
		}
	}
	body, err := in.Peek(length)
	if err != nil {
		return err
	}
	if !bytes.Contains(body, []byte(`"ResponseCode":"0"`)) {
		return fmt.Errorf("answered %s", body)
	}
	_, err = in.Discard(length)
	return err
}

func serveBare(b *testing.B) *pusher {
	b.Helper()
	r := mux.NewRouter()
	r.HandleFunc(daraja.STKPushPath, func(w http.ResponseWriter, r *http.Request) {
		var push daraja.STKPush
		if err := json.NewDecoder(r.Body).Decode(&push); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "application/json;charset=UTF-8")
		_ = json.NewEncoder(w).Encode(daraja.NewSTKPushAck("29115-34620561-1", "ws_CO_07072025180034153"+string(push.PhoneNumber)))
	}).Methods(http.MethodPost)
	return newPusher(b, r, "x")
}

// serveAcks serves a world with its journal on a clock that stands still, so that what
// is measured ends with the acknowledgement.
func serveAcks(b *testing.B) *pusher {
	b.Helper()
	c := clock.NewFrozen(epoch())
	world, err := simulator.New(simulator.Config{Products: all.Catalogue(), Seed: 1, Clock: c, Sink: discard{}, People: people.ForNumber})
	if err != nil {
		b.Fatal(err)
	}
	record := journal.New(journal.Config{World: "default"})
	worlds := newTestWorlds(&httpapi.World{ID: "default", Domain: world, Record: record, Clock: c, WaitForCallbacks: func(context.Context) error { return nil }})
	h := httpapi.New(httpapi.Config{Products: all.Catalogue(), Worlds: worlds, Log: slog.New(slog.DiscardHandler)})
	r := &rig{Handler: h}
	p := newPusher(b, h, r.newToken(b))
	p.between = func() {
		if err := c.Advance(b.Context(), time.Minute); err != nil {
			b.Fatal(err)
		}
	}
	return p
}

// BenchmarkLifecycle measures whole STK payments: the push over loopback HTTP, the customer
// who pays a millisecond later, and the callback over loopback HTTP to a net/http server,
// with the journal on.
func BenchmarkLifecycle(b *testing.B) {
	paid := make(chan struct{}, phones)
	m := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		paid <- struct{}{}
	}))
	b.Cleanup(m.Close)
	p := serveLifecycles(b, m.URL)
	p.between = func() {}
	lifecycles := func(n int) {
		p.pushAll(b, n)
		for range n {
			<-paid
		}
	}
	lifecycles(phones)
	b.ReportAllocs()
	b.ResetTimer()
	for done := 0; done < b.N; done += phones {
		lifecycles(min(phones, b.N-done))
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "lifecycles/s")
}

func serveLifecycles(b *testing.B, callbackURL string) *pusher {
	b.Helper()
	log := slog.New(slog.DiscardHandler)
	c := clock.New(clock.Config{Now: time.Now, After: func(d time.Duration, f func()) func() bool { return time.AfterFunc(d, f).Stop }, Speed: 1})
	record := journal.New(journal.Config{World: "default"})
	sender := callback.New(callback.Config{Clock: c, Record: record, Log: log})
	world, err := simulator.New(simulator.Config{Products: all.Catalogue(),
		Seed: 1, Clock: c, Sink: sender, People: people.ForNumber, Settings: map[string]string{simulator.SettingThinkTime: "1ms"},
	})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		world.Stop()
		c.Stop()
		_ = sender.Stop(context.Background())
	})
	worlds := newTestWorlds(&httpapi.World{ID: "default", Domain: world, Record: record, Clock: c, WaitForCallbacks: sender.Idle})
	h := httpapi.New(httpapi.Config{Products: all.Catalogue(), Worlds: worlds, Log: log})
	p := newPusher(b, h, (&rig{Handler: h}).newToken(b))
	body := pushBody(append(phone(number), "CallBackURL", quote(callbackURL))...)
	head, _, _ := strings.Cut(p.request, "Content-Length: ")
	p.request = fmt.Sprintf("%sContent-Length: %d\r\n\r\n%s", head, len(body), body)
	return p
}

// discard is a sink without subscribers.
type discard struct{}

func (discard) ScheduleDelivery(simulator.Callback) {}
