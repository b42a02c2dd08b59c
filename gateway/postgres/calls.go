package postgres

import (
	"sync"
	"time"
)

// calls are the rows that this replica works on.
type calls struct {
	mu      sync.Mutex
	running map[rowKey]*running
	moved   chan struct{} // closed and made anew when a call ends
}

// running is one call.
type running struct {
	due   time.Time // as the last commit of this replica has left it
	moved bool      // a commit of this replica has changed due since the call began
}

func newCalls() *calls {
	return &calls{running: make(map[rowKey]*running), moved: make(chan struct{})}
}

// begin notes a call, unless there is one for the row already.
func (c *calls) begin(row rowKey) (*running, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.running[row] != nil {
		return nil, false
	}
	r := &running{}
	c.running[row] = r
	return r, true
}

// stands notes when the row of a call is due as the call begins. A commit that came since
// begin is newer.
func (c *calls) stands(r *running, due time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !r.moved {
		r.due = due
	}
}

func (c *calls) end(row rowKey) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.running, row)
	close(c.moved)
	c.moved = make(chan struct{})
}

// saved notes what a commit has left due.
func (c *calls) saved(row rowKey, due time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if r := c.running[row]; r != nil && !due.Equal(r.due) {
		r.due, r.moved = due, true
	}
}

// done reports whether the row needs nothing more after its call.
func (c *calls) done(r *running) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return r.moved && r.due.IsZero()
}

// untouched reports whether a call has left its row due as it was. A row that was made due
// anew for the same time is not: on a clock that stands still, that is the time of all.
func (c *calls) untouched(r *running) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return !r.moved
}

// count is how many run; moved is closed when one has ended.
func (c *calls) count() (n int, moved <-chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.running), c.moved
}

// committed is told what each commit has changed, before its caller is.
func (s *Store) committed(dues []due) {
	for _, d := range dues {
		s.calls.saved(d.row, d.due)
		s.sweeper.expect(d.run)
	}
}

// wait waits until none runs, or for a signal.
func (c *calls) wait(signal <-chan struct{}) {
	for {
		n, moved := c.count()
		if n == 0 {
			return
		}
		select {
		case <-moved:
		case <-signal:
			return
		}
	}
}
