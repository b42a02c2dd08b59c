package httpapi

import (
	"cmp"
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
	world   *World
	at      time.Time // by the world's clock, when it came
	body    []byte    // at most MaxBody, or what the operation takes
	bodyErr error     // why body is not all of it

	record  journal.Record        // what the request is about, as it came
	reply   simulator.ReplyFaults // what the world wants done to the answer
	token   string                // an access token that the answer gives out, or ""
	refusal any                   // the body of the world's refusal; nil has the usual one
}

// handler answers a request: with status 200 and a body that is encoded as JSON, or with an
// error. One that is not a *daraja.Error is a mistake in the simulator.
type handler func(*request) (body any, err error)

// answer is what is sent, before faults are applied.
type answer struct {
	status      int
	contentType string             // "" for an answer without a body
	header      []simulator.Header // beside contentType
	body        []byte
	code        string // Daraja's, of a refusal
	reason      string // of a refusal, for a person
}

const jsonType = "application/json;charset=UTF-8"

// handleHTTP adapts h to net/http: the one place where bodies are read, answers are
// encoded and written, and both are recorded. The record is complete before the
// caller has its answer.
func (s *server) handleHTTP(api simulator.API, h handler) http.Handler {
	op, _ := s.Products.Operation(api)
	most := int64(cmp.Or(op.MaxBody, MaxBody))
	return http.HandlerFunc(func(w http.ResponseWriter, httpRequest *http.Request) {
		r, ctx := &request{Request: httpRequest}, httpRequest.Context()
		r.body, r.bodyErr = readBody(w, httpRequest, most)
		world, err := s.findWorld(httpRequest)
		r.world, r.at = world, world.Clock.Now()
		handle := h
		if err = cmp.Or(foreignPage(httpRequest), err); err != nil {
			handle = func(*request) (any, error) { return nil, err }
		}
		sent := r.applyFaults(s.answer(r, handle))
		if r.token != "" {
			s.Worlds.AddToken(r.token, world)
		}
		timers := r.startTimers()
		defer timers.stop()
		if r.reply.AfterCallback {
			_ = world.WaitForCallbacks(ctx) // ends early for a caller that left only
		}
		record := s.recordRequest(ctx, api, r, sent)
		if keeper, ok := w.(RecordKeeper); ok {
			keeper.KeepRecord(record)
		}
		sent.write(ctx, w, timers)
	})
}

// RecordKeeper is a ResponseWriter of a caller in this process, which gets the record of
// its request, with the bodies as they came. No caller on the network does.
type RecordKeeper interface {
	KeepRecord(r journal.Record)
}

// readBody reads a body of at most so many bytes into what it needs.
func readBody(w http.ResponseWriter, r *http.Request, most int64) ([]byte, error) {
	if r.ContentLength < 0 || r.ContentLength > most {
		return io.ReadAll(http.MaxBytesReader(w, r.Body, most))
	}
	body := make([]byte, r.ContentLength)
	n, err := io.ReadFull(r.Body, body)
	return body[:n], err
}

func (s *server) answer(r *request, h handler) answer {
	result, err := s.recoverPanic(r, h)
	switch {
	case r.reply.Page != "":
		return r.page(err)
	case r.reply.Raw != nil:
		return r.raw(err)
	case err == nil:
		var body []byte
		if body, err = daraja.Marshal(result); err == nil {
			return answer{status: http.StatusOK, contentType: jsonType, body: body}
		}
		err = fmt.Errorf("encoding the answer: %w", err)
	}
	fault, ok := errors.AsType[*daraja.Error](err)
	if !ok {
		s.Log.Error("the simulator failed", "error", err)
		fault = daraja.ErrInternal().Because("a fault of the simulator's own, see its log")
	}
	a := answer{status: fault.Status, code: fault.Code, reason: fault.Reason}
	if fault.Code == "" && r.reply.Error == nil { // a rule may ask for an envelope with an empty code
		return a
	}
	if r.refusal == nil {
		r.refusal = fault.Envelope(r.world.Domain.RequestID(r.body))
	}
	if a.body, err = daraja.Marshal(r.refusal); err != nil {
		s.Log.Error("encoding a refusal", "error", err) // strings and numbers always encode
	}
	a.contentType = jsonType
	return a
}

// recoverPanic runs h. A panic in it becomes an error.
func (s *server) recoverPanic(r *request, h handler) (body any, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return h(r)
}

// recordRequest records a request and returns the record. The log gets its number only:
// reasons and ids have phone numbers in them.
func (s *server) recordRequest(ctx context.Context, api simulator.API, r *request, sent wireAnswer) journal.Record {
	k := r.record
	k.Kind, k.API, k.At = journal.KindRequest, api, r.at.In(daraja.EAT())
	k.Method, k.URL, k.Header = truncate(r.Method), truncate(r.URL.RequestURI()), r.Header
	k.Payment, k.Phone, k.Reference, k.Shortcode, k.Amount = truncate(k.Payment), truncate(k.Phone), truncate(k.Reference), truncate(k.Shortcode), truncate(k.Amount)
	k.Status, k.ErrorCode, k.Reason, k.By, k.Faults = sent.status, sent.code, sent.reason, r.reply.By, describeFaults(r.reply)
	k.Request, k.Response = journal.RawBody(r.body), journal.RawBody(sent.body)
	if sent.reset {
		k.Status, k.Error, k.Response = 0, "the connection was reset on purpose", journal.RawBody(nil)
	}
	k.Seq = r.world.Record.Add(k)
	if s.Log.Enabled(ctx, slog.LevelDebug) {
		s.Log.DebugContext(ctx, "request", "seq", k.Seq, "api", api, "status", k.Status, "error_code", k.ErrorCode)
	}
	return k
}

// truncate bounds what a caller makes the record keep of a line.
func truncate(s string) string { return s[:min(len(s), 256)] }
