package mpesa_test

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/darajabox/darajabox/gateway"
	"github.com/darajabox/darajabox/gateway/mpesa"
	"github.com/darajabox/darajabox/internal/testkit"
)

// shelf is a store of tokens that other processes use too. It does what a test says.
type shelf struct {
	take func(n int, refused gateway.Shown) (gateway.Token, time.Time, error) // the nth call, from 1

	mu       sync.Mutex
	asked    []gateway.Shown
	put      []gateway.Shown
	released int
	ended    error // why the context of the last Put or Release had ended
}

func (s *shelf) Take(_ context.Context, refused gateway.Shown) (gateway.Token, time.Time, error) {
	s.mu.Lock()
	s.asked = append(s.asked, refused)
	n := len(s.asked)
	s.mu.Unlock()
	return s.take(n, refused)
}

func (s *shelf) Put(ctx context.Context, _ time.Time, t gateway.Token) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.put, s.ended = append(s.put, t.Value), ctx.Err()
	return nil
}

func (s *shelf) Release(ctx context.Context, _ time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.released++
	s.ended = ctx.Err()
	return nil
}

// takes is how often the store was asked.
func (s *shelf) takes() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.asked)
}

// good is a token that has an hour to live, lease the right to fetch one.
func good(value gateway.Shown) (gateway.Token, time.Time, error) {
	return gateway.Token{Value: value, RenewAt: start.Add(59 * time.Minute), EndsAt: start.Add(time.Hour)}, time.Time{}, nil
}

func lease() (gateway.Token, time.Time, error) { return gateway.Token{}, start.Add(time.Minute), nil }

func elsewhere() (gateway.Token, time.Time, error) { return gateway.Token{}, time.Time{}, nil }

// sharing is a client of f with s. Timers of its clock run out at once.
func (f *fake) sharing(t *testing.T, s *shelf) *mpesa.Client {
	t.Helper()
	return f.client(t, func(cfg *mpesa.Config) { cfg.Tokens, cfg.Clock = s, hasty{f.clock} })
}

type hasty struct{ *testkit.Clock }

func (hasty) AfterFunc(_ time.Duration, f func()) func() bool {
	go f()
	return func() bool { return false }
}

// refuses has f refuse some tokens.
func (f *fake) refuses(tokens ...string) {
	f.onPush = func(_ int, r *http.Request, _ []byte) answer {
		for _, token := range tokens {
			if r.Header.Get("Authorization") == "Bearer "+token {
				return answer{404, invalidToken}
			}
		}
		return answer{200, ack}
	}
}

func TestTokenOfOtherProcesses(t *testing.T) {
	tests := []struct {
		name     string
		take     func(n int, refused gateway.Shown) (gateway.Token, time.Time, error)
		refuses  []string
		fetched  int
		put      int
		pushes   int
		accepted bool
	}{
		{"a stored one is used", func(int, gateway.Shown) (gateway.Token, time.Time, error) { return good("stored") },
			nil, 0, 0, 1, true},
		{"there is none, and this process fetches it", func(int, gateway.Shown) (gateway.Token, time.Time, error) { return lease() },
			nil, 1, 1, 1, true},
		{"another process fetches it", func(n int, _ gateway.Shown) (gateway.Token, time.Time, error) {
			if n < 4 {
				return elsewhere()
			}
			return good("stored")
		}, nil, 0, 0, 1, true},
		{"it is refused, and another process has stored a newer one", func(_ int, refused gateway.Shown) (gateway.Token, time.Time, error) {
			if refused == "old" {
				return good("new")
			}
			return good("old")
		}, []string{"old"}, 0, 0, 2, true},
		{"it is refused, and there is no newer one", func(_ int, refused gateway.Shown) (gateway.Token, time.Time, error) {
			if refused == "old" {
				return lease()
			}
			return good("old")
		}, []string{"old"}, 1, 1, 2, true},
		{"the store fails", func(int, gateway.Shown) (gateway.Token, time.Time, error) {
			return gateway.Token{}, time.Time{}, errors.New("no database")
		}, nil, 1, 0, 1, true},
		{"each is refused, and the push is tried twice", func(_ int, refused gateway.Shown) (gateway.Token, time.Time, error) {
			if refused == "old" {
				return good("new")
			}
			return good("old")
		}, []string{"old", "new"}, 0, 0, 2, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f, s := newFake(t), &shelf{take: tt.take}
			f.refuses(tt.refuses...)
			err := push(t, f.sharing(t, s))
			if tokens, pushes := f.counts(); tokens != tt.fetched || pushes != tt.pushes || len(s.put) != tt.put || (err == nil) != tt.accepted {
				t.Errorf("%d tokens fetched, %d stored, %d pushes, %v", tokens, len(s.put), pushes, err)
			}
		})
	}
}

func TestFailedFetchReleasesTheLease(t *testing.T) {
	f, s := newFake(t), &shelf{take: func(int, gateway.Shown) (gateway.Token, time.Time, error) { return lease() }}
	f.onToken = func(int) answer { return answer{503, page} }
	if err := push(t, f.sharing(t, s)); err == nil || s.released != 1 || len(s.put) != 0 {
		t.Errorf("%v; released %d times, stored %d", err, s.released, len(s.put))
	}
}

// A gateway that stops while it fetches does not leave its lease to the others.
func TestStopReleasesTheLease(t *testing.T) {
	f, s := newFake(t), &shelf{take: func(int, gateway.Shown) (gateway.Token, time.Time, error) { return lease() }}
	asked, over := make(chan struct{}), make(chan struct{})
	defer close(over)
	f.onToken = func(int) answer {
		close(asked)
		<-over
		return answer{}
	}
	c := f.sharing(t, s)
	ended := make(chan error)
	go func() {
		_, err := c.Push(context.Background(), order())
		ended <- err
	}()
	<-asked
	c.Close()
	if err := <-ended; err == nil || s.released != 1 || s.ended != nil {
		t.Errorf("%v; released %d times, %v", err, s.released, s.ended)
	}
}

// While another process renews a token that still lives, it is used, and the store is
// asked now and then only.
func TestTokenNearItsEndIsUsedMeanwhile(t *testing.T) {
	f := newFake(t)
	s := &shelf{take: func(int, gateway.Shown) (gateway.Token, time.Time, error) { return good("stored") }}
	c := f.sharing(t, s)
	if err := push(t, c); err != nil {
		t.Fatal(err)
	}
	f.clock.Advance(59*time.Minute + time.Second)
	for range 50 {
		if err := push(t, c); err != nil {
			t.Fatal(err)
		}
	}
	c.Close() // waits for the renewal
	if tokens, pushes := f.counts(); tokens != 0 || pushes != 51 || s.takes() != 2 {
		t.Errorf("%d tokens fetched, %d pushes, the store was asked %d times", tokens, pushes, s.takes())
	}
}

// A renewal that began before a token was refused may find just that token. The push is
// then tried with the next one, not with the refused one again.
func TestRefusalDuringARenewal(t *testing.T) {
	f := newFake(t)
	renewing, refused := make(chan struct{}), make(chan struct{})
	s := &shelf{take: func(n int, refusedOne gateway.Shown) (gateway.Token, time.Time, error) {
		switch {
		case n == 2:
			close(renewing)
			<-refused
			return good("old") // another process has the lease
		case refusedOne == "old":
			return good("new")
		default:
			return good("old")
		}
	}}
	c := f.sharing(t, s)
	if err := push(t, c); err != nil {
		t.Fatal(err)
	}
	f.clock.Advance(59*time.Minute + time.Second)
	var once sync.Once
	f.onPush = func(_ int, r *http.Request, _ []byte) answer {
		if r.Header.Get("Authorization") == "Bearer old" {
			<-renewing
			once.Do(func() { close(refused) })
			return answer{404, invalidToken}
		}
		return answer{200, ack}
	}
	if err := push(t, c); err != nil {
		t.Error(err)
	}
	if _, pushes := f.counts(); pushes != 3 {
		t.Errorf("%d pushes, want 3", pushes)
	}
}

// Daraja may give the token again that it has just refused. It is tried once.
func TestSameTokenAgain(t *testing.T) {
	f := newFake(t)
	f.onToken = func(int) answer { return tokenAnswer("same") }
	f.refuses("same")
	e := asPushError(t, push(t, f.client(t, nil)))
	if tokens, pushes := f.counts(); e.Ambiguous || tokens != 2 || pushes != 2 {
		t.Errorf("%d tokens, %d pushes, ambiguous %t", tokens, pushes, e.Ambiguous)
	}
}
