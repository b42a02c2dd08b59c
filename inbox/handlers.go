package inbox

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	pathpkg "path"
	"strings"
	"time"
)

func (in *Inbox) routes() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /health", handler(health))
	mux.Handle("POST /webhook", handler(in.webhook))
	mux.Handle("POST /webhook/", handler(in.webhook))
	mux.Handle("GET /received", handler(in.received))
	mux.Handle("DELETE /received", handler(in.forget))
	mux.Handle("PUT /behaviour", handler(in.behave))
	mux.Handle("DELETE /behaviour", handler(in.behaveWell))
	return mux
}

// Takes reports whether a POST to a path is taken as a webhook, and reported.
func Takes(path string) bool {
	return path == "/webhook" || strings.HasPrefix(path, "/webhook/") && strings.TrimSuffix(path, "/") == pathpkg.Clean(path)
}

// response is what a handler wants written.
type response struct {
	status int
	body   any  // encoded as JSON; nil writes none
	drop   bool // close the connection without an answer
}

// problem is an error that the caller is told, with its HTTP status.
type problem struct {
	status int
	text   string
}

func (p problem) Error() string { return p.text }

func badRequest(format string, args ...any) error {
	return problem{http.StatusBadRequest, fmt.Sprintf(format, args...)}
}

// handler serves a function that gets the whole body and returns its answer.
type handler func(r *http.Request, body []byte) (response, error)

// ServeHTTP is the one place where bodies are read and answers written.
func (h handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	res, err := h.serve(w, r)
	if err != nil {
		p := problem{http.StatusInternalServerError, err.Error()}
		errors.As(err, &p)
		res = response{status: p.status, body: map[string]string{"error": p.text}}
	}
	if res.drop {
		panic(http.ErrAbortHandler) // net/http's way to close without an answer
	}
	var out bytes.Buffer
	if res.body != nil {
		enc := json.NewEncoder(&out)
		enc.SetEscapeHTML(false) // bodies are shown as they came
		if err := enc.Encode(res.body); err != nil {
			http.Error(w, "encoding the answer: "+err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/json")
	}
	w.WriteHeader(res.status)
	_, _ = w.Write(out.Bytes()) // fails for a caller that left, or a status without a body
}

func (h handler) serve(w http.ResponseWriter, r *http.Request) (response, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxBody))
	if tooBig := (*http.MaxBytesError)(nil); errors.As(err, &tooBig) {
		return response{}, problem{http.StatusRequestEntityTooLarge, fmt.Sprintf("the body is over %d bytes", MaxBody)}
	}
	if err != nil {
		return response{}, badRequest("the body could not be read: %v", err)
	}
	// The server's read deadline has done its work; left in place it would end
	// the request's context in the middle of a longer wait.
	if err := http.NewResponseController(w).SetReadDeadline(time.Time{}); err != nil {
		return response{}, fmt.Errorf("lifting the read deadline: %w", err)
	}
	return h(r, body)
}

func health(*http.Request, []byte) (response, error) {
	return response{status: http.StatusOK, body: map[string]string{"status": "ok"}}, nil
}

func (in *Inbox) webhook(r *http.Request, body []byte) (response, error) {
	w := Webhook{
		At:            in.cfg.Now(),
		Path:          r.URL.Path,
		Header:        r.Header.Clone(),
		Body:          body,
		transactionID: text(objectFields(body)["transaction_id"]),
	}
	if in.cfg.Secret != "" {
		w.signature = checkSignature(in.cfg.Secret, w.Header, body, w.At)
	}
	if !json.Valid(body) {
		quoted, err := json.Marshal(string(body))
		if err != nil {
			return response{}, fmt.Errorf("keeping a webhook: %w", err)
		}
		w.Body = quoted
	}
	b := in.behaviours.take(w.Path)
	drop := b.drop
	if !pause(r.Context(), b.delay) {
		drop = true // the sender gave up, or the inbox stops
	}
	if !drop {
		w.Answered = b.status
	}
	in.keep(w)
	answer := "ok"
	if b.status >= 300 {
		answer = "error"
	}
	return response{status: b.status, drop: drop, body: map[string]string{"status": answer}}, nil
}

// keep records and prints, so that a test that saw a webhook can count on its
// line, and the sender's answer comes after both.
func (in *Inbox) keep(w Webhook) {
	in.printing.Lock()
	defer in.printing.Unlock()
	if e, checkoutID := event(w); in.cfg.Report != nil {
		in.cfg.Report(e, checkoutID)
	} else {
		_, _ = io.WriteString(in.cfg.Out, e.Line()) // a closed terminal is no reason to refuse a webhook
	}
	in.store.add(w)
}

// pause waits for d and reports whether ctx lasted so long.
func pause(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

func (in *Inbox) received(r *http.Request, _ []byte) (response, error) {
	query := r.URL.Query()
	f := filter{path: query.Get("path"), transactionID: query.Get("transaction_id")}
	list := struct {
		Received []Webhook `json:"received"`
	}{}
	if !query.Has("wait") {
		list.Received = in.store.find(f)
		return response{status: http.StatusOK, body: list}, nil
	}
	wait, err := time.ParseDuration(query.Get("wait"))
	if err != nil || wait < 0 || wait > MaxWait {
		return response{}, badRequest("wait must be a duration of at most %v, such as 2s", MaxWait)
	}
	ctx, cancel := context.WithTimeout(r.Context(), wait)
	defer cancel()
	list.Received = in.store.wait(ctx, f)
	return response{status: http.StatusOK, body: list}, nil
}

func (in *Inbox) forget(r *http.Request, _ []byte) (response, error) {
	query := r.URL.Query()
	in.store.forget(filter{path: query.Get("path"), transactionID: query.Get("transaction_id")})
	return response{status: http.StatusNoContent}, nil
}

func (in *Inbox) behave(_ *http.Request, body []byte) (response, error) {
	path, b, err := parseBehaviour(body)
	if err == nil {
		err = in.behaviours.set(path, b)
	}
	if err != nil {
		return response{}, badRequest("%v", err)
	}
	return response{status: http.StatusNoContent}, nil
}

func (in *Inbox) behaveWell(r *http.Request, _ []byte) (response, error) {
	in.behaviours.clear(r.URL.Query().Get("path"))
	return response{status: http.StatusNoContent}, nil
}
