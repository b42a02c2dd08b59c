package gateway

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"
)

// The id of a payment or of a webhook is the millisecond in which it was drawn and
// some random bits. Partners see it, so it must not count what other partners do: it
// says nothing that created_at does not say, and the bits say nothing at all.
const (
	idBits   = 12 // random, at the end of an id
	idMillis = 41 // milliseconds before them: 69 years, and the whole is below 2^53, exact in a JavaScript number
	idDraws  = 8  // in one millisecond, before the next one is taken
)

// idEpoch is when the milliseconds of ids begin. Ids of earlier releases are numbers
// that count from 1; they are smaller than those of the first day.
//
//nolint:gochecknoglobals // a constant
var idEpoch = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)

var errIDsEnd = errors.New("the clock shows a time for which there are no ids; set the clock of the machine")

// IDs are where the ids of new rows come from.
type IDs struct{ Payments, Deliveries IDSource }

// IDSource gives ids. The same one may come twice, from another process or after the
// clock was set back: the store finds that by its primary key and asks for another. Many
// may ask at once.
type IDSource interface {
	Next() (int64, error)
}

// NewIDs returns ids that go by a clock. They read two bytes of random each; many may
// read at once.
func NewIDs(clock Clock, random io.Reader) IDs {
	return IDs{newTimedIDs(clock, random), newTimedIDs(clock, random)}
}

// timedIDs draws ids, none twice in the same millisecond while the clock goes forward.
type timedIDs struct {
	clock  Clock
	random io.Reader

	mu    sync.Mutex
	seen  int64              // the millisecond that the clock showed last
	at    int64              // the millisecond of the next id: seen, or a later one when seen was full
	drawn map[int64]struct{} // random bits that are used in at
}

func newTimedIDs(clock Clock, random io.Reader) *timedIDs {
	return &timedIDs{clock: clock, random: random, seen: -1, drawn: make(map[int64]struct{})}
}

// Next implements IDSource. Ids grow with the time, to the millisecond.
func (s *timedIDs) Next() (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now := max(1, s.clock.Now().Sub(idEpoch).Milliseconds()); now != s.seen {
		s.seen = now
		s.moveTo(now)
	}
	for {
		if s.at >= 1<<idMillis {
			return 0, errIDsEnd
		}
		for range idDraws {
			bits, err := s.bits()
			if err != nil {
				return 0, err
			}
			if _, used := s.drawn[bits]; !used {
				s.drawn[bits] = struct{}{}
				return s.at<<idBits | bits, nil
			}
		}
		s.moveTo(s.at + 1)
	}
}

func (s *timedIDs) moveTo(at int64) {
	s.at = at
	clear(s.drawn)
}

// bits reads the random bits of an id.
func (s *timedIDs) bits() (int64, error) {
	var b [2]byte
	if _, err := io.ReadFull(s.random, b[:]); err != nil {
		return 0, fmt.Errorf("drawing an id: %w", err)
	}
	return int64(binary.BigEndian.Uint16(b[:]) & (1<<idBits - 1)), nil
}

// idTries bounds how many ids are tried for a row. More than one is needed when
// another process drew the same id in the same millisecond, which is rare, or when
// the clock was set back.
const idTries = 100

// InsertNew calls insert with ids of a source until it reports that one was free, and
// returns that one. An error of insert ends it.
func InsertNew(ids IDSource, insert func(id int64) (free bool, err error)) (int64, error) {
	if ids == nil {
		return 0, errNoIDs
	}
	for range idTries {
		id, err := ids.Next()
		if err != nil {
			return 0, err
		}
		if free, err := insert(id); free || err != nil {
			return id, err
		}
	}
	return 0, fmt.Errorf("no free id was found in %d tries", idTries)
}

var errNoIDs = errors.New("the store was opened without a source of ids")
