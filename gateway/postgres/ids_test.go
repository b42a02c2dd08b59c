package postgres

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/darajabox/darajabox/gateway"
	"github.com/darajabox/darajabox/gateway/storetest"
	"github.com/darajabox/darajabox/internal/pgtest"
)

// A database of a release that counted ids goes on: what it has is found, and what
// comes has greater ids.
func TestDatabaseWithCountedIDs(t *testing.T) {
	url := pgtest.NewDatabase(t)
	migratedTo(t, url, 2,
		`INSERT INTO payments (partner, direction, fingerprint, phone, amount, reference, callback_url, state, pushes, checks,
			merchant_request_id, checkout_request_id, result_code, result_desc, receipt, claimed, refusal, support, review_reason, trace)
			VALUES ('acme', 'collect', '', '254708374149', 100, '', '', 'paid', 1, 0, '', '', '', '', '', '', '', false, '', '')`,
		`INSERT INTO deliveries (payment_id, partner, message_id, url, endpoint, body, state, attempts, resends, tries, reason, trace)
			VALUES (1, 'acme', '', 'http://127.0.0.1/', '', '', 'delivered', 1, 0, 1, '', '')`)
	storetest.OldIDs(t, opened(t, Config{URL: url, Clock: frozen()}), 1, 1)
}

// Two replicas that draw the same ids in the same millisecond lose nothing, and none
// of their updates fails.
func TestReplicasThatDrawTheSameIDs(t *testing.T) {
	const n = 60
	url := migrated(t)
	clock := frozen()
	var all sync.WaitGroup
	errs := make([]error, 2*n)
	for replica := range 2 {
		ids := gateway.NewIDs(clock, storetest.NewDice()) // which are the same in both
		s := opened(t, Config{URL: url, Clock: clock, IDs: ids})
		for i := range n {
			all.Go(func() {
				errs[replica*n+i] = s.Update(t.Context(), func(tx gateway.Tx) error {
					p := samplePayment(fmt.Sprint(replica, i))
					if err := tx.InsertPayment(p); err != nil {
						return err
					}
					return tx.InsertDelivery(&gateway.Delivery{PaymentID: p.ID, Partner: "acme", State: gateway.DeliveryDone})
				})
			})
		}
	}
	all.Wait()
	must(t, errors.Join(errs...))
	s := opened(t, Config{URL: url, Clock: clock})
	must(t, s.View(t.Context(), func(tx gateway.Tx) error {
		ps, err1 := tx.Payments(gateway.PaymentFilter{})
		ds, err2 := tx.Deliveries(gateway.DeliveryFilter{})
		if len(ps) != 2*n || len(ds) != 2*n {
			t.Errorf("%d payments and %d webhooks are stored, want %d", len(ps), len(ds), 2*n)
		}
		return errors.Join(err1, err2)
	}))
}
