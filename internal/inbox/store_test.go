package inbox

import (
	"encoding/json"
	"testing"

	"pgregory.net/rapid"
)

func TestOldestGoFirst(t *testing.T) {
	s := store{maxCount: 3, maxBytes: 1 << 20, changed: make(chan struct{})}
	for range 5 {
		s.add(Webhook{})
	}
	if got, _ := s.find(filter{}); len(got) != 3 || got[0].Seq != 3 || got[2].Seq != 5 {
		t.Errorf("kept %+v", got)
	}
}

// The store holds the newest webhooks, as many as fit, and knows their size.
func TestStoreStaysWithinItsLimits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := store{maxCount: 5, maxBytes: 100, changed: make(chan struct{})}
		for range rapid.IntRange(0, 30).Draw(t, "webhooks") {
			s.add(Webhook{
				Path: rapid.SampledFrom([]string{"/webhook", "/webhook/a"}).Draw(t, "path"),
				Body: make(json.RawMessage, rapid.IntRange(0, 60).Draw(t, "size")),
			})
			if rapid.IntRange(0, 9).Draw(t, "forget") == 0 {
				s.remove(filter{path: "/webhook/a"})
			}
			kept, _ := s.find(filter{})
			size := 0
			for i, w := range kept {
				size += w.size()
				if i > 0 && w.Seq <= kept[i-1].Seq {
					t.Fatalf("out of order: %d after %d", w.Seq, kept[i-1].Seq)
				}
			}
			if size != s.bytes || len(kept) > s.maxCount || (size > s.maxBytes && len(kept) > 1) {
				t.Fatalf("%d kept, %d bytes, counted as %d", len(kept), size, s.bytes)
			}
		}
	})
}
