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
func (w *world) inspect(ctx context.Context) {
	var r Evidence
	lost := try(func() {
		w.eventually(ctx, func(ctx context.Context) {
			r = w.evidence(ctx, w.partner, w.orders, w.paths()...)
			w.addPrompts(ctx, &r)
			check(violated(Lost(r)))
		})
	})
	check(cmp.Or(violated(Violations(r)), lost))
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
func (s *suite) audit(ctx context.Context) {
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
		r := s.evidence(ctx, p, own, "")
		r.Webhooks = slices.DeleteFunc(r.Webhooks, func(hook Webhook) bool { // a retry of an earlier run may still come
			earlier := anyRun.MatchString(hook.Path) && !strings.HasPrefix(hook.Path, ours)
			return earlier || cmp.Or(gatewayOf[hook.Path], s.at.Gateway) != gateway
		})
		err := violated(Violations(r))
		failIf(err != nil, "%s: after all scenarios: %w", s.stack.Name(), err)
	}
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

// evidence collects what the gateway of p, M-PESA and the partner have of some orders; of
// the partner's webhooks those to some paths, "" being all.
func (s *suite) evidence(ctx context.Context, p partner, orders []*order, paths ...string) (r Evidence) {
	for _, o := range orders {
		r.Payments = append(r.Payments, Payment{
			ID: o.id, Phone: normal(o.phone), Amount: o.amount, Path: o.path, Status: p.transaction(ctx, o.apiKey, o.id).Status,
			Refused: o.refused, Down: o.down, Reviews: o.apiKey == s.stack.Addresses().OtherPartnerKey,
		})
	}
	for _, path := range paths {
		for _, hook := range p.received(ctx, path) {
			if hook.Seq > s.firstHook {
				r.Webhooks = append(r.Webhooks, hook)
			}
		}
	}
	r.Ledger = must(s.control.Ledger(ctx))
	return r
}

// addPrompts adds what the simulator's journals have of the scenario's payments.
func (w *world) addPrompts(ctx context.Context, r *Evidence) {
	timedOut := make(map[string]bool)
	for _, c := range w.callbacks(ctx) {
		if cb, err := daraja.DecodeSTKCallback(c.Request); err == nil && cb.ResultCode == daraja.ResultTimeout {
			timedOut[c.Payment] = true
		}
	}
	for i, o := range w.orders {
		for _, prompt := range w.prompts(ctx, ofOrder(o)) {
			r.Payments[i].Prompts++
			if timedOut[prompt.Payment] {
				r.Payments[i].Timeouts++
			}
		}
	}
}
