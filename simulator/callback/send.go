package callback

import (
	"context"
	"errors"
	"fmt"
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
	var said answer
	if s.goesOn(a) {
		said = s.post(a)
	}
	text := ""
	if said.err != nil {
		text = said.err.Error()
		if s.open && errors.Is(said.err, syscall.ECONNREFUSED) {
			text += loopbackHint(a.URL)
		}
	}
	kept := journal.Record{
		Status: said.status, Error: text, Request: journal.Raw(a.Body), Response: journal.Raw(said.body),
		RequestHeader: map[string]string{contentType: jsonType, shortcode: a.Shortcode},
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if said.status != 0 || text != "" {
		s.came(a, said.status, text)
		s.note(a, kept)
	}
	a.era.open--
	a.era.tell()
}

// loopbackHint is what to know of a loopback URL that nothing answers: an app beside the
// simulator's container is not at the container's loopback. "" for another URL.
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

// goesOn reports whether a is still wanted.
func (s *Sender) goesOn(a *attempt) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.stopped && a.era == s.era
}

// came keeps what an attempt came to. The caller holds mu.
func (s *Sender) came(a *attempt, status int, fault string) {
	a.ended++
	a.code, a.fault = status, fault
	if a.status == Planned || a.status == Held {
		return // another copy is to come
	}
	a.status = Failed
	if status/100 == 2 && fault == "" {
		a.status = Delivered
	}
}

// post sends a once.
func (s *Sender) post(a *attempt) answer {
	ctx, cancel := context.WithTimeout(a.era.ctx, s.wait)
	defer cancel()
	m, err := newMessage(a.Callback)
	if err != nil {
		return answer{err: s.reason(ctx, 0, err)}
	}
	if !a.resent && (a.Plan.Reset || a.Plan.SlowBody > 0) {
		return s.postBadly(a, m)
	}
	if c := s.pool.take(m.URL); c != nil {
		if said, unsent := s.exchange(ctx, c, m.bytes); !unsent {
			return said
		}
	}
	c, err := s.pool.dial(ctx, m.URL)
	if err != nil {
		return answer{err: s.reason(ctx, 0, err)}
	}
	said, _ := s.exchange(ctx, c, m.bytes)
	return said
}

// note records k, which is what became of a, unless its era is over. The caller
// holds mu. The log names it by its number only: ids and URLs have phone numbers
// and secrets in them.
func (s *Sender) note(a *attempt, k journal.Record) {
	if a.era != s.era {
		return
	}
	k.Kind, k.API, k.At = journal.KindCallback, simulator.APISTKPush, a.at.In(daraja.EAT())
	k.Payment, k.Phone, k.Reference, k.Shortcode = a.CheckoutRequestID, string(a.Phone), a.Reference, a.Shortcode
	k.Method, k.URL, k.Copy, k.By, k.Reason, k.Faults = "POST", a.URL, a.copy, a.By, a.Reason, a.faults()
	seq := s.record.Add(k)
	s.log.Debug("callback", "seq", seq, "copy", k.Copy, "status", k.Status, "dropped", k.Dropped, "error", k.Error)
}

// faults says what was done to a on purpose.
func (a *attempt) faults() []string {
	p := a.Plan
	if p.Drop && !a.resent {
		return append(a.bodyFaults(), "dropped")
	}
	var all []string
	add := func(is bool, format string, args ...any) {
		if is {
			all = append(all, fmt.Sprintf(format, args...))
		}
	}
	add(a.resent, "sent again by hand")
	if !a.resent {
		add(p.Delay > 0, "delay %s", p.Delay)
		add(p.Copies > 1, "copy %d of %d", a.copy, p.Copies)
		add(p.Copies > 1 && a.copy > 1 && p.Gap > 0, "gap %s", p.Gap)
		add(p.BeforeAck, "before the acknowledgement")
		add(a.shuffle != "", "%s", a.shuffle)
		add(p.SlowBody > 0, "slow body %s", p.SlowBody)
		add(p.Reset, "reset")
	}
	return append(all, a.bodyFaults()...)
}

// bodyFaults says what was done to the body on purpose, wherever it is sent.
func (a *attempt) bodyFaults() []string {
	p := a.Plan
	var all []string
	if p.ReuseReceipt {
		all = append(all, "receipt of an earlier payment")
	}
	if p.Amount != nil {
		all = append(all, "amount "+p.Amount.String())
	}
	if p.Phone != "" {
		all = append(all, "phone "+string(p.Phone))
	}
	if p.UnknownID {
		all = append(all, "unknown CheckoutRequestID")
	}
	if p.Malformed {
		all = append(all, "malformed")
	}
	return all
}
