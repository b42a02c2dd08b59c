package callback

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/darajabox/darajabox/internal/listen"
)

// pieces is how many a slow body comes in.
const pieces = 10

// wireFaults are the faults of the plan that concern the connection.
func (a *attempt) wireFaults() (reset bool, slow time.Duration) {
	if a.resent {
		return false, 0
	}
	return a.Plan.Reset, a.Plan.SlowBody
}

// postOnNewConnection sends r on a connection of its own. That is the default: a receiver is
// not known to keep connections until one has stayed open after its first answers. A body
// that is spread over time or cut off by a reset always goes so, since net/http's client does
// neither.
func (s *Sender) postOnNewConnection(ctx context.Context, a *attempt, r *http.Request, h *host) received { //nolint:contextcheck // a slow body outlasts the deadline of one step
	_, closed := h.state()
	c, err := s.pool.dial(ctx, r.URL)
	if err != nil {
		return received{err: reason(ctx, 0, err)}
	}
	cut, slow := a.wireFaults()
	if slow > 0 {
		ctx = a.generation.ctx // each step has the whole time
	}
	got, keeps := s.exchange(ctx, a, r, c)
	if keeps && !cut && slow == 0 {
		h.watch(c, closed)
	} else {
		_ = c.Close() // it has nothing more to say
	}
	return got
}

// exchange sends r on c and reads the answer. It reports whether c could be used again.
func (s *Sender) exchange(ctx context.Context, a *attempt, r *http.Request, c net.Conn) (got received, keeps bool) {
	var message bytes.Buffer
	if err := r.Write(&message); err != nil {
		return received{err: err}, false
	}
	head, body := message.Bytes()[:message.Len()-len(a.Body)], a.Body
	cut, slow := a.wireFaults()
	if cut {
		body = body[:len(body)/2]
	}
	if err := s.writePieces(ctx, a, c, head, body, slow); err != nil {
		return received{err: err}, false
	}
	if cut {
		listen.Reset(c)
		return received{err: fmt.Errorf("reset on purpose after %d of %d bytes of the body", len(body), len(a.Body))}, false
	}
	ctx, cancel := s.within(ctx)
	defer cancel()
	defer context.AfterFunc(ctx, func() { _ = c.Close() })()
	in := bufio.NewReader(io.LimitReader(c, 2*maxAnswer))
	res, err := readResponse(in, r) //nolint:bodyclose // c is closed instead
	if err != nil {
		return read(ctx, nil, err), false
	}
	res.Body = io.NopCloser(res.Body) // closing would read it to its end; c is closed instead
	got = read(ctx, res, nil)
	whole := got.err == nil && len(got.body) < maxAnswer && in.Buffered() == 0
	return got, whole && !res.Close && res.StatusCode != http.StatusSwitchingProtocols
}

// readResponse passes over interim answers. An end before the answer is io.EOF.
func readResponse(in *bufio.Reader, r *http.Request) (*http.Response, error) {
	for {
		if _, err := in.Peek(1); err != nil {
			return nil, err
		}
		res, err := http.ReadResponse(in, r)
		if err != nil || res.StatusCode >= 200 || res.StatusCode == http.StatusSwitchingProtocols {
			return res, err
		}
	}
}

// writePieces sends a request, all at once or with a body that comes in pieces over slow.
// The first piece comes with the header, the last at the end of the time.
func (s *Sender) writePieces(ctx context.Context, a *attempt, c net.Conn, head, body []byte, slow time.Duration) error {
	n := 1
	if slow > 0 {
		n = max(2, min(len(body), pieces))
	}
	at := func(i int) time.Duration { return slow * time.Duration(i) / time.Duration(n-1) }
	for i := range n {
		piece := body[len(body)*i/n : len(body)*(i+1)/n]
		if i == 0 {
			piece = slices.Concat(head, piece)
		} else if err := s.sleep(a, at(i)-at(i-1)); err != nil {
			return err
		}
		if err := s.writePiece(ctx, c, piece); err != nil {
			return err
		}
	}
	return nil
}

func (s *Sender) writePiece(ctx context.Context, c net.Conn, piece []byte) error {
	ctx, cancel := s.within(ctx)
	defer cancel()
	defer context.AfterFunc(ctx, func() { _ = c.Close() })()
	_, err := c.Write(piece)
	return reason(ctx, 0, err)
}

// sleep waits on the world's clock. Meanwhile Idle does not wait for a and what goes after
// it, and another attempt may go on in its place.
func (s *Sender) sleep(a *attempt, d time.Duration) error {
	g, line := a.generation, 1+a.behind
	woken := make(chan struct{})
	resume := sync.OnceFunc(func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		g.sleeping -= line
		s.workers++
		close(woken)
	})
	s.mu.Lock()
	stop := s.config.Clock.AfterFunc(d, a.ID, resume)
	g.sleeping += line
	s.workers--
	s.startWorker()
	s.changed.Broadcast()
	s.mu.Unlock()
	select {
	case <-woken:
		return nil
	case <-g.waits.Done():
		stop()
		resume()
		return errCutOff()
	}
}
