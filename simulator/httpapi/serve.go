package httpapi

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/journal"
)

// request is an HTTP request whose body has been read, and what the handler found
// in it for the record.
type request struct {
	*http.Request
	place   *Place
	at      time.Time // by the world's clock, when it came
	body    []byte    // at most MaxBody
	bodyErr error     // why body is not all of it

	kept  journal.Record  // what the request is about, as it came
	reply simulator.Reply // what the world wants done to the answer
}

// call is r without its fields. fault is why they could not be read.
func (r *request) call(fault error) simulator.Call {
	return simulator.Call{Authorization: r.Header.Get("Authorization"), Header: r.Header, Body: r.body, Fault: fault}
}

// response is what a handler wants written, with status 200.
type response struct {
	body any // encoded as JSON
}

// handler answers a request. An error that is not a *daraja.Error is a fault of
// the simulator.
type handler func(*request) (response, error)

// answer is what goes on the wire, unless it is damaged on its way.
type answer struct {
	status      int
	contentType string // "" for an answer without a body
	body        []byte
	code        string // Daraja's, of a refusal
	reason      string // of a refusal, for a person
}

const jsonType = "application/json;charset=UTF-8"

// serve adapts h to net/http: the one place where bodies are read, answers are
// encoded and written, and both are recorded. The record is complete before the
// caller has its answer.
func (s *server) serve(api simulator.API, h handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, httpRequest *http.Request) {
		r, ctx := &request{Request: httpRequest}, httpRequest.Context()
		r.body, r.bodyErr = readBody(w, httpRequest)
		place, missing := s.place(httpRequest)
		r.place, r.at = place, place.Clock.Now()
		handle := h
		if page := foreignPage(httpRequest); page != nil {
			handle = func(*request) (response, error) { return response{}, page }
		} else if missing != nil {
			handle = func(*request) (response, error) { return response{}, missing }
		}
		sent := r.damage(s.answer(r, handle))
		waits := r.waits()
		defer waits.stop()
		if r.reply.AfterCallback {
			_ = place.Settle(ctx) // ends early for a caller that left only
		}
		record := s.note(ctx, api, r, sent)
		if keeper, ok := w.(RecordKeeper); ok {
			keeper.KeepRecord(record)
		}
		sent.write(ctx, w, waits)
	})
}

// RecordKeeper is a ResponseWriter of a caller in this process, which gets the record of
// its request, with the bodies as they came. No caller on the network does.
type RecordKeeper interface {
	KeepRecord(r journal.Record)
}

// readBody reads a body into what it needs.
func readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if r.ContentLength < 0 || r.ContentLength > MaxBody {
		return io.ReadAll(http.MaxBytesReader(w, r.Body, MaxBody))
	}
	body := make([]byte, r.ContentLength)
	n, err := io.ReadFull(r.Body, body)
	return body[:n], err
}

func (s *server) answer(r *request, h handler) answer {
	res, err := s.call(r, h)
	switch {
	case r.reply.Page != "":
		return r.page(err)
	case err == nil:
		var body []byte
		if body, err = daraja.Marshal(res.body); err == nil {
			return answer{status: http.StatusOK, contentType: jsonType, body: body}
		}
		err = fmt.Errorf("encoding the answer: %w", err)
	}
	fault := (*daraja.Error)(nil)
	if !errors.As(err, &fault) {
		s.log.Error("the simulator failed", "error", err)
		fault = daraja.ErrInternal().Because("a fault of the simulator's own, see its log")
	}
	a := answer{status: fault.Status, code: fault.Code, reason: fault.Reason}
	if fault.Code == "" {
		return a
	}
	id := r.reply.RequestID
	if id == "" {
		id = r.place.World.RequestID(r.call(nil))
	}
	if a.body, err = daraja.Marshal(fault.Envelope(id)); err != nil {
		s.log.Error("encoding a refusal", "error", err) // three strings always encode
	}
	a.contentType = jsonType
	return a
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

// note records a request and returns the record. The log gets its number only: reasons and ids have phone
// numbers in them.
func (s *server) note(ctx context.Context, api simulator.API, r *request, sent sending) journal.Record {
	k := r.kept
	k.Kind, k.API, k.At = journal.KindRequest, api, r.at.In(daraja.EAT())
	k.Method, k.URL, k.Header = cut(r.Method), cut(r.URL.RequestURI()), r.Header
	k.Payment, k.Phone, k.Reference, k.Shortcode, k.Amount = cut(k.Payment), cut(k.Phone), cut(k.Reference), cut(k.Shortcode), cut(k.Amount)
	k.Status, k.ErrorCode, k.Reason, k.By, k.Faults = sent.status, sent.code, sent.reason, r.reply.By, faults(r.reply)
	k.Request, k.Response = journal.Raw(r.body), journal.Raw(sent.body)
	if sent.reset {
		k.Status, k.Error, k.Response = 0, "the connection was reset on purpose", journal.Raw(nil)
	}
	k.Seq = r.place.Record.Add(k)
	if s.log.Enabled(ctx, slog.LevelDebug) {
		s.log.DebugContext(ctx, "request", "seq", k.Seq, "api", api, "status", k.Status, "error_code", k.ErrorCode)
	}
	return k
}

// cut bounds what a caller makes the record keep of a line.
func cut(s string) string { return s[:min(len(s), 256)] }
