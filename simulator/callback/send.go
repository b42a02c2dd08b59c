package callback

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"syscall"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/journal"
)

// send makes an attempt and records it.
func (s *Sender) send(a *attempt) {
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
		s.config.Answered(a.Callback, simulator.Answer{Status: got.status, Body: got.body})
	}
}

// current reports whether a is still wanted.
func (s *Sender) current(a *attempt) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.stopped && a.generation == s.generation
}

// post sends a once. It returns the header that was sent, too.
func (s *Sender) post(a *attempt) (answer, http.Header) {
	ctx, cancel := s.within(a.generation.ctx)
	defer cancel()
	r, err := newRequest(ctx, a.Callback)
	if err != nil {
		return answer{err: reason(ctx, 0, err)}, header(a.Callback)
	}
	h := s.pool.host(r.URL)
	cut, slow := a.wireFaults()
	if keeps, _ := h.state(); !keeps || cut || slow > 0 {
		return s.postAlone(ctx, a, r, h), r.Header
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
func (s *Sender) recordResult(a *attempt, got answer, sent http.Header) bool {
	fault := ""
	if got.err != nil {
		fault = got.err.Error()
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
	s.write(a, journal.Record{Status: got.status, Error: fault, Response: journal.RawBody(got.body), RequestHeader: lines})
	return a.generation == s.generation
}

// write writes the record k of a, unless its generation is over. The caller holds mu. The
// log names it by its number only: ids and URLs have phone numbers and secrets in them.
func (s *Sender) write(a *attempt, k journal.Record) {
	if a.generation != s.generation {
		return
	}
	k.Kind, k.API, k.At, k.Request = journal.KindCallback, a.API, a.at.In(daraja.EAT()), journal.RawBody(a.Body)
	k.Payment, k.Phone, k.Reference, k.Shortcode = a.CheckoutRequestID, string(a.Phone), a.Reference, a.Shortcode
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

const maxAnswer = 64 << 10 // bytes read of an answer's header, and of its body

// header is that of c. Daraja sends these lines, spelt so, and no others, and no
// credentials; a plan may say otherwise.
func header(c simulator.Callback) http.Header {
	h := http.Header{"BusinessShortCode": {c.Shortcode}, "Content-Type": {"application/json;charset=UTF-8"}}
	if c.Plan.Raw == nil {
		return h
	}
	for _, line := range c.Plan.Raw.Header {
		maps.DeleteFunc(h, func(name string, _ []string) bool { return strings.EqualFold(name, line.Name) })
		if line.Value != "" {
			h[line.Name] = []string{line.Value}
		}
	}
	return h
}

// newRequest is the request of c. It has no GetBody and no idempotency key, so net/http
// never sends it a second time.
func newRequest(ctx context.Context, c simulator.Callback) (*http.Request, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.URL, http.NoBody)
	if err != nil {
		return nil, err
	}
	r.GetBody = nil
	if len(c.Body) > 0 {
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(c.Body)), int64(len(c.Body))
	}
	r.Header = header(c)
	if r.Header["User-Agent"] == nil {
		r.Header["User-Agent"] = nil // keeps net/http from naming itself
	}
	return r, nil
}

// answer is the receiver's answer.
type answer struct {
	status int    // HTTP; 0 without an answer
	body   []byte // at most maxAnswer
	err    error  // why there is no answer, or not all of it
}

// read reads the rest of an answer.
func read(ctx context.Context, res *http.Response, err error) answer {
	if err != nil {
		return answer{err: reason(ctx, 0, err)}
	}
	defer func() { _ = res.Body.Close() }() // the answer has been read or will not come
	a := answer{status: res.StatusCode}
	if res.StatusCode == http.StatusSwitchingProtocols {
		return a // what follows is another protocol
	}
	a.body, err = io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	a.err = reason(ctx, res.StatusCode, err)
	return a
}

// reason leaves out of an error what differs from run to run, or stands beside it in
// the journal: addresses, ports, method and URL, and net/http's words for which way it
// was sent. status is of the answer, if it began.
func reason(ctx context.Context, status int, err error) error {
	if err == nil {
		return nil
	}
	op, wrapped := (*net.OpError)(nil), (*url.Error)(nil)
	switch {
	case errors.Is(context.Cause(ctx), context.Canceled):
		return errCutOff()
	case ctx.Err() != nil:
		err = context.Cause(ctx)
	case errors.As(err, &op):
		err = fmt.Errorf("%s: %w", op.Op, op.Err)
	case errors.As(err, &wrapped):
		err = wrapped.Err
	case status == 0 && errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("hung up in the middle of the answer's header")
	case status == 0 && errors.Is(err, io.EOF):
		return errors.New("hung up without an answer")
	case strings.HasPrefix(err.Error(), "net/http: HTTP/1.x transport connection broken"):
		err = errors.Unwrap(err)
	}
	if status != 0 {
		return fmt.Errorf("reading the answer: %w", err)
	}
	return err
}

func errCutOff() error { return errors.New("cut off, the simulator stops") }
