package callback_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/darajabox/darajabox/simulator"
)

// BenchmarkLost counts the callbacks that are lost to a receiver that hangs up some time
// after each answer without saying so: by the sender, and by net/http's client, which
// uses connections again at once.
func BenchmarkLost(b *testing.B) {
	for _, after := range []time.Duration{0, time.Millisecond, 5 * time.Millisecond, 50 * time.Millisecond} {
		for name, send := range map[string]func(*testing.B, *receiver) int{"net/http": lostByClient, "sender": lostBySender} {
			b.Run(fmt.Sprintf("hangs up after %s/%s", after, name), func(b *testing.B) {
				m := receive(b, func(r *receiver, c *net.TCPConn) {
					if r.read(bufio.NewReader(c)) == nil {
						_, _ = io.WriteString(c, ok)
						moment := time.NewTimer(after)
						<-moment.C
					}
				})
				b.ReportMetric(float64(send(b, m)), "lost")
			})
		}
	}
}

func lostBySender(b *testing.B, m *receiver) int {
	b.Helper()
	r := startRunning(b, 64, 0)
	for i := range b.N {
		r.ScheduleDelivery(named(fmt.Sprint("ws_CO_", i), m.url, simulator.CallbackPlan{}))
	}
	r.idle(b)
	return b.N - m.check(b, r, b.N)
}

func lostByClient(b *testing.B, m *receiver) int {
	b.Helper()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
	defer client.CloseIdleConnections()
	var senders sync.WaitGroup
	lost := make(chan int, 64)
	for lane := range 64 {
		senders.Go(func() {
			n := 0
			for i := lane; i < b.N; i += 64 {
				res, err := client.Post(m.url, "application/json", bytes.NewReader([]byte(paid)))
				if err != nil {
					n++
					continue
				}
				_, _ = io.Copy(io.Discard, res.Body)
				_ = res.Body.Close()
			}
			lost <- n
		})
	}
	senders.Wait()
	close(lost)
	all := 0
	for n := range lost {
		all += n
	}
	return all
}
