package webhook

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/darajabox/darajabox/gateway"
)

// A partner that answers 101, and then nothing, does not hold an attempt.
func TestSwitchingProtocols(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		t.Cleanup(func() { _ = c.Close() })
		r, err := http.ReadRequest(bufio.NewReader(c))
		if err != nil {
			return
		}
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = io.WriteString(c, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: none\r\n\r\n")
	}()
	s := New(Config{Timeout: 10 * time.Second, Targets: gateway.Targets{AllowPrivate: true}})
	type sent struct {
		reply gateway.Reply
		err   error
	}
	done := make(chan sent, 1)
	go func() {
		reply, err := s.Send(t.Context(), gateway.Webhook{URL: "http://" + l.Addr().String() + "/hook", Body: []byte("{}"), MessageID: "msg_1", At: time.Now()})
		done <- sent{reply, err}
	}()
	select {
	case got := <-done:
		if got.err == nil || got.err.Error() != "answered 101" || got.reply.Status != 101 {
			t.Errorf("got %+v, %v", got.reply, got.err)
		}
	case <-time.After(time.Minute):
		t.Error("the attempt has not ended")
	}
}
