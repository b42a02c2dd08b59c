package httpapi_test

import (
	"bufio"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/darajabox/darajabox/gateway"
)

// broken is a body whose sender hangs up.
type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// A callback that did not come whole is kept as far as it came and not acknowledged, so
// that it is sent again. It is not judged: what is missing may change what it says.
func TestIncompleteCallbacksAreNotAcknowledged(t *testing.T) {
	const success = `{"Body":{"stkCallback":{"ResultCode":0}}}`
	long := strings.Repeat("x", 64<<10)
	for name, tt := range map[string]struct {
		body   io.Reader
		status int
		answer string
		kept   string
	}{
		"the sender hangs up":               {io.MultiReader(strings.NewReader(`{"Body":`), broken{}), 408, "Not received in full; send it again", `the body broke off {"Body":`},
		"it hangs up behind a whole object": {io.MultiReader(strings.NewReader(success), broken{}), 408, "Not received in full; send it again", `the body broke off ` + success},
		"nothing comes":                     {broken{}, 408, "Not received in full; send it again", `the body broke off `},
		"one byte too long":                 {strings.NewReader(long + "x"), 413, "Over 64 KiB; a callback must be shorter", `the body is over 64 KiB ` + long},
		"too long, and valid": {strings.NewReader(success + strings.Repeat(" ", 64<<10)), 413, "Over 64 KiB; a callback must be shorter",
			`the body is over 64 KiB ` + success + strings.Repeat(" ", 64<<10-len(success))},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFront(t, nil)
			w := httptest.NewRecorder()
			f.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/daraja/stk/abc", tt.body))
			want(t, w, tt.status, `{"ResultCode":1,"ResultDesc":"`+tt.answer+`"}`)
			if len(f.bodies) != 0 || len(f.incomplete) != 1 || f.incomplete[0] != "abc "+tt.kept {
				t.Errorf("judged %d; kept %d: %.80q", len(f.bodies), len(f.incomplete), f.incomplete)
			}
			if !strings.Contains(f.log.String(), "verdict=incomplete") {
				t.Errorf("the log does not say so: %s", f.log)
			}
		})
	}
}

func TestIncompleteCallbacksThatAreNotKept(t *testing.T) {
	for name, tt := range map[string]struct {
		verdict string
		err     error
		status  int
	}{
		"an unknown token": {gateway.VerdictNobody, nil, 404},
		"one of too many":  {gateway.VerdictDropped, nil, 404},
		"of one payment":   {gateway.VerdictExcess, nil, 429},
		"a full disk":      {"", errors.New("disk is full"), 500},
	} {
		f := newFront(t, nil)
		f.verdict, f.taking = tt.verdict, tt.err
		w := httptest.NewRecorder()
		f.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/daraja/stk/abc", broken{}))
		if w.Code != tt.status {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
}

// A body that stalls on a real connection: the read deadline ends it.
func TestStallingCallbackIsNotAcknowledged(t *testing.T) {
	f := newFront(t, nil)
	s := newServer(f)
	s.ReadTimeout = 50 * time.Millisecond
	conn := dial(t, serve(t, s))
	if _, err := io.WriteString(conn, "POST /daraja/stk/abc HTTP/1.1\r\nHost: x\r\nContent-Length: 600\r\n\r\n{\"Body\":"); err != nil {
		t.Fatal(err)
	}
	_ = conn.SetReadDeadline(time.Now().Add(patience))
	line, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil || !strings.Contains(line, " 408 ") {
		t.Errorf("answered %q, %v", line, err)
	}
}
