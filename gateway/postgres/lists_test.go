package postgres

import (
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/darajabox/darajabox/gateway"
	"github.com/darajabox/darajabox/gateway/storetest"
)

// What others have in the tables costs a partner's lists nothing.
func TestListsOfAPartnerReadItsRowsOnly(t *testing.T) {
	s := opened(t, Config{URL: migrated(t), Clock: frozen()})
	for _, sql := range []string{
		`INSERT INTO payments (id, partner, direction, fingerprint, phone, amount, reference, callback_url, state, pushes, checks,
			merchant_request_id, checkout_request_id, result_code, result_desc, receipt, claimed, refusal, support, review_reason, trace, review_at)
			OVERRIDING SYSTEM VALUE
			SELECT n, CASE WHEN n % 400 = 0 THEN 'shop' ELSE 'other' END, 'collect', '', '', 100, '', '',
				(ARRAY['paid', 'failed', 'pending', 'review'])[1 + n / 400 % 4], 1, 0, '', '', '', '', '', '', '', false, '', '',
				CASE WHEN n / 400 % 4 = 3 THEN now() END FROM generate_series(1, 20000) n`,
		`INSERT INTO deliveries (id, payment_id, partner, message_id, url, endpoint, body, state, attempts, resends, tries, reason, trace)
			OVERRIDING SYSTEM VALUE
			SELECT id, id, partner, '', '', '', '', (ARRAY['due', 'delivered', 'exhausted'])[1 + id / 400 % 3], 0, 0, 0, '', '' FROM payments`,
		`ANALYZE`,
	} {
		_, err := s.db.Exec(t.Context(), sql)
		must(t, err)
	}
	for name, f := range storetest.PartnerPayments("shop") {
		query, args := paymentsQuery(f)
		s.wantRowsOfPartner(t, "payments, "+name, query, args, func(tx gateway.Tx) error {
			_, err := tx.Payments(f)
			return err
		})
	}
	for name, f := range storetest.PartnerDeliveries("shop") {
		query, args := deliveriesQuery(f)
		s.wantRowsOfPartner(t, "deliveries, "+name, query, args, func(tx gateway.Tx) error {
			_, err := tx.Deliveries(f)
			return err
		})
	}
}

// wantRowsOfPartner checks that a list finds a partner's rows by an index. The plan is
// that of a prepared statement, as the store has it, in the transaction of the list.
func (s *Store) wantRowsOfPartner(t *testing.T, name, query string, args []any, list func(gateway.Tx) error) {
	t.Helper()
	must(t, s.View(t.Context(), func(view gateway.Tx) error {
		if err := list(view); err != nil {
			return err
		}
		conn := view.(*tx).session.conn
		if _, err := conn.Exec(t.Context(), `PREPARE list AS `+query); err != nil {
			return err
		}
		rows, err := conn.Query(t.Context(), `EXPLAIN EXECUTE list`+values(args), append([]any{pgx.QueryExecModeSimpleProtocol}, args...)...)
		if err != nil {
			return err
		}
		lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			return err
		}
		plan := strings.Join(lines, "\n")
		if strings.Contains(plan, "Seq Scan") || !strings.Contains(plan, "Index Cond: ((partner = ") && !strings.Contains(plan, "Index Cond: (partner = ") {
			t.Errorf("%s: the plan is\n%s", name, plan)
		}
		_, err = conn.Exec(t.Context(), `DEALLOCATE list`)
		return err
	}))
}

// values are the marks of arguments in brackets.
func values(args []any) string {
	marks := make([]string, len(args))
	for i := range args {
		marks[i] = "$" + strconv.Itoa(i+1)
	}
	return "(" + strings.Join(marks, ",") + ")"
}
