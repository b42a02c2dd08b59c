package httpapi

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime/debug"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/journal"
)

// request is an HTTP request whose body has been read, and what the handler found
// in it for the record.
type request struct {
	*http.Request
	body    []byte // at most MaxBody
	bodyErr error  // why body is not all of it

	phone      string // as it came
	checkoutID string // asked about, or given out
}

// response is what a handler wants written, with status 200.
type response struct {
	body any // encoded as JSON
}

// handler answers a request. An error that is not a *daraja.Error is a fault of
// the simulator.
type handler func(*request) (response, error)

// answer is what goes on the wire.
type answer struct {
	status int
	body   []byte // none for a refusal without a body
	fault  *daraja.Error
}

// serve adapts h to net/http: the one place where bodies are read, answers are
// encoded and written, and both are recorded. The record is complete before the
// caller has its answer.
func (s *server) serve(api simulator.API, h handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, httpRequest *http.Request) {
		r := &request{Request: httpRequest}
		r.body, r.bodyErr = io.ReadAll(http.MaxBytesReader(w, httpRequest.Body, MaxBody))
		a := s.answer(r, h)
		s.note(api, r, a)
		if len(a.body) > 0 {
			w.Header().Set("Content-Type", "application/json;charset=UTF-8")
		}
		w.WriteHeader(a.status)
		_, _ = w.Write(a.body) // fails only for a caller that left
	})
}

func (s *server) answer(r *request, h handler) answer {
	res, err := s.call(r, h)
	if err == nil {
		var body []byte
		if body, err = daraja.Marshal(res.body); err == nil {
			return answer{status: http.StatusOK, body: body}
		}
		err = fmt.Errorf("encoding the answer: %w", err)
	}
	fault := (*daraja.Error)(nil)
	if !errors.As(err, &fault) {
		s.log.Error("the simulator failed", "error", err)
		fault = daraja.ErrInternal().Because("a fault of the simulator's own, see its log")
	}
	if fault.Code == "" {
		return answer{status: fault.Status, fault: fault}
	}
	body, err := daraja.Marshal(fault.Envelope(s.world.RequestID()))
	if err != nil {
		s.log.Error("encoding a refusal", "error", err) // three strings always encode
	}
	return answer{status: fault.Status, body: body, fault: fault}
}

// call runs h; a panic in it becomes an error.
func (s *server) call(r *request, h handler) (res response, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return h(r)
}

// note records a request. The log gets its number only: reasons and ids have phone
// numbers in them.
func (s *server) note(api simulator.API, r *request, a answer) {
	kept := journal.Request{
		At: s.world.Now().In(daraja.EAT()), API: api, Method: cut(r.Method), Path: cut(r.URL.Path), Status: a.status,
		Phone: cut(r.phone), CheckoutRequestID: cut(r.checkoutID),
		Request: journal.Body(r.body), Response: journal.Body(a.body),
	}
	if a.fault != nil {
		kept.ErrorCode, kept.Reason = a.fault.Code, a.fault.Reason
	}
	seq := s.record.AddRequest(kept)
	s.log.Debug("request", "seq", seq, "api", api, "status", a.status, "error_code", kept.ErrorCode)
}

// cut bounds what a caller makes the record keep of a line.
func cut(s string) string { return s[:min(len(s), 256)] }
