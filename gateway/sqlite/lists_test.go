package sqlite

import (
	"strings"
	"testing"

	"github.com/darajabox/darajabox/gateway"
	"github.com/darajabox/darajabox/gateway/storetest"
)

// What others have in the tables costs a partner's lists nothing.
func TestListsOfAPartnerReadItsRowsOnly(t *testing.T) {
	s := opened(t, t.TempDir(), frozen())
	for name, f := range storetest.PartnerPayments("shop") {
		query, args := paymentsQuery(f)
		s.wantRowsOfPartner(t, "payments, "+name, query, args)
	}
	for name, f := range storetest.PartnerDeliveries("shop") {
		query, args := deliveriesQuery(f)
		s.wantRowsOfPartner(t, "deliveries, "+name, query, args)
	}
}

// wantRowsOfPartner checks that a query finds a partner's rows by an index, in their order.
func (s *Store) wantRowsOfPartner(t *testing.T, name, query string, args []any) {
	t.Helper()
	err := s.View(t.Context(), func(view gateway.Tx) error {
		plan, err := list(view.(*tx), "plan", scanPlan, `EXPLAIN QUERY PLAN `+query, args...)
		if len(plan) != 1 || !strings.HasPrefix(plan[0], "SEARCH ") || !strings.Contains(plan[0], "(partner=?") {
			t.Errorf("%s: the plan is %q", name, plan)
		}
		return err
	})
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}
