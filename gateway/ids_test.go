package gateway

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

// stood is a clock that stands still until it is set.
type stood struct{ at time.Time }

func (c *stood) Now() time.Time { return c.at }

func (*stood) AfterFunc(time.Duration, func()) func() bool { panic("an id needs no timer") }

func drawn(t *testing.T, ids IDSource) int64 {
	t.Helper()
	id, err := ids.Next()
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// An id is the millisecond and the bits that were drawn, and nothing else: no id
// depends on how many were drawn before it.
func TestIDIsTimeAndRandomBits(t *testing.T) {
	const first = int64(63158400000) // 2026-01-01 since 2024-01-01, in milliseconds
	for _, tt := range []struct {
		name   string
		after  time.Duration // since 2026-01-01
		before int           // ids that were drawn in the same millisecond
		random []byte
		want   int64
	}{
		{"the first", 0, 0, []byte{0x00, 0x00}, first << 12},
		{"all bits", 0, 0, []byte{0xff, 0xff}, first<<12 | 0xfff},
		{"part of a millisecond", 999 * time.Microsecond, 0, []byte{0xa1, 0x23}, first<<12 | 0x123},
		{"the next millisecond", time.Millisecond, 0, []byte{0x00, 0x07}, (first+1)<<12 | 7},
		{"after ten others", 0, 10, []byte{0x00, 0x07}, first<<12 | 7},
		{"a day later", 24 * time.Hour, 10, []byte{0x00, 0x07}, (first+86_400_000)<<12 | 7},
	} {
		t.Run(tt.name, func(t *testing.T) {
			random := &bytes.Buffer{}
			ids := NewIDs(&stood{time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Add(tt.after)}, random).Payments
			for i := range tt.before {
				random.Write([]byte{0x01, byte(i)})
				drawn(t, ids)
			}
			random.Write(tt.random)
			if got := drawn(t, ids); got != tt.want {
				t.Errorf("got %d, want %d", got, tt.want)
			}
		})
	}
}

func TestIDsAreDifferent(t *testing.T) {
	machine := rand.NewChaCha8([32]byte{1})
	zeros := bytes.NewReader(make([]byte, 1<<20))
	for _, tt := range []struct {
		name string
		ids  IDSource
		n    int
		most time.Duration // that the ids may be ahead of the clock
	}{
		{"a burst in one millisecond", NewIDs(&stood{now()}, machine).Payments, 1000, 0},
		{"more than a millisecond has", NewIDs(&stood{now()}, machine).Payments, 20_000, 20 * time.Millisecond},
		{"randomness that repeats", NewIDs(&stood{now()}, zeros).Payments, 1000, time.Second},
		{"a clock before the first id", NewIDs(&stood{time.Unix(0, 0)}, machine).Payments, 20_000, 100 * 365 * 24 * time.Hour},
	} {
		t.Run(tt.name, func(t *testing.T) {
			seen := make(map[int64]bool)
			for range tt.n {
				id := drawn(t, tt.ids)
				if seen[id] || id < 1 || id >= 1<<53 {
					t.Fatalf("after %d ids: %d", len(seen), id)
				}
				if at := idEpoch.Add(time.Duration(id>>12) * time.Millisecond); at.After(now().Add(tt.most)) {
					t.Fatalf("after %d ids: %d is of %v", len(seen), id, at)
				}
				seen[id] = true
			}
		})
	}
}

// A clock that is set back gives smaller ids again, so that ids follow the clock.
func TestIDsFollowTheClock(t *testing.T) {
	clock := &stood{now()}
	ids := NewIDs(clock, rand.NewChaCha8([32]byte{})).Deliveries
	first := drawn(t, ids)
	clock.at = now().Add(time.Hour)
	later := drawn(t, ids)
	clock.at = now().Add(-time.Hour)
	if earlier := drawn(t, ids); later <= first || earlier >= first {
		t.Errorf("ids %d, an hour later %d, two hours before that %d", first, later, earlier)
	}
}

func TestIDsThatCannotBeDrawn(t *testing.T) {
	broken := iotest.ErrReader(errors.New("oops"))
	for _, tt := range []struct {
		name string
		ids  IDSource
		want string
	}{
		{"no randomness", NewIDs(&stood{now()}, broken).Payments, "oops"},
		{"the last millisecond", NewIDs(&stood{idEpoch.Add(1 << 41 * time.Millisecond)}, rand.NewChaCha8([32]byte{})).Payments, "set the clock"},
	} {
		if id, err := tt.ids.Next(); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: id %d, %v", tt.name, id, err)
		}
	}
	if id := drawn(t, NewIDs(&stood{idEpoch.Add(1<<41*time.Millisecond - 1)}, rand.NewChaCha8([32]byte{})).Payments); id >= 1<<53 {
		t.Errorf("the last millisecond gives %d", id)
	}
}

func TestInsertNewTriesUntilAnIDIsFree(t *testing.T) {
	ids := NewIDs(&stood{now()}, rand.NewChaCha8([32]byte{})).Payments
	for _, tt := range []struct {
		name  string
		taken int   // ids that are not free
		err   error // of the insert after them
		tries int
		ok    bool
	}{
		{"free", 0, nil, 1, true},
		{"the third is free", 2, nil, 3, true},
		{"none is free", 1000, nil, idTries, false},
		{"the insert fails", 2, errors.New("oops"), 3, false},
	} {
		var tried []int64
		id, err := InsertNew(ids, func(id int64) (bool, error) {
			tried = append(tried, id)
			if len(tried) <= tt.taken {
				return false, nil
			}
			return tt.err == nil, tt.err
		})
		if len(tried) != tt.tries || (err == nil) != tt.ok || tt.ok && id != tried[len(tried)-1] {
			t.Errorf("%s: %d after %v, %v", tt.name, id, tried, err)
		}
	}
}
