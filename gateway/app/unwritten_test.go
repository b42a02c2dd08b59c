package app_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/gateway"
)

// fullStore is a store whose updates find no room from the nth on, so many times.
type fullStore struct {
	gateway.Store
	mu      sync.Mutex
	n, fail int
}

func (s *fullStore) Update(ctx context.Context, f func(gateway.Tx) error) error {
	s.mu.Lock()
	s.n--
	full := s.n <= 0 && s.n > -s.fail
	s.mu.Unlock()
	if full {
		return errors.New("database or disk is full")
	}
	return s.Store.Update(ctx, f)
}

// An answer to a push that cannot be written: the customer has the prompt, so the partner is told
// not to order again, and the answer is written when there is room.
func TestAnswerThatCannotBeWritten(t *testing.T) {
	refusal := &gateway.PushError{Message: "System is busy"}
	for name, c := range map[string]struct {
		err   error
		fail  int // how many times there is no room
		state gateway.State
		told  []string
	}{
		"accepted":                  {nil, 1, gateway.Pending, nil},
		"accepted, after four":      {nil, 4, gateway.Pending, nil},
		"refused":                   {refusal, 1, gateway.Failed, []string{"failed"}},
		"refused, after four":       {refusal, 4, gateway.Failed, []string{"failed"}},
		"no answer, which is known": {&gateway.PushError{Ambiguous: true, Message: "no answer"}, 1, gateway.Unknown, nil},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, nil)
			written := make(chan struct{}, 1)
			r.Reach = func(p gateway.Point) {
				if p == gateway.PushWritten {
					written <- struct{}{}
				}
			}
			r.Store, r.daraja.pushErr = &fullStore{Store: r.Store, n: 2, fail: c.fail}, c.err
			_, err := r.ask("254708374149", "order-1")
			var told *gateway.Error
			if !errors.As(err, &told) || told.Code != gateway.CodeUnanswered || told.PaymentID != 1 {
				t.Fatalf("the order is answered %v", err)
			}
			r.is(1, gateway.Sending)
			r.writeAnswers(written)
			r.is(1, c.state, c.told...)
			if c.state != gateway.Pending {
				return
			}
			r.daraja.answers = map[string]daraja.ResultCode{checkoutID(1): "0"} // its callback is lost
			r.work(1)
			r.is(1, gateway.Paid, "successful")
		})
	}
}

// writeAnswers has the answers written that were kept, and returns when the first is.
func (r *rig) writeAnswers(written <-chan struct{}) {
	r.Helper()
	ctx, cancel := context.WithCancel(r.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		r.WriteAnswers(ctx)
	}()
	defer func() {
		cancel()
		<-ended
	}()
	for {
		select {
		case <-written:
			return
		case <-time.After(time.Millisecond):
			r.clock.Advance(time.Second)
		}
	}
}

// A gateway that stops does not wait for answers that cannot be written.
func TestUnwrittenAnswersEndWithTheGateway(t *testing.T) {
	r := newRig(t, nil)
	whole := r.Store
	r.Store = &fullStore{Store: whole, n: 2, fail: 1000}
	if _, err := r.ask("254708374149", ""); gateway.CodeOf(err) != gateway.CodeUnanswered {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r.WriteAnswers(ctx)
	r.Store = whole
	r.is(1, gateway.Sending)
}
