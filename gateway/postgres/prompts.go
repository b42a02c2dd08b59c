package postgres

import (
	"fmt"

	"github.com/darajabox/darajabox/gateway"
)

// PromptOwner implements gateway.Tx. In an update it takes the lock of the first id, which
// holds to the end.
func (t *tx) PromptOwner(except int64, checkoutIDs ...string) (int64, error) {
	const what = "payment of a prompt"
	ids := make([]string, len(checkoutIDs))
	for i, id := range checkoutIDs {
		ids[i] = text(id)
	}
	if a := (&ask{kind: askPrompt, ids: ids, id: except}); t.member.wroteNoPush() && t.look(a) {
		if a.owner == 0 {
			return 0, fmt.Errorf("%s: %w", what, gateway.ErrNotFound)
		}
		return a.owner, nil
	}
	if t.writes {
		const lock = `SELECT pg_advisory_xact_lock(hashtextextended('prompt ' || $1, 0))::text`
		if err := t.put("locking a prompt", lock, ids[0]); err != nil {
			return 0, err
		}
	}
	return one(t, what, scanID, `SELECT payment_id FROM pushes
		WHERE checkout_request_id = ANY($1) AND checkout_request_id <> '' AND payment_id <> $2`, ids, except)
}

// NamePrompt implements gateway.Tx.
func (t *tx) NamePrompt(paymentID int64, name string) error {
	return t.put("naming a prompt", `INSERT INTO prompt_names (name, payment_id) VALUES ($1,$2) ON CONFLICT DO NOTHING`, name, paymentID)
}

// PromptNamed implements gateway.Tx.
func (t *tx) PromptNamed(except int64, name string) (int64, error) {
	return one(t, "payment of a prompt's name", scanID, `SELECT payment_id FROM prompt_names WHERE name = $1 AND payment_id <> $2`, name, except)
}

// wroteNoPush reports whether a look-up among pushes misses nothing that m has written: a
// group writes at its end.
func (m *member) wroteNoPush() bool {
	return m != nil && len(m.pushes)+len(m.saved) == 0
}

// lookForPrompts takes the locks of prompts, see PromptOwner, unless somebody has them, and
// then looks for their payments.
func (g *group) lookForPrompts(asks []*ask) {
	var locks, ids []string
	var places []int
	var except []int64
	byLock := make(map[string]*ask, len(asks))
	for i, a := range asks {
		lock := a.ids[0]
		if owner := g.prompts[lock]; owner != nil && owner != a.m {
			a.busy = true
			continue
		}
		g.prompts[lock], byLock[lock], a.served = a.m, a, true
		locks = append(locks, lock)
		for _, id := range a.ids {
			places, ids, except = append(places, i), append(ids, id), append(except, a.id)
		}
	}
	query(g, scanText, func(lock string) {
		g.prompts[lock], byLock[lock].served = nil, false
	}, `SELECT id FROM unnest($1::text[]) id WHERE NOT pg_try_advisory_xact_lock(hashtextextended('prompt ' || id, 0))`, locks)
	query(g, scanPlaceAndOwner, func(found placeAndOwner) { asks[found.place].owner = found.owner }, promptOwners, places, ids, except)
}

// Each id is looked for by the index, of which only pushes with an id are part.
const promptOwners = `SELECT q.place, s.payment_id FROM unnest($1::int[], $2::text[], $3::bigint[]) q (place, id, except_id)
	JOIN pushes s ON s.checkout_request_id = q.id AND s.checkout_request_id <> '' AND s.payment_id <> q.except_id`

type placeAndOwner struct {
	place int
	owner int64
}

func scanPlaceAndOwner(r row) (p placeAndOwner, err error) {
	err = r.Scan(&p.place, &p.owner)
	return p, err
}
