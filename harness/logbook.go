package harness

import (
	"bytes"
	"sync"
)

// maxLog bounds what is kept of the services' logs for one scenario, in bytes.
const maxLog = 256 << 10

// logbook keeps what services write, for the report of a scenario that fails. It
// is an io.Writer and safe for concurrent use.
type logbook struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write implements io.Writer. What is over the limit is dropped.
func (l *logbook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if room := maxLog - l.text.Len(); room > 0 {
		l.text.Write(p[:min(len(p), room)])
	}
	return len(p), nil
}

// Mark forgets what was written so far.
func (l *logbook) Mark() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text.Reset()
}

// Logs returns what was written since Mark.
func (l *logbook) Logs() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
