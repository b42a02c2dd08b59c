package gateway_test

import (
	"context"
	"slices"
	"testing"

	"github.com/darajabox/darajabox/gateway"
)

// pageOfThree is a store that holds three payments, and counts how often webhooks are
// read.
type pageOfThree struct {
	gateway.Store
	gateway.Tx
	reads int
}

func (p *pageOfThree) View(_ context.Context, f func(gateway.Tx) error) error { return f(p) }

func (*pageOfThree) Payments(gateway.PaymentFilter) ([]*gateway.Payment, error) {
	return []*gateway.Payment{{ID: 1}, {ID: 2}, {ID: 3}}, nil
}

func (p *pageOfThree) DeliveriesOf(ids ...int64) (found []*gateway.Delivery, err error) {
	p.reads++
	for n := range 2 {
		for _, id := range ids {
			if id != 2 {
				found = append(found, &gateway.Delivery{ID: 10*id + int64(n), PaymentID: id})
			}
		}
	}
	return found, nil
}

func TestPageOfTransactionsReadsWebhooksOnce(t *testing.T) {
	store := &pageOfThree{}
	list, err := (&gateway.Gateway{Store: store}).Transactions(t.Context(), gateway.Partner{Name: "shop"}, gateway.TransactionFilter{})
	if err != nil || len(list) != 3 {
		t.Fatalf("%d transactions, %v", len(list), err)
	}
	if store.reads != 1 {
		t.Errorf("webhooks were read %d times", store.reads)
	}
	for i, want := range [][]int64{{10, 11}, nil, {30, 31}} {
		var got []int64
		for _, d := range list[i].Webhooks {
			got = append(got, d.ID)
		}
		if list[i].Payment.ID != int64(i+1) || !slices.Equal(got, want) {
			t.Errorf("payment %d has webhooks %d, want %d", list[i].Payment.ID, got, want)
		}
	}
}
