package app_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/darajabox/darajabox/simulator/app"
)

// Every world's records are reported in their order, those on disk too.
func TestRecordsAreReported(t *testing.T) {
	for _, dir := range []string{"", t.TempDir()} {
		var mu sync.Mutex
		seen := map[string][]string{}
		s := start(t, app.Config{Frozen: true, StartAt: noon(), JournalDir: dir, Report: func(r app.Record) {
			mu.Lock()
			defer mu.Unlock()
			seen[r.World] = append(seen[r.World], strings.TrimSpace(string(r.Kind)+" "+string(r.API)+" "+r.Reason))
		}})
		url, _ := merchant(t)
		w := s.create(t, `{"id":"other"}`)
		w.accepted(t, "254712345678", url)
		s.accepted(t, "254712345679", url)
		s.advance(t, "1m")
		mu.Lock()
		got := seen
		mu.Unlock()
		if want := []string{"request oauth", "request stkpush", "callback stkpush", "action  the clock was advanced by 1m0s"}; !slices.Equal(sorted(got["default"]), sorted(want)) {
			t.Errorf("of the default world %q are reported, want %q", got["default"], want)
		}
		if want := []string{"request oauth", "request stkpush"}; !slices.Equal(got["other"], want) {
			t.Errorf("of the other world %q are reported, want %q", got["other"], want)
		}
		if dir == "" {
			continue
		}
		if records, err := os.ReadFile(filepath.Join(dir, "default.jsonl")); err != nil || strings.Count(string(records), "\n") != 4 {
			t.Errorf("on disk are %s (%v)", records, err)
		}
	}
}

func sorted(s []string) []string { return slices.Sorted(slices.Values(s)) }
