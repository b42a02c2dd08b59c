package app_test

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"
)

// A service manager that stops the gateway sees a clean stop, whatever a stranger left
// half-sent, on each listener.
func TestStopWithHalfSentBodies(t *testing.T) {
	d, p := newDaraja(t), newPartner(t)
	cfg := config(t, d.URL)
	cfg.Callbacks.Addr, cfg.AdminAddr, cfg.AdminToken = "127.0.0.1:0", "127.0.0.1:0", strings.Repeat("t", 32)
	a := start(t, cfg)
	pay(t, a, p)
	callbacks, _, _ := strings.Cut(string(next(t, d.made).CallBackURL), "/daraja/")
	for _, request := range []struct{ base, path, header string }{
		{a.URL(), "/api/v1/mpesa/stk_push", "X-API-KEY: " + key + "\r\n"},
		{callbacks, "/daraja/stk/abcdefgh", ""},
		{a.AdminURL(), "/admin/v1/partners", "Authorization: Bearer " + cfg.AdminToken + "\r\n"},
	} {
		conn, err := net.Dial("tcp", strings.TrimPrefix(request.base, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\n%sContent-Type: application/json\r\nContent-Length: 5000\r\nExpect: 100-continue\r\n\r\n", request.path, request.header)
		if line, err := bufio.NewReader(conn).ReadString('\n'); err != nil || !strings.Contains(line, "100 Continue") { // its body is being read
			t.Fatalf("%s: %q, %v", request.path, line, err)
		}
		_, _ = conn.Write([]byte("{"))
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second) // as the command has it
	defer cancel()
	if err := a.Stop(ctx); err != nil {
		t.Error(err)
	}
	if ctx.Err() != nil {
		t.Error("it took all of its time")
	}
}
