package harness

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/darajabox/darajabox/daraja"
)

// inspect holds the records of a scenario against each other, once every webhook
// that is on its way has arrived.
func (w *world) inspect(ctx context.Context) error {
	var r Record
	lost := w.eventually(ctx, func(ctx context.Context) error {
		var err error
		if r, err = w.record(ctx, w.partner, w.orders, w.paths()...); err != nil {
			return err
		}
		if err := w.countPrompts(ctx, &r); err != nil {
			return err
		}
		return violated(Lost(r))
	})
	if err := violated(Violations(r)); err != nil {
		return err
	}
	return lost
}

// paths are where the scenario's webhooks may have gone.
func (w *world) paths() []string {
	paths := []string{w.path()}
	for _, o := range w.orders {
		if !slices.Contains(paths, o.path) {
			paths = append(paths, o.path)
		}
	}
	return paths
}

// audit does the same for all scenarios together: what arrived after its scenario
// had ended, or where nobody looked, shows here. Each gateway numbers its payments
// by itself, so each is compared by itself.
func (s *suite) audit(ctx context.Context) error {
	gateways := []string{s.at.Gateway}
	for _, o := range s.orders {
		if !slices.Contains(gateways, o.gateway) {
			gateways = append(gateways, o.gateway)
		}
	}
	for _, gateway := range gateways {
		if err := s.auditOf(ctx, gateway); err != nil {
			return err
		}
	}
	return nil
}

// auditOf is the audit of one gateway. Webhooks that no order explains count as the
// stack's first gateway's.
func (s *suite) auditOf(ctx context.Context, gateway string) error {
	var orders []*order
	elsewhere := make(map[string]bool) // paths of webhooks of other gateways
	for _, o := range s.orders {
		if o.gateway == gateway {
			orders = append(orders, o)
		} else {
			elsewhere[o.path] = true
		}
	}
	own := func(path string) bool {
		if gateway == s.at.Gateway {
			return !elsewhere[path]
		}
		return slices.ContainsFunc(orders, func(o *order) bool { return o.path == path })
	}
	p := s.partner
	p.gateway = gateway
	r, err := s.record(ctx, p, orders, "")
	if err != nil {
		return fmt.Errorf("%s: reading the records of all scenarios: %w", s.stack.Name(), err)
	}
	others := regexp.MustCompile(`^/webhook/[0-9a-f]{8}-\d+(/|$)`)
	ours := "/webhook/" + s.name + "-"
	r.Webhooks = slices.DeleteFunc(r.Webhooks, func(hook Webhook) bool { // a retry of an earlier run may still come
		return !own(hook.Path) || others.MatchString(hook.Path) && !strings.HasPrefix(hook.Path, ours)
	})
	if err := violated(Violations(r)); err != nil {
		return fmt.Errorf("%s: after all scenarios: %w", s.stack.Name(), err)
	}
	return nil
}

// violated is an error that names the first few violations, or nil.
func violated(violations []string) error {
	const most = 10
	switch n := len(violations); {
	case n == 0:
		return nil
	case n > most:
		violations = append(violations[:most:most], fmt.Sprintf("and %d more", n-most))
	}
	return errors.New("what must never be: " + strings.Join(violations, "; "))
}

// record collects what the gateway of p, M-PESA and the partner have of some orders; of
// the partner's webhooks those to some paths, "" being all.
func (s *suite) record(ctx context.Context, p partner, orders []*order, paths ...string) (Record, error) {
	var r Record
	for _, o := range orders {
		t, err := p.transaction(ctx, o.apiKey, o.id)
		if err != nil {
			return r, err
		}
		r.Payments = append(r.Payments, Payment{
			ID: o.id, Phone: normal(o.asked), Amount: o.amount, Path: o.path, Status: t.Status, Refused: o.refused, Late: o.late, Down: o.down,
			Reviews: o.apiKey == s.stack.Addresses().OtherPartnerKey,
		})
	}
	for _, path := range paths {
		hooks, err := p.received(ctx, path)
		if err != nil {
			return r, err
		}
		for _, hook := range hooks {
			if hook.Seq > s.firstHook {
				r.Webhooks = append(r.Webhooks, hook)
			}
		}
	}
	entries, err := s.control.ledger(ctx)
	if err != nil {
		return r, err
	}
	for _, e := range entries {
		r.Ledger = append(r.Ledger, Money{Receipt: e.Receipt, PromptID: e.PromptID, Phone: e.Phone, Cents: e.Cents})
	}
	return r, nil
}

// countPrompts adds what the simulator's journals have of the scenario's payments.
func (w *world) countPrompts(ctx context.Context, r *Record) error {
	requests, err := w.recent(ctx)
	if err != nil {
		return err
	}
	sent, err := w.control.callbacks(ctx, w.since)
	if err != nil {
		return err
	}
	timedOut := make(map[string]bool)
	for _, c := range sent {
		if cb, err := daraja.DecodeSTKCallback(c.Body); err == nil && cb.ResultCode == daraja.ResultTimeout {
			timedOut[c.PromptID] = true
		}
	}
	for i, o := range w.orders {
		for _, q := range requests {
			if !q.accepted() || q.fields().AccountReference != o.reference {
				continue
			}
			r.Payments[i].Prompts++
			if timedOut[q.PromptID] {
				r.Payments[i].Timeouts++
			}
		}
	}
	return nil
}
