// Package httpkit has what the HTTP servers of both services share: handlers that return
// their answer, and the one adapter that writes it.
package httpkit

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"slices"

	"github.com/darajabox/darajabox/daraja"
)

// Response is the answer to a request.
type Response struct {
	Status int         // 0 is 200
	Body   any         // encoded as JSON; nil writes none
	Header http.Header // set besides Content-Type and Cache-Control, or in their place
}

// Handler answers a request, and writes nothing itself. An error is answered by the
// adapter that serves it; http.ErrAbortHandler closes the connection without an answer.
type Handler func(*http.Request) (Response, error)

// Adapter serves handlers.
type Adapter struct {
	// Refuse returns the answer to an error of a handler.
	Refuse func(error) Response

	// Log takes panics of handlers, which Refuse then answers. Without it they are left
	// to net/http.
	Log *slog.Logger
}

// Serve answers r with what h returns. It returns the status that was sent, and the
// error of h.
func (a Adapter) Serve(w http.ResponseWriter, r *http.Request, h Handler) (status int, err error) {
	resp, err := a.run(r, h)
	if errors.Is(err, http.ErrAbortHandler) {
		panic(http.ErrAbortHandler) // net/http's way to close a connection without an answer
	}
	if err != nil {
		resp = a.Refuse(err)
	}
	body, encodeErr := encode(resp.Body)
	if encodeErr != nil {
		err = fmt.Errorf("encoding the answer: %w", encodeErr)
		resp = a.Refuse(err)
		body, _ = encode(resp.Body) // a refusal is plain; without its body the status tells enough
	}
	head := w.Header()
	head.Set("Cache-Control", "no-store")
	head.Set("X-Content-Type-Options", "nosniff")
	if body != nil {
		head.Set("Content-Type", "application/json")
	}
	for name, values := range resp.Header {
		head[name] = values
	}
	if resp.Status == 0 {
		resp.Status = http.StatusOK
	}
	w.WriteHeader(resp.Status)
	_, _ = w.Write(body) // fails for a caller that left, or a status without a body
	return resp.Status, err
}

// run calls h; with a log its panic becomes an error.
func (a Adapter) run(r *http.Request, h Handler) (resp Response, err error) {
	if a.Log == nil {
		return h(r)
	}
	defer func() {
		switch v := recover(); v {
		case nil:
		case http.ErrAbortHandler:
			err = http.ErrAbortHandler
		default:
			a.Log.Error("handler panicked", "panic", v, "stack", string(debug.Stack()))
			err = fmt.Errorf("handler panicked: %v", v)
		}
	}()
	return h(r)
}

func encode(body any) ([]byte, error) {
	if body == nil {
		return nil, nil
	}
	return daraja.Marshal(body)
}

// IsRead reports whether r is a GET or HEAD of one of the paths.
func IsRead(r *http.Request, paths ...string) bool {
	return (r.Method == http.MethodGet || r.Method == http.MethodHead) && slices.Contains(paths, r.URL.Path)
}
