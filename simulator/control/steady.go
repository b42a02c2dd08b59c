package control

import (
	"context"
	"fmt"
	"net/http"
	"time"
)

// patience is how long a caller may take to accept what is written to it.
const patience = 30 * time.Second

// steady writes to a caller for as long as the caller takes what is written,
// whatever the deadlines of the server.
type steady struct {
	w     http.ResponseWriter
	rc    *http.ResponseController
	watch func() (stop func()) // cuts the connection unless it is stopped in time
}

func newSteady(w http.ResponseWriter, r *http.Request) *steady {
	rc := http.NewResponseController(w)
	request := context.WithoutCancel(r.Context()) // what is said at its end is written, too
	return &steady{w: w, rc: rc, watch: func() func() {
		ctx, cancel := context.WithTimeout(request, patience)
		disarm := context.AfterFunc(ctx, func() { _ = rc.SetWriteDeadline(time.Unix(1, 0)) }) // long past: a write that waits ends now
		return func() {
			disarm()
			cancel()
		}
	}}
}

// Write implements io.Writer. It fails for a caller that takes nothing any more.
func (s *steady) Write(p []byte) (int, error) {
	defer s.watch()()
	return s.w.Write(p)
}

// Flush sends what was written on its way.
func (s *steady) Flush() error {
	defer s.watch()()
	if err := s.rc.Flush(); err != nil {
		return fmt.Errorf("sending: %w", err)
	}
	return nil
}

type controllerKey struct{}

// withController makes patiently work.
func withController(w http.ResponseWriter, r *http.Request) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), controllerKey{}, http.NewResponseController(w)))
}

// patiently takes the server's deadline off the answer to a request that may rightly
// take long. (That of reading ends with the body.)
func patiently(r *http.Request) {
	if rc, ok := r.Context().Value(controllerKey{}).(*http.ResponseController); ok {
		_ = rc.SetWriteDeadline(time.Time{}) // what has no deadline needs none lifted
	}
}
