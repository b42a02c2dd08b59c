package logthrottle_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/darajabox/darajabox/internal/logthrottle"
)

// Of warnings with the same text one is logged in ten seconds, with the number of those
// that are left out.
func TestThrottle(t *testing.T) {
	begin := time.Date(2026, 1, 1, 9, 0, 0, 0, time.UTC)
	var out bytes.Buffer
	log := logthrottle.New(slog.New(slog.NewTextHandler(&out, nil))).Handler().WithAttrs([]slog.Attr{slog.String("queue", "payments")})
	say := func(at time.Duration, level slog.Level, msg string) string {
		t.Helper()
		out.Reset()
		if err := log.Handle(context.Background(), slog.NewRecord(begin.Add(at), level, msg, 0)); err != nil {
			t.Error(err)
		}
		_, line, _ := strings.Cut(strings.TrimSpace(out.String()), " ")
		return line
	}
	const fetching, electing = "producer: Error fetching jobs", "elector: Error attempting to elect"
	for _, tt := range []struct {
		name  string
		at    time.Duration
		level slog.Level
		msg   string
		want  string // of the line, but for its time; "" for none
	}{
		{"the first", 0, slog.LevelError, fetching, `level=ERROR msg="` + fetching + `" queue=payments`},
		{"soon after", 25 * time.Millisecond, slog.LevelError, fetching, ""},
		{"another kind", 30 * time.Millisecond, slog.LevelError, electing, `level=ERROR msg="` + electing + `" queue=payments`},
		{"the same text as a warning", 40 * time.Millisecond, slog.LevelWarn, fetching, `level=WARN msg="` + fetching + `" queue=payments`},
		{"later", 9 * time.Second, slog.LevelError, fetching, ""},
		{"after ten seconds", 10 * time.Second, slog.LevelError, fetching, `level=ERROR msg="` + fetching + `" queue=payments left_out=2`},
		{"written a moment earlier by another goroutine", 10*time.Second - time.Millisecond, slog.LevelError, fetching, ""},
		{"after an hour", time.Hour, slog.LevelError, fetching, `level=ERROR msg="` + fetching + `" queue=payments left_out=1`},
		{"after the clock was set back", time.Minute, slog.LevelError, fetching, `level=ERROR msg="` + fetching + `" queue=payments`},
		{"no warning", time.Hour, slog.LevelInfo, "Client started", `level=INFO msg="Client started" queue=payments`},
		{"no warning either", time.Hour, slog.LevelInfo, "Client started", `level=INFO msg="Client started" queue=payments`},
	} {
		if got := say(tt.at, tt.level, tt.msg); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}
