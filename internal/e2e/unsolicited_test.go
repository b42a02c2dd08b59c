package e2e

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
)

// What another system sends without having been asked is not logged: net/http writes it to
// the standard logger, and it may be a customer's data.
func TestUnsolicitedResponsesAreNotLogged(t *testing.T) {
	const number = "254711222333"
	var listen net.ListenConfig
	daraja, err := listen.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer daraja.Close()
	closed := make(chan error, 10)
	go func() {
		for {
			conn, err := daraja.Accept()
			if err != nil {
				return
			}
			go func() { closed <- refuseAndGoOn(conn, "HTTP/1.1 200 "+number+"\r\n\r\n") }()
		}
	}()
	var stderr bytes.Buffer
	gw := startProcessWith(t, build(t), &stderr, "--data", t.TempDir(), "--daraja-url", "http://"+daraja.Addr().String())
	order := `{"phone":"254708374149","amount":10,"callback_url":"http://127.0.0.1:1/hook"}`
	if status, _, _ := postOrder(t.Context(), gw.url, order, "one"); status == http.StatusOK {
		t.Errorf("the order was answered %d", status)
	}
	if err := <-closed; err != nil { // the gateway has read it, and closed the connection
		t.Fatal(err)
	}
	gw.kill()
	if said := stderr.String(); strings.Contains(said, number) || strings.Contains(said, "nsolicited") {
		t.Errorf("standard error has what was sent:\n%s", said)
	}
}

// refuseAndGoOn refuses one request, sends something that answers none once the connection
// is idle, and waits until the other side closes it.
func refuseAndGoOn(conn net.Conn, more string) error {
	defer conn.Close()
	r := bufio.NewReader(conn)
	req, err := http.ReadRequest(r)
	if err != nil {
		return fmt.Errorf("reading the request: %w", err)
	}
	_, _ = io.Copy(io.Discard, req.Body)
	if _, err := io.WriteString(conn, "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}"+more); err != nil {
		return fmt.Errorf("answering: %w", err)
	}
	_, _ = r.ReadByte() // ends when the connection is closed
	return nil
}
