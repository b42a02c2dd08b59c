package postgres

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
)

// While the database is away River warns many times a second.
func TestRiverWarnsSeldom(t *testing.T) {
	var out bytes.Buffer
	log := queueing(slog.New(slog.NewTextHandler(&out, nil))).Logger
	for range 3 {
		log.Error("producer: Error fetching jobs")
	}
	if n := strings.Count(out.String(), "\n"); n != 1 {
		t.Errorf("%d lines:\n%s", n, &out)
	}
}
