package app_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// heldFor is longer than an answer takes, and shorter than a server waits for a body.
const heldFor = 8 * time.Second

// What is answered without its body does not wait for one that never comes, and its
// connection ends: the pages for browsers, and what administration refuses.
func TestBodiesThatNeverComeHoldUpNoAnswer(t *testing.T) {
	cfg := config(t, "http://127.0.0.1:1")
	cfg.AdminAddr = "127.0.0.1:0"
	a := start(t, cfg)
	partners, administration := strings.TrimPrefix(a.URL(), "http://"), strings.TrimPrefix(a.AdminURL(), "http://")
	for name, tt := range map[string]struct {
		addr, line, host, header string
		status                   int
	}{
		"page of the partner API":       {partners, "GET /", partners, "Accept: text/html", http.StatusOK},
		"page of the administration":    {administration, "GET /", administration, "Accept: text/html", http.StatusOK},
		"administration, no token":      {administration, "POST /admin/v1/partners", administration, "Accept: */*", http.StatusUnauthorized},
		"administration, a wrong token": {administration, "POST /admin/v1/partners", administration, "Authorization: Bearer wrong", http.StatusUnauthorized},
		"administration, foreign host":  {administration, "POST /admin/v1/partners", "evil.example", "Accept: */*", http.StatusForbidden},
		"profiles, no token":            {administration, "GET /debug/pprof/heap", administration, "Accept: */*", http.StatusUnauthorized},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conn, err := net.Dial("tcp", tt.addr)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			_ = conn.SetDeadline(time.Now().Add(heldFor))
			if _, err := fmt.Fprintf(conn, "%s HTTP/1.1\r\nHost: %s\r\n%s\r\nContent-Length: 100\r\n\r\n", tt.line, tt.host, tt.header); err != nil {
				t.Fatal(err)
			}
			answer, err := io.ReadAll(conn) // to the end of the connection
			if err != nil || !strings.HasPrefix(string(answer), fmt.Sprintf("HTTP/1.1 %d ", tt.status)) {
				t.Errorf("answered %.300q, %v; want %d", answer, err, tt.status)
			}
		})
	}
}
