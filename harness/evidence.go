package harness

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/darajabox/darajabox/daraja"
)

// inspect compares the records of a scenario, once its webhooks have been delivered.
func (w *world) inspect(ctx context.Context) error {
	var r Evidence
	lost := w.eventually(ctx, func(ctx context.Context) error {
		var err error
		if r, err = w.evidence(ctx, w.partner, w.orders, w.paths()...); err != nil {
			return err
		}
		if err := w.addPrompts(ctx, &r); err != nil {
			return err
		}
		return violated(Lost(r))
	})
	return cmp.Or(violated(Violations(r)), lost)
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

// audit compares the records of all scenarios together. It shows what arrived after its
// scenario had ended, or at another address. Each gateway numbers its payments by itself,
// so each is compared by itself; webhooks of no order count as the stack's own gateway's.
func (s *suite) audit(ctx context.Context) error {
	orders := map[string][]*order{s.at.Gateway: nil}
	gatewayOf := make(map[string]string) // by the path of a webhook
	for _, o := range s.orders {
		orders[o.gateway] = append(orders[o.gateway], o)
		gatewayOf[o.path] = o.gateway
	}
	anyRun := regexp.MustCompile(`^/webhook/[0-9a-f]{8}-\d+(/|$)`)
	ours := "/webhook/" + s.name + "-"
	for gateway, own := range orders {
		p := s.partner
		p.gateway = gateway
		r, err := s.evidence(ctx, p, own, "")
		if err != nil {
			return fmt.Errorf("%s: reading the records of all scenarios: %w", s.stack.Name(), err)
		}
		r.Webhooks = slices.DeleteFunc(r.Webhooks, func(hook Webhook) bool { // a retry of an earlier run may still come
			earlier := anyRun.MatchString(hook.Path) && !strings.HasPrefix(hook.Path, ours)
			return earlier || cmp.Or(gatewayOf[hook.Path], s.at.Gateway) != gateway
		})
		if err := violated(Violations(r)); err != nil {
			return fmt.Errorf("%s: after all scenarios: %w", s.stack.Name(), err)
		}
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
func (s *suite) evidence(ctx context.Context, p partner, orders []*order, paths ...string) (Evidence, error) {
	var r Evidence
	for _, o := range orders {
		t, err := p.transaction(ctx, o.apiKey, o.id)
		if err != nil {
			return r, err
		}
		r.Payments = append(r.Payments, Payment{
			ID: o.id, Phone: normal(o.phone), Amount: o.amount, Path: o.path, Status: t.Status, Refused: o.refused, Down: o.down,
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
	entries, err := s.control.Ledger(ctx)
	if err != nil {
		return r, err
	}
	for _, e := range entries {
		r.Ledger = append(r.Ledger, Money{Receipt: e.Receipt, PromptID: e.CheckoutRequestID, Phone: e.Phone, Cents: e.AmountCents})
	}
	return r, nil
}

// addPrompts adds what the simulator's journals have of the scenario's payments.
func (w *world) addPrompts(ctx context.Context, r *Evidence) error {
	sent, err := w.callbacks(ctx, w.since)
	if err != nil {
		return err
	}
	timedOut := make(map[string]bool)
	for _, c := range sent {
		if cb, err := daraja.DecodeSTKCallback(c.Request); err == nil && cb.ResultCode == daraja.ResultTimeout {
			timedOut[c.Payment] = true
		}
	}
	for i, o := range w.orders {
		prompts, err := w.prompts(ctx, ofOrder(o))
		if err != nil {
			return err
		}
		for _, prompt := range prompts {
			r.Payments[i].Prompts++
			if timedOut[prompt.Payment] {
				r.Payments[i].Timeouts++
			}
		}
	}
	return nil
}
