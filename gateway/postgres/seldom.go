package postgres

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// warnEvery is how often a warning of one kind is logged at most.
const warnEvery = 10 * time.Second

// seldom is a log for what repeats itself while the database is away, River above all. Of the
// warnings and errors with one text it logs one in warnEvery, with how many it left out.
// The texts are constant, so they are few.
type seldom struct {
	slog.Handler
	said *said
}

// said is what was logged, for all handlers that are made of one.
type said struct {
	mu    sync.Mutex
	kinds map[kindOfLine]*lineSaid
}

type kindOfLine struct {
	level slog.Level
	text  string
}

type lineSaid struct {
	at      time.Time // of the last line
	leftOut int       // since then
}

func newSeldom(log *slog.Logger) *slog.Logger {
	return slog.New(seldom{log.Handler(), &said{kinds: make(map[kindOfLine]*lineSaid)}})
}

// Handle implements slog.Handler.
func (s seldom) Handle(ctx context.Context, r slog.Record) error {
	if r.Level >= slog.LevelWarn {
		leftOut, now := s.said.line(r)
		if !now {
			return nil
		}
		if leftOut > 0 {
			r = r.Clone()
			r.AddAttrs(slog.Int("left_out", leftOut))
		}
	}
	return s.Handler.Handle(ctx, r)
}

// line reports whether a line is logged now, and how many like it were left out before.
func (s *said) line(r slog.Record) (leftOut int, now bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	kind := kindOfLine{r.Level, r.Message}
	if last, known := s.kinds[kind]; known {
		if since := r.Time.Sub(last.at); since >= 0 && since < warnEvery { // below 0 the clock was set back
			last.leftOut++
			return 0, false
		}
		leftOut = last.leftOut
	}
	s.kinds[kind] = &lineSaid{at: r.Time}
	return leftOut, true
}

// WithAttrs implements slog.Handler.
func (s seldom) WithAttrs(attrs []slog.Attr) slog.Handler {
	return seldom{s.Handler.WithAttrs(attrs), s.said}
}

// WithGroup implements slog.Handler.
func (s seldom) WithGroup(name string) slog.Handler { return seldom{s.Handler.WithGroup(name), s.said} }
