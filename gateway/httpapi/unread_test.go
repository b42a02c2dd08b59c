package httpapi_test

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/darajabox/darajabox/gateway/httpapi"
)

// A partner over its rate keeps its connection, unless the body does not come.
func TestPartnerOverItsRateKeepsItsConnection(t *testing.T) {
	for name, tt := range map[string]struct {
		body  string
		keeps bool
	}{
		"the body comes":        {"{}", true},
		"the body never comes":  {"", false},
		"half of the body only": {"{", false},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFront(t, func(c *httpapi.Config) { c.PartnerRate = httpapi.PartnerRate{PerSecond: 1, Burst: 1} })
			f.call(t, http.MethodPost, pushPath, goodBody)
			s := newServer(f)
			s.ReadTimeout = time.Hour
			conn := dial(t, serve(t, s))
			_ = conn.SetReadDeadline(time.Now().Add(patience))
			if _, err := fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: x\r\nX-API-KEY: %s\r\nContent-Length: 2\r\n\r\n%s", pushPath, key, tt.body); err != nil {
				t.Fatal(err)
			}
			resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			if resp.StatusCode != http.StatusTooManyRequests || resp.Close == tt.keeps {
				t.Errorf("answered %d, connection ends: %v", resp.StatusCode, resp.Close)
			}
		})
	}
}

// A client that takes no answers does not hold its connection for longer than an answer
// may take: here a pipeline of requests whose answers fill the buffers on the way.
func TestAnswersThatAreNotTakenEndTheConnection(t *testing.T) {
	if testing.Short() {
		t.Skip("takes as long as an answer may")
	}
	ended := make(chan error, 1)
	s := newServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, err := io.Copy(w, io.LimitReader(zeros{}, 1<<30))
		ended <- err
	}))
	conn := dial(t, serve(t, s))
	if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-ended:
		if err == nil || !strings.Contains(err.Error(), "timeout") {
			t.Errorf("the answer ended with %v", err)
		}
	case <-time.After(patience):
		t.Error("the answer is still under way")
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}
