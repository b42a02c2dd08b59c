// Package logthrottle limits log lines that repeat themselves while something is away or
// broken.
package logthrottle

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// Every is how often a warning with the same text is logged at most.
const Every = 10 * time.Second

// handler logs, of the warnings and errors with one text, one in Every, with how many it
// left out.
type handler struct {
	slog.Handler
	lines *lines // shared with the handlers of WithAttrs and WithGroup
}

// lines counts the log lines with the same level and text.
type lines struct {
	mu     sync.Mutex
	counts map[line]count
}

type line struct {
	level slog.Level
	text  string
}

type count struct {
	logged  time.Time
	leftOut int // since then
}

// New returns a log that writes to another and, of the warnings and errors with the same
// text, logs one in Every. The attribute left_out is how many like it were left out before.
// Texts must be constant, since each is kept.
func New(log *slog.Logger) *slog.Logger {
	return slog.New(handler{log.Handler(), &lines{counts: make(map[line]count)}})
}

// Handle implements slog.Handler.
func (h handler) Handle(ctx context.Context, r slog.Record) error {
	if r.Level >= slog.LevelWarn {
		leftOut, now := h.lines.add(r)
		if !now {
			return nil
		}
		if leftOut > 0 {
			r = r.Clone()
			r.AddAttrs(slog.Int("left_out", leftOut))
		}
	}
	return h.Handler.Handle(ctx, r)
}

// add reports whether a line is logged now, and how many like it were left out before.
func (l *lines) add(r slog.Record) (leftOut int, now bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	key := line{r.Level, r.Message}
	c := l.counts[key]
	if since := r.Time.Sub(c.logged); since.Abs() < Every { // lines of several goroutines come out of order; far below 0 the clock was set back
		c.leftOut++
		l.counts[key] = c
		return 0, false
	}
	l.counts[key] = count{logged: r.Time}
	return c.leftOut, true
}

// WithAttrs implements slog.Handler.
func (h handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return handler{h.Handler.WithAttrs(attrs), h.lines}
}

// WithGroup implements slog.Handler.
func (h handler) WithGroup(name string) slog.Handler {
	return handler{h.Handler.WithGroup(name), h.lines}
}
