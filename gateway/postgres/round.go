package postgres

import (
	"maps"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/darajabox/darajabox/gateway"
)

// ask is a look-up of a member, and its answer. In an update it is not served when
// the row is locked or not there, or when another member has it; in a view it is, and
// what is not there stays nil.
type ask struct {
	m    *member
	kind askKind

	token   string
	id      int64
	key     partnerKey
	phone   string
	from    time.Time
	to      time.Time
	receipt string
	ids     []string // CheckoutRequestIDs

	both     pushAndPayment
	payment  *lockedPayment
	delivery *locked[gateway.Delivery]
	endpoint *gateway.Endpoint
	apiKey   *gateway.Key
	secrets  []gateway.Secret
	query    statement
	count    int
	owner    int64 // payment, 0 when there is none
	served   bool
	busy     bool // another member has it
}

type askKind int

const (
	askPush     askKind = iota // by token, with its payment
	askPayment                 // by id
	askDelivery                // by id
	askKey                     // served when nobody has it
	askReceipt                 // served when nobody has it
	askBetween                 // payments of a phone in a time
	askPrompt                  // payment of a prompt
	askEndpoint                // by its partner and URL; in views alone, as are the next
	askAPIKey                  // by id
	askSecrets                 // of a partner
	askQuery                   // whatever a view asks for that has begun in a group
	askKinds
)

// look asks the group that t is in, and reports whether there is an answer. While
// another member has what t asks for, it waits for the next group.
func (t *tx) look(a *ask) bool {
	if t.member.look(a) {
		return true
	}
	if !a.busy || t.member.tied {
		return false
	}
	t.member.group.leave()
	t.member = nil
	if err := t.store.updates.join(t.ctx, t); err != nil {
		t.broken = err
		return false
	}
	a.busy = false
	return t.member.look(a)
}

// look waits for the answer to a look-up, and reports whether there is one. Outside a
// group there is none.
func (m *member) look(a *ask) bool {
	if m == nil || m.tx.broken != nil {
		return false
	}
	a.m = m
	m.group.pause(a)
	return <-m.served
}

// tie notes that a member has something to write.
func (m *member) tie() {
	if m != nil {
		m.tied = true
	}
}

// keyIsNew reports that nobody has an idempotency key.
func (m *member) keyIsNew(partner, key string) bool {
	k := partnerKey{partner, key}
	if m == nil || !m.tx.writes || !m.keys[k] && !m.look(&ask{kind: askKey, key: k}) {
		return false
	}
	if m.keys == nil {
		m.keys = make(map[partnerKey]bool)
	}
	m.keys[k] = true
	return true
}

// newPayment takes a payment that is to be inserted, and gives it an id. When the id is
// not free the insert finds it out, and the update runs again alone.
func (m *member) newPayment(p *gateway.Payment, w when) (id int64, ok bool) {
	if m == nil || p.IdempotencyKey != "" && !m.keyIsNew(p.Partner, p.IdempotencyKey) {
		return 0, false
	}
	if id, ok = m.draw(m.group.store.ids.Payments); !ok {
		return 0, false
	}
	delete(m.keys, partnerKey{p.Partner, p.IdempotencyKey})
	in := inserted[gateway.Payment]{row: *p, when: w}
	in.row.ID = id
	m.payments, m.tied = append(m.payments, in), true
	return id, true
}

// newDelivery takes a delivery that is to be inserted, and gives it an id.
func (m *member) newDelivery(d *gateway.Delivery, w when) (id int64, ok bool) {
	if m == nil {
		return 0, false
	}
	if id, ok = m.draw(m.group.store.ids.Deliveries); !ok {
		return 0, false
	}
	in := inserted[gateway.Delivery]{row: *d, when: w}
	in.row.ID = id
	m.deliveries, m.tied = append(m.deliveries, in), true
	return id, true
}

// draw returns an id for a row to be inserted. When there is none the update runs
// alone, where it gets the error.
func (m *member) draw(ids gateway.IDSource) (id int64, ok bool) {
	if ids == nil {
		return 0, false
	}
	id, err := ids.Next()
	return id, err == nil
}

// save takes a push that is to be saved.
func (m *member) save(p gateway.Push) {
	if m.saved == nil {
		m.saved = make(map[string]gateway.Push)
	}
	m.saved[p.Token], m.tied = p, true
}

// claim takes a receipt that nobody has.
func (m *member) claim(receipt string, payment int64, at time.Time) bool {
	if !m.look(&ask{kind: askReceipt, receipt: receipt}) {
		return false
	}
	m.receipts = append(m.receipts, claim{receipt, payment, at})
	return true
}

// serve answers look-ups in one round trip.
func (g *group) serve(asks []*ask) {
	var of [askKinds][]*ask
	for _, a := range asks {
		of[a.kind] = append(of[a.kind], a)
	}
	if !g.broken {
		for kind, put := range g.serving() {
			if put != nil && len(of[kind]) > 0 {
				put(of[kind])
			}
		}
		if err := g.session.flush(); err != nil {
			g.fail("looking up", err)
		}
	}
	g.mu.Lock()
	g.active += len(asks)
	g.mu.Unlock()
	for _, a := range asks {
		a.m.tied = a.m.tied || a.served && a.kind != askKey
		a.m.served <- a.served && !g.broken
	}
}

// serving is what is looked up in groups, and how.
func (g *group) serving() [askKinds]func([]*ask) {
	if !g.writes {
		return [askKinds]func([]*ask){
			askPayment: g.showPayments, askDelivery: g.showDeliveries, askEndpoint: g.showEndpoints,
			askAPIKey: g.showAPIKeys, askSecrets: g.showSecrets, askQuery: g.showQueries,
		}
	}
	return [askKinds]func([]*ask){
		askPush: g.lookForPushes, askPayment: g.lookForPayments, askDelivery: g.lookForDeliveries,
		askKey: g.lookForKeys, askReceipt: g.lookForReceipts, askBetween: g.countPayments, askPrompt: g.lookForPrompts,
	}
}

// fail has everybody run alone.
func (g *group) fail(what string, err error) {
	g.broken = true
	g.store.seldom.Warn("what shared a transaction is done again, each alone", "doing", what, "error", plain(err))
}

// hold serves a member with a row, unless another has it.
func (g *group) hold(a *ask, k kind, id int64) bool {
	a.busy = g.held[k][id]
	a.served = !a.busy
	g.held[k][id] = true
	return a.served
}

// query puts off a query whose rows are taken one by one.
func query[T any](g *group, scan func(row) (T, error), take func(T), sql string, args ...any) {
	g.session.put(statement{sql: sql, args: args, read: func(br pgx.BatchResults) error {
		rows, err := br.Query()
		if err != nil {
			return err
		}
		all, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) (T, error) { return scan(r) })
		if err != nil {
			return err
		}
		for _, one := range all {
			take(one)
		}
		return nil
	}})
}

// Rows are locked in the order of their ids, and those that others have locked are
// left out.

func (g *group) lookForPushes(asks []*ask) {
	wanted := firstOfEach(asks, func(a *ask) string { return a.token })
	query(g, scanPushAndPayment, func(both pushAndPayment) {
		if a := wanted[both.push.Token]; g.hold(a, paymentWork, both.payment.row.ID) {
			a.both = both
		}
	}, `SELECT `+pushRow+`, `+paymentRow+` FROM pushes s JOIN payments p ON p.id = s.payment_id
		WHERE s.token = ANY($1) ORDER BY p.id FOR NO KEY UPDATE OF p, s SKIP LOCKED`, texts(wanted))
}

// texts are the keys of a map as they stand in columns.
func texts[T any](of map[string]T) []string {
	all := make([]string, 0, len(of))
	for key := range of {
		all = append(all, text(key))
	}
	return all
}

func (g *group) lookForPayments(asks []*ask) {
	wanted := firstOfEach(asks, func(a *ask) int64 { return a.id })
	query(g, scanPayment, func(l *lockedPayment) {
		if a := wanted[l.row.ID]; g.hold(a, paymentWork, l.row.ID) {
			a.payment = l
		}
	}, `SELECT `+paymentRow+` FROM payments p WHERE p.id = ANY($1) ORDER BY p.id FOR NO KEY UPDATE SKIP LOCKED`, slices.Collect(maps.Keys(wanted)))
}

func (g *group) lookForDeliveries(asks []*ask) {
	wanted := firstOfEach(asks, func(a *ask) int64 { return a.id })
	query(g, scanDelivery, func(l *locked[gateway.Delivery]) {
		if a := wanted[l.row.ID]; g.hold(a, deliveryWork, l.row.ID) {
			a.delivery = l
		}
	}, selectDeliveries+` WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE SKIP LOCKED`, slices.Collect(maps.Keys(wanted)))
}

// firstOfEach leaves out those that ask for what another has asked for.
func firstOfEach[K comparable](asks []*ask, key func(*ask) K) map[K]*ask {
	wanted := make(map[K]*ask, len(asks))
	for _, a := range asks {
		if wanted[key(a)] == nil {
			wanted[key(a)] = a
		} else {
			a.busy = true
		}
	}
	return wanted
}

// lookForKeys serves those whose key nobody has. Whoever inserts a payment with it at
// the same time is found out by the insert.
func (g *group) lookForKeys(asks []*ask) {
	partners, keys := make([]string, len(asks)), make([]string, len(asks))
	for i, a := range asks {
		partners[i], keys[i], a.served = text(a.key.partner), text(a.key.key), true
	}
	query(g, scanPlace, func(i int) { asks[i-1].served = false }, takenKeys, partners, keys)
}

const takenKeys = `SELECT k.n FROM unnest($1::text[], $2::text[]) WITH ORDINALITY k (partner, key, n)
	JOIN payments p ON p.partner = k.partner AND p.idempotency_key = k.key AND p.idempotency_key IS NOT NULL`

// lookForReceipts serves those whose receipt nobody has.
func (g *group) lookForReceipts(asks []*ask) {
	wanted := make(map[string]*ask, len(asks))
	for _, a := range asks {
		if !g.receipts[a.receipt] {
			g.receipts[a.receipt] = true
			wanted[a.receipt], a.served = a, true
		}
	}
	query(g, scanText, func(receipt string) { wanted[receipt].served = false },
		`SELECT receipt FROM receipts WHERE receipt = ANY($1)`, texts(wanted))
}

// countPayments takes the locks of phones, see PaymentsBetween, unless somebody has
// them, and then counts.
func (g *group) countPayments(asks []*ask) {
	var phones, of []string
	var from, to []time.Time
	var counted []*ask
	for _, a := range asks {
		owner := g.phones[a.phone]
		if owner == nil {
			g.phones[a.phone] = a.m
			phones = append(phones, a.phone)
		}
		if owner == nil || owner == a.m {
			of, from, to, counted = append(of, a.phone), append(from, a.from), append(to, a.to), append(counted, a)
		} else {
			a.busy = true
		}
	}
	query(g, scanText, func(phone string) { g.phones[phone] = nil },
		`SELECT phone FROM unnest($1::text[]) phone WHERE NOT pg_try_advisory_xact_lock(hashtextextended('phone ' || phone, 0))`, phones)
	query(g, scanPlaceAndCount, func(c [2]int) {
		a := counted[c[0]-1]
		a.count, a.served = c[1], g.phones[a.phone] != nil
	}, paymentsBetween, of, from, to)
}

const paymentsBetween = `SELECT q.n, (SELECT count(*) FROM payments p WHERE p.phone = q.phone AND (p.refusal = '' OR p.pushes > 1) AND p.created_at BETWEEN q.earliest AND q.latest)
	FROM unnest($1::text[], $2::timestamptz[], $3::timestamptz[]) WITH ORDINALITY q (phone, earliest, latest, n)`

func scanPlace(r row) (n int, err error) {
	err = r.Scan(&n)
	return n, err
}

func scanPlaceAndCount(r row) (c [2]int, err error) {
	err = r.Scan(&c[0], &c[1])
	return c, err
}

func scanText(r row) (s string, err error) {
	err = r.Scan(to(&s))
	return s, err
}
