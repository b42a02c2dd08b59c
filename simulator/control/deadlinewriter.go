package control

import (
	"context"
	"fmt"
	"net/http"
	"time"
)

// writeTimeout is how long a caller may take to accept what is written to it.
const writeTimeout = 30 * time.Second

// deadlineWriter writes an answer with a timeout for each write, in place of the server's
// deadline for the whole answer. (The deadline of reading ends with the body.)
type deadlineWriter struct {
	ctx context.Context
	w   http.ResponseWriter
	rc  *http.ResponseController
}

func newDeadlineWriter(w http.ResponseWriter, r *http.Request) *deadlineWriter {
	rc := http.NewResponseController(w)
	_ = rc.SetWriteDeadline(time.Time{}) // a writer without deadlines has none to lift
	return &deadlineWriter{ctx: context.WithoutCancel(r.Context()), w: w, rc: rc}
}

// startTimer ends the write that follows when it takes too long.
func (d *deadlineWriter) startTimer() (stop func()) {
	ctx, cancel := context.WithTimeout(d.ctx, writeTimeout)
	cancelTimer := context.AfterFunc(ctx, func() { _ = d.rc.SetWriteDeadline(time.Unix(1, 0)) }) // in the past
	return func() {
		cancelTimer()
		cancel()
	}
}

// Write implements io.Writer.
func (d *deadlineWriter) Write(p []byte) (int, error) {
	defer d.startTimer()()
	return d.w.Write(p)
}

// Flush sends what was written.
func (d *deadlineWriter) Flush() error {
	defer d.startTimer()()
	if err := d.rc.Flush(); err != nil {
		return fmt.Errorf("sending: %w", err)
	}
	return nil
}
