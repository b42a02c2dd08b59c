package callback

import (
	"encoding/json"
	"errors"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator/journal"
)

// Limits of what List shows and Resend can send again: the latest callbacks.
const (
	MaxKept      = 10_000
	MaxKeptBytes = 32 << 20
)

// ErrUnknown is a callback that was never there, or is no longer among the latest.
var ErrUnknown = errors.New("no such callback among the latest")

// Status is what has become of a callback.
type Status string

// The states of a callback.
const (
	Planned   Status = "planned"   // it or its next copy is not due yet
	Held      Status = "held"      // due, and waits for Release
	Sending   Status = "sending"   // due, and on its way
	Delivered Status = "delivered" // the latest copy was answered with a 2xx
	Failed    Status = "failed"    // it was answered otherwise, or not at all
	Dropped   Status = "dropped"   // lost on purpose
)

// State is a callback as it stands.
type State struct {
	ID                string
	CheckoutRequestID string
	URL               string
	Phone             daraja.MSISDN
	Status            Status
	DueAt             time.Time // of the latest copy, or of the next one
	Attempts          int       // that have ended
	LastStatus        int       // HTTP; 0 when there was no answer
	LastError         string
	Body              json.RawMessage // as the journal has it
}

// kept are the latest callbacks, bounded in number and in bytes.
type kept struct {
	all   []*delivery // all[first:], oldest first
	first int
	byID  map[string]*delivery
	bytes int
}

func newKept() kept { return kept{byID: make(map[string]*delivery)} }

func (k *kept) live() []*delivery { return k.all[k.first:] }

func (k *kept) add(d *delivery) {
	k.all = append(k.all, d)
	k.byID[d.ID] = d
	k.bytes += weight(d)
	for live := len(k.all) - k.first; live > MaxKept || (k.bytes > MaxKeptBytes && live > 1); live-- {
		k.drop()
	}
	if k.first > len(k.all)/2 {
		n := copy(k.all, k.all[k.first:])
		clear(k.all[n:])
		k.all, k.first = k.all[:n], 0
	}
}

// drop lets go of the oldest.
func (k *kept) drop() {
	oldest := k.all[k.first]
	k.bytes -= weight(oldest)
	if k.byID[oldest.ID] == oldest {
		delete(k.byID, oldest.ID)
	}
	k.all[k.first] = nil
	k.first++
}

// weight is how many bytes d takes, more or less.
func weight(d *delivery) int { return 512 + len(d.Body) + len(d.URL) }

// List is what became of the latest callbacks, the newest last.
func (s *Sender) List() []State {
	s.mu.Lock()
	live := s.kept.live()
	out := make([]State, len(live))
	bodies := make([][]byte, len(live))
	for i, d := range live {
		out[i] = State{
			ID: d.ID, CheckoutRequestID: d.CheckoutRequestID, URL: d.URL, Phone: d.Phone,
			Status: d.status, DueAt: d.dueAt.In(daraja.EAT()), Attempts: d.ended, LastStatus: d.code, LastError: d.fault,
		}
		bodies[i] = d.Body
	}
	s.mu.Unlock()
	for i := range out {
		out[i].Body = journal.Body(bodies[i])
	}
	return out
}
