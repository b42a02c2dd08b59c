package harness

import (
	"context"
	"fmt"

	"github.com/cucumber/godog"

	"github.com/darajabox/darajabox/daraja"
)

// merchantSteps speak of the number that the money goes to.
func (w *world) merchantSteps() []step {
	return []step{
		{`^a shop with the till (\d+) and the store number (\d+)$`, func(ctx context.Context, till, store string) error {
			return w.collectsFor(ctx, store, till)
		}},
		{`^a shop that collects as a paybill with the shortcode (\d+)$`, func(ctx context.Context, shortcode string) error {
			return w.collectsFor(ctx, shortcode, "")
		}},
		{`^M-PESA got a push for the till (\d+) of the store (\d+)$`, w.gotAPushForTill},
	}
}

// collectsFor has the scenario's orders go to a gateway of another shortcode.
func (w *world) collectsFor(ctx context.Context, shortcode, till string) error {
	stack, ok := w.stack.(Merchants)
	if !ok {
		w.leftOut = true
		return godog.ErrSkip
	}
	at, err := stack.GatewayFor(ctx, shortcode, till)
	if err != nil {
		return err
	}
	w.at, w.partner.gateway = at, at.Gateway
	return nil
}

func (w *world) gotAPushForTill(ctx context.Context, till, store string) error {
	o, err := w.current()
	if err != nil {
		return err
	}
	requests, err := w.recent(ctx)
	if err != nil {
		return err
	}
	for _, r := range requests {
		f := r.fields()
		if !r.accepted() || f.AccountReference != o.reference {
			continue
		}
		if text(f.PartyB) != till || text(f.BusinessShortCode) != store || f.TransactionType != daraja.CustomerBuyGoodsOnline {
			return fmt.Errorf("M-PESA got a push of %v with PartyB %v and BusinessShortCode %v", f.TransactionType, f.PartyB, f.BusinessShortCode)
		}
		return nil
	}
	return fmt.Errorf("M-PESA got no push for the order")
}
