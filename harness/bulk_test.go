package harness

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// held is a stack that tells of each step of its time.
type held struct {
	Stack
	Stepper

	answer  bool // M-PESA holds one back
	stepped chan struct{}
}

func (h held) AnswerHeld() bool { return h.answer }

func (h held) Step(context.Context) (bool, error) {
	h.stepped <- struct{}{}
	return true, nil
}

// The stack's time moves for an order that waits for it, and not for one that takes a
// while on a busy machine.
func TestWhileTimePasses(t *testing.T) {
	for name, tt := range map[string]struct {
		answer bool
		busy   time.Duration // that the order takes, besides waiting for a step
		waits  bool          // for a step
		took   time.Duration
	}{
		"an answer that is held back":       {answer: true, waits: true, took: 2 * firstPause},
		"a busy machine":                    {busy: time.Second, took: time.Second},
		"something else waits for the time": {waits: true, took: 2 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := held{answer: tt.answer, stepped: make(chan struct{}, 1000)}
				w := &world{suite: &suite{stack: h}}
				began := time.Now()
				err := try(func() {
					w.whileTimePasses(t.Context(), func() {
						<-time.After(tt.busy)
						if tt.waits {
							<-h.stepped
						}
					})
				})
				if took := time.Since(began); err != nil || took != tt.took {
					t.Errorf("it took %s, want %s: %v", took, tt.took, err)
				}
				if n := len(h.stepped); n > 0 {
					t.Errorf("the time was moved %d times too often", n)
				}
			})
		})
	}
}
