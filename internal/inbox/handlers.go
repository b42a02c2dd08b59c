package inbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	pathpkg "path"
	"strings"
	"time"

	"github.com/darajabox/darajabox/internal/httpkit"
)

func (in *Inbox) routes() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /health", handler(health))
	mux.Handle("POST /webhook", handler(in.receive))
	mux.Handle("POST /webhook/", handler(in.receive))
	mux.Handle("GET /received", handler(in.listReceived))
	mux.Handle("DELETE /received", handler(in.deleteReceived))
	mux.Handle("PUT /behaviour", handler(in.setBehaviour))
	mux.Handle("DELETE /behaviour", handler(in.clearBehaviour))
	return mux
}

// IsWebhookPath reports whether a POST to a path is taken as a webhook.
func IsWebhookPath(path string) bool {
	return path == "/webhook" || strings.HasPrefix(path, "/webhook/") && strings.TrimSuffix(path, "/") == pathpkg.Clean(path)
}

type response = httpkit.Response

// httpError is an error with the status that it is answered with.
type httpError struct {
	status int
	text   string
}

func (e httpError) Error() string { return e.text }

func badRequest(format string, args ...any) error {
	return httpError{http.StatusBadRequest, fmt.Sprintf(format, args...)}
}

// handler gets the whole body and returns its answer.
type handler func(r *http.Request, body []byte) (response, error)

// ServeHTTP implements http.Handler.
func (h handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, _ = httpkit.Adapter{Refuse: refuse}.Serve(w, r, func(r *http.Request) (response, error) {
		body, err := readBody(w, r)
		if err != nil {
			return response{}, err
		}
		return h(r, body)
	})
}

func refuse(err error) response {
	e := httpError{http.StatusInternalServerError, err.Error()}
	errors.As(err, &e)
	return response{Status: e.status, Body: map[string]string{"error": e.text}}
}

func readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxBody))
	if tooBig := (*http.MaxBytesError)(nil); errors.As(err, &tooBig) {
		return nil, httpError{http.StatusRequestEntityTooLarge, fmt.Sprintf("the body is over %d bytes", MaxBody)}
	}
	if err != nil {
		return nil, badRequest("the body could not be read: %v", err)
	}
	// The server's read deadline would end the request's context during a longer wait.
	if err := http.NewResponseController(w).SetReadDeadline(time.Time{}); err != nil {
		return nil, fmt.Errorf("lifting the read deadline: %w", err)
	}
	return body, nil
}

func health(*http.Request, []byte) (response, error) {
	return response{Body: map[string]string{"status": "ok"}}, nil
}

// receive takes a webhook and answers it as the behaviour of its path says.
func (in *Inbox) receive(r *http.Request, body []byte) (response, error) {
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
		w.Body, _ = json.Marshal(string(body)) // a string can always be encoded
	}
	b := in.behaviours.next(w.Path)
	drop := b.Drop
	if b.delay > 0 {
		select {
		case <-time.After(b.delay):
		case <-r.Context().Done():
			drop = true // the sender gave up, or the inbox stops
		}
	}
	if drop {
		in.record(w)
		return response{}, http.ErrAbortHandler
	}
	w.Answered = b.Status
	in.record(w)
	status := "ok"
	if b.Status >= 300 {
		status = "error"
	}
	return response{Status: b.Status, Body: map[string]string{"status": status}}, nil
}

// record reports and stores a webhook, so that a test that reads a webhook can rely on
// its report, and the sender's answer comes after both.
func (in *Inbox) record(w Webhook) {
	in.recording.Lock()
	defer in.recording.Unlock()
	if in.cfg.Report != nil {
		in.cfg.Report(w.event())
	}
	in.store.add(w)
}

func filterOf(r *http.Request) filter {
	query := r.URL.Query()
	return filter{path: query.Get("path"), transactionID: query.Get("transaction_id")}
}

func (in *Inbox) listReceived(r *http.Request, _ []byte) (response, error) {
	var wait time.Duration
	if query := r.URL.Query(); query.Has("wait") {
		var err error
		if wait, err = time.ParseDuration(query.Get("wait")); err != nil || wait < 0 || wait > MaxWait {
			return response{}, badRequest("wait must be a duration of at most %v, such as 2s", MaxWait)
		}
	}
	ctx, cancel := context.WithTimeout(r.Context(), wait)
	defer cancel()
	return response{Body: map[string][]Webhook{"received": in.store.wait(ctx, filterOf(r))}}, nil
}

func (in *Inbox) deleteReceived(r *http.Request, _ []byte) (response, error) {
	in.store.remove(filterOf(r))
	return response{Status: http.StatusNoContent}, nil
}

func (in *Inbox) setBehaviour(_ *http.Request, body []byte) (response, error) {
	b, err := parseBehaviour(body)
	if err == nil {
		err = in.behaviours.set(b)
	}
	if err != nil {
		return response{}, badRequest("%v", err)
	}
	return response{Status: http.StatusNoContent}, nil
}

func (in *Inbox) clearBehaviour(r *http.Request, _ []byte) (response, error) {
	in.behaviours.clear(r.URL.Query().Get("path"))
	return response{Status: http.StatusNoContent}, nil
}
