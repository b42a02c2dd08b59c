package callback

import (
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"syscall"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator/journal"
)

// recordResult keeps and records the answer to an attempt. It returns false when the
// generation of a is over.
func (s *Sender) recordResult(a *attempt, got received, sent http.Header) bool {
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
