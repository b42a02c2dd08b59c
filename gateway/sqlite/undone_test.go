package sqlite

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/darajabox/darajabox/gateway"
)

// lines counts what is logged.
type lines chan string

func (l lines) Write(b []byte) (int, error) {
	l <- string(b)
	return len(b), nil
}

// When the work of many rows fails at once, a line says so, and not one for each.
func TestUndoneWorkIsLoggedOnce(t *testing.T) {
	const rows = 20
	logged := make(lines, 2*rows)
	s, err := Open(t.Context(), Config{Dir: t.TempDir(), Clock: frozen(), IDs: testIDs(frozen()), Log: slog.New(slog.NewTextHandler(logged, nil))})
	if err != nil {
		t.Fatal(err)
	}
	for range rows {
		p := samplePayment("")
		p.DueAt = testStart
		if err := s.Update(t.Context(), func(tx gateway.Tx) error { return tx.InsertPayment(p) }); err != nil {
			t.Fatal(err)
		}
	}
	ended := working(t, s, paymentWorker(func(context.Context, int64) error { return errors.New("oops") }))
	if err := s.Idle(t.Context()); err != nil { // all have failed, and wait
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; !errors.Is(err, gateway.ErrClosed) { // the last line is written
		t.Fatal(err)
	}
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
