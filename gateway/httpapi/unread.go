package httpapi

import (
	"errors"
	"io"
	"net/http"
	"time"
)

const (
	// lingers is how long the rest of a body may take that was not read before the
	// answer. Without it the client of a body that is under way would get a reset instead
	// of the answer.
	lingers = 500 * time.Millisecond

	// answerTimeout is how long a client may take to receive an answer.
	answerTimeout = 10 * time.Second
)

// endUnread ends the connection of a request that is answered before its body was read to
// the end. The server would wait for the rest of the body before it sends the answer, so
// a body that never comes would hold the connection. A partner over its rate keeps the
// connection if the rest of the body comes at once.
func endUnread(h http.Handler, now func() time.Time) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body := &countedBody{ReadCloser: r.Body, ended: r.ContentLength == 0}
		answer := &answerWriter{ResponseWriter: w, body: body, now: now, latest: now().Add(writeTimeout)}
		r = r.WithContext(r.Context()) // a copy, whose body may be replaced
		r.Body = body
		h.ServeHTTP(answer, r)
		answer.begin(http.StatusOK)
	})
}

// countedBody is a request's body that knows whether it was read to its end.
type countedBody struct {
	io.ReadCloser
	ended bool
}

// Read implements io.Reader.
func (b *countedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if errors.Is(err, io.EOF) {
		b.ended = true
	}
	return n, err
}

// answerWriter sets the deadlines of an answer before it is written.
type answerWriter struct {
	http.ResponseWriter
	now    func() time.Time
	body   *countedBody
	latest time.Time // when the answer must be sent, however it is written
	begun  bool
}

// Unwrap is for http.ResponseController.
func (w *answerWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// WriteHeader implements http.ResponseWriter.
func (w *answerWriter) WriteHeader(status int) {
	w.begin(status)
	w.ResponseWriter.WriteHeader(status)
}

// Write implements io.Writer.
func (w *answerWriter) Write(p []byte) (int, error) {
	w.begin(http.StatusOK)
	w.bound()
	return w.ResponseWriter.Write(p)
}

func (w *answerWriter) begin(status int) {
	if w.begun {
		return
	}
	w.begun = true
	w.bound()
	if w.body.ended {
		return
	}
	if status != http.StatusTooManyRequests {
		w.Header().Set("Connection", "close")
	}
	_ = http.NewResponseController(w.ResponseWriter).SetReadDeadline(w.now().Add(lingers)) // only a recorder in tests has none
}

func (w *answerWriter) bound() {
	end := w.now().Add(answerTimeout)
	if w.latest.Before(end) {
		end = w.latest
	}
	_ = http.NewResponseController(w.ResponseWriter).SetWriteDeadline(end)
}
