package postgres

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
)

// lines sends what is logged.
type lines chan string

func (l lines) Write(b []byte) (int, error) {
	l <- string(b)
	return len(b), nil
}

// When the work of many rows fails at once, a line says so, and not one for each.
func TestUndoneWorkIsLoggedOnce(t *testing.T) {
	const rows = 20
	logged := make(lines, 100*rows)
	clock := frozen()
	s := opened(t, Config{URL: migrated(t), Clock: clock, Log: slog.New(slog.NewTextHandler(logged, nil))})
	for range rows {
		p := samplePayment("")
		p.DueAt = testStart
		insertPayment(t, s, p)
	}
	called := make(chan int64, 100*rows)
	stop := working(t, s, calling{payment: func(_ context.Context, id int64) error {
		called <- id
		return errors.New("oops")
	}})
	for range rows {
		receive(t, called, "a call")
	}
	stop()
	close(logged)
	n := 0
	for line := range logged {
		if strings.Contains(line, "due work is left undone") {
			n++
		}
	}
	if n != 1 {
		t.Errorf("%d lines say so, want 1", n)
	}
}
