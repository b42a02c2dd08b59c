package app_test

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// Idle connections to a private listener, as a page or a monitor that leaks them makes,
// leave the files that the public ones need.
func TestPrivateListenersHaveLimits(t *testing.T) {
	const many = 80
	d := newDaraja(t)
	cfg := config(t, d.URL)
	cfg.AdminAddr, cfg.OpsAddr = "127.0.0.1:0", "127.0.0.1:0"
	a := start(t, cfg)
	for listener, base := range map[string]string{"administration": a.AdminURL(), "probes": a.OpsURL()} {
		t.Run(listener, func(t *testing.T) {
			var conns []net.Conn
			for range many {
				conn, err := net.Dial("tcp", strings.TrimPrefix(base, "http://"))
				if err != nil {
					t.Fatal(err)
				}
				defer conn.Close()
				_ = conn.SetDeadline(time.Now().Add(patience))
				_, _ = io.WriteString(conn, "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n")
				resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
				if err != nil || resp.StatusCode != http.StatusOK {
					t.Fatalf("connection %d: %v", len(conns)+1, err)
				}
				_ = resp.Body.Close()
				conns = append(conns, conn)
			}
			closed := make(chan bool, many)
			for _, conn := range conns {
				go func() {
					_, err := conn.Read(make([]byte, 1)) // until the deadline, or the end of the test
					closed <- errors.Is(err, io.EOF)
				}()
			}
			for n := range many - 64 {
				if !<-closed {
					t.Fatalf("%d of %d connections were closed", n, many)
				}
			}
			if got := page(t, a.OpsURL()+"/metrics").body; !strings.Contains(got, `darajabox_connections_closed_total{listener="`+listener+`",reason="idle"}`) {
				t.Error("they are not counted")
			}
		})
	}
}
