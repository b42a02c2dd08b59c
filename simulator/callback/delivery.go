package callback

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/journal"
)

// delivery is a callback and its state. Sender.mu guards it.
type delivery struct {
	simulator.Callback
	generation *generation

	status    Status
	dueAt     time.Time
	stop      func() bool // of the clock, while it is planned
	copies    int         // planned copies that fell due
	resent    int         // copies that were asked for by hand
	reordered string      // the fault that reordering made
	ended     int         // attempts that have ended
	code      int         // HTTP status of the latest one
	fault     string      // of the latest one
}

// attempt is one copy of a delivery.
type attempt struct {
	*delivery
	copy   int
	at     time.Time // when it fell due
	resent bool      // by hand, without the faults of the plan
	behind int       // attempts of its list that go after it
}

// ScheduleDelivery implements simulator.CallbackSink. What is due at once and need not
// wait for others is queued, and a worker delivers it.
func (s *Sender) ScheduleDelivery(c simulator.Callback) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped {
		return
	}
	c.Plan.Copies = max(1, c.Plan.Copies)
	now := s.config.Clock.Now()
	d := &delivery{Callback: c, generation: s.generation, status: Planned, dueAt: now.Add(c.Plan.Delay)}
	s.latest.add(d)
	switch {
	case c.Plan.Drop:
		d.status = Dropped
		s.record(&attempt{delivery: d, copy: 1, at: now}, journal.Record{Dropped: true})
	case s.waiting() >= MaxWaiting:
		d.status, d.fault = Failed, "too many callbacks are waiting already"
		s.record(&attempt{delivery: d, copy: 1, at: now}, journal.Record{Error: d.fault})
	case c.Plan.Delay > 0:
		s.planNextCopy(d, c.Plan.Delay)
	default:
		s.reorderOrEnqueue(d)
	}
}

// waiting counts what has not ended: what waits for its time, and what is queued or being sent.
// The caller holds mu.
func (s *Sender) waiting() int {
	return len(s.planned) + len(s.reorder.all) + len(s.held) + s.generation.open
}

// planNextCopy makes the next copy of d fall due later. The caller holds mu.
func (s *Sender) planNextCopy(d *delivery, wait time.Duration) {
	d.status, d.dueAt = Planned, s.config.Clock.Now().Add(wait)
	s.planned[d] = struct{}{}
	d.stop = s.config.Clock.AfterFunc(wait, d.ID, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if _, ok := s.planned[d]; !ok {
			return // cancelled while the clock was about to call
		}
		delete(s.planned, d)
		if d.copies == 0 {
			s.reorderOrEnqueue(d)
			return
		}
		s.holdOrEnqueue(s.takeDueCopies(d))
	})
}

// reorderOrEnqueue enqueues the copies of d that are due, unless d or one before it waits
// for later callbacks: then all go together, the latest first, as soon as there are as many
// as the first one waits for. A callback that comes before its acknowledgement neither waits nor counts, since
// its time is when the request comes. The caller holds mu.
func (s *Sender) reorderOrEnqueue(d *delivery) {
	buffer := &s.reorder
	if d.Plan.BeforeAck || d.Plan.Reorder < 1 && len(buffer.all) == 0 {
		s.holdOrEnqueue(s.takeDueCopies(d))
		return
	}
	if len(buffer.all) == 0 {
		s.startReorder(d, MaxReorder)
	}
	d.status, d.dueAt = Planned, buffer.ends
	buffer.all = append(buffer.all, d)
	if len(buffer.all) > buffer.all[0].Plan.Reorder {
		buffer.stop()
		s.flushReorder()
	}
}

// takeDueCopies makes the attempts of d that fall due now, and plans the one after them. The
// caller holds mu.
func (s *Sender) takeDueCopies(d *delivery) []*attempt {
	now := s.config.Clock.Now()
	d.status, d.dueAt = Sending, now
	var all []*attempt
	for {
		d.copies++
		all = append(all, &attempt{delivery: d, copy: d.copies, at: now})
		if d.copies >= d.Plan.Copies {
			return all
		}
		if d.Plan.Gap > 0 {
			s.planNextCopy(d, d.Plan.Gap)
			return all
		}
	}
}

// holdOrEnqueue keeps attempts until Release, or queues them to be sent at the same time. The
// caller holds mu.
func (s *Sender) holdOrEnqueue(all []*attempt) {
	for _, a := range all {
		if s.holding {
			a.status = Held
			s.held = append(s.held, a)
			continue
		}
		s.enqueue(a)
	}
}

// enqueue queues attempts that are sent one after another. The caller holds mu.
func (s *Sender) enqueue(all ...*attempt) {
	for i, a := range all {
		a.behind = len(all) - 1 - i
		a.generation.open++
		if a.status == Held {
			a.status = Sending
		}
	}
	s.queue = append(s.queue, all)
	s.startWorker()
}

// startWorker starts a goroutine if there is work for one more. It ends when the queue is
// empty; Stop waits for it. The caller holds mu.
func (s *Sender) startWorker() {
	limit := s.config.Concurrency
	if s.frozen() {
		limit = 1
	}
	if len(s.queue) > 0 && s.workers < limit {
		s.workers++
		s.ended.Go(s.work)
	}
}

// work delivers what is in the queue.
func (s *Sender) work() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.queue) > 0 {
		all := s.queue[0]
		s.queue[0] = nil
		s.queue = s.queue[1:]
		s.mu.Unlock()
		for _, a := range all {
			s.deliver(a)
		}
		s.mu.Lock()
	}
	s.queue = nil // frees the array
	s.workers--
}

// deliver posts an attempt, records the result, and reports an answer that a product waits for.
func (s *Sender) deliver(a *attempt) {
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		a.generation.open--
		s.changed.Broadcast()
	}()
	if !s.current(a) {
		return
	}
	got, sent := s.post(a)
	if s.recordResult(a, got, sent) && a.Awaited != 0 && s.config.Answered != nil {
		s.config.Answered(a.Callback, simulator.MerchantAnswer{Status: got.status, Body: got.body})
	}
}

// current reports whether a is still wanted.
func (s *Sender) current(a *attempt) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.stopped && a.generation == s.generation
}

// post sends a once. It returns the header that was sent, too.
func (s *Sender) post(a *attempt) (received, http.Header) {
	ctx, cancel := s.within(a.generation.ctx)
	defer cancel()
	r, err := s.newRequest(ctx, a.Callback)
	if err != nil {
		return received{err: reason(ctx, 0, err)}, header(a.Callback)
	}
	h := s.pool.host(r.URL)
	cut, slow := a.wireFaults()
	if keeps, _ := h.state(); !keeps || cut || slow > 0 {
		return s.postOnNewConnection(ctx, a, r, h), r.Header
	}
	res, err := h.transport.RoundTrip(r) //nolint:bodyclose // read closes it
	return read(ctx, res, err), r.Header
}

// within bounds an attempt, or a step of it, in real time.
func (s *Sender) within(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, s.config.Timeout, s.noAnswer)
}

// recordResult keeps and records the answer to an attempt. It returns false when the
// generation of a is over.
func (s *Sender) recordResult(a *attempt, got received, sent http.Header) bool {
	fault := ""
	if got.err != nil {
		fault = got.err.Error() + s.routeHint(a.URL)
		if s.config.Open && errors.Is(got.err, syscall.ECONNREFUSED) {
			fault += loopbackHint(a.URL)
		}
	}
	lines := make(map[string]string, len(sent))
	for name, values := range sent {
		if len(values) > 0 {
			lines[name] = values[0]
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	a.ended++
	a.code, a.fault = got.status, fault
	if a.status != Planned && a.status != Held { // no other copy is to come
		a.status = Failed
		if got.status/100 == 2 && fault == "" {
			a.status = Delivered
		}
	}
	s.record(a, journal.Record{Status: got.status, Error: fault, Response: journal.RawBody(got.body), RequestHeader: lines})
	return a.generation == s.generation
}

// record adds the record k of a to the journal, unless its generation is over. The caller holds mu. The
// log names it by its number only: ids and URLs have phone numbers and secrets in them.
func (s *Sender) record(a *attempt, k journal.Record) {
	if a.generation != s.generation {
		return
	}
	k.Kind, k.API, k.At, k.Request = journal.KindCallback, a.API, a.at.In(daraja.EAT()), journal.RawBody(a.Body)
	k.Payment, k.Phone, k.Reference, k.Shortcode = a.Payment, string(a.Phone), a.Reference, a.Shortcode
	k.Method, k.URL, k.Copy, k.By, k.Reason, k.Faults = "POST", a.URL, a.copy, a.By, a.Reason, a.faults()
	seq := s.config.Record.Add(k)
	s.config.Log.Debug("callback", "seq", seq, "copy", k.Copy, "status", k.Status, "dropped", k.Dropped, "error", k.Error)
}

// loopbackHint explains a loopback URL that nothing answers: an app beside the simulator's
// container is not at the container's loopback. "" for another URL.
func loopbackHint(callbackURL string) string {
	u, err := url.Parse(callbackURL)
	if err != nil {
		return ""
	}
	name := strings.ToLower(u.Hostname())
	if ip, err := netip.ParseAddr(name); name != "localhost" && (err != nil || !ip.Unmap().IsLoopback()) {
		return ""
	}
	return fmt.Sprintf("; %s is the simulator's own machine or container: for an app elsewhere write the name of its service, or host.docker.internal", name)
}

// faults names what was done to a on purpose.
func (a *attempt) faults() []string {
	var all []string
	add := func(is bool, text string, args ...any) {
		if is {
			all = append(all, fmt.Sprintf(text, args...))
		}
	}
	p := a.Plan
	add(a.resent, "sent again by hand")
	if !a.resent && !p.Drop {
		add(p.Delay > 0, "delay %s", p.Delay)
		add(p.Copies > 1, "copy %d of %d", a.copy, p.Copies)
		add(p.Copies > 1 && a.copy > 1 && p.Gap > 0, "gap %s", p.Gap)
		add(p.BeforeAck, "before the acknowledgement")
		add(a.reordered != "", "%s", a.reordered)
		add(p.SlowBody > 0, "slow body %s", p.SlowBody)
		add(p.Reset, "reset")
	}
	all = append(all, a.Faults...)
	add(p.Malformed, "malformed")
	if p.Raw != nil {
		add(p.Raw.Body != nil, "raw body")
		add(p.Raw.Header != nil, "raw headers")
	}
	add(p.Drop && !a.resent, "dropped")
	return all
}
