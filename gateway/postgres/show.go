package postgres

import "github.com/darajabox/darajabox/gateway"

// Views that come at the same time share a snapshot, as updates share a transaction.
// Served are those look-ups that are made all the time; a view that begins
// with anything else goes on alone.

// show serves each of some look-ups, and says who wants what.
func show[K comparable](asks []*ask, key func(*ask) K) (wanted map[K][]*ask, keys []K) {
	wanted = make(map[K][]*ask, len(asks))
	for _, a := range asks {
		k := key(a)
		if wanted[k] == nil {
			keys = append(keys, k)
		}
		wanted[k], a.served = append(wanted[k], a), true
	}
	return wanted, keys
}

func (g *group) showPayments(asks []*ask) {
	wanted, ids := show(asks, func(a *ask) int64 { return a.id })
	query(g, scanPayment, func(l *lockedPayment) {
		for _, a := range wanted[l.row.ID] {
			a.payment = l
		}
	}, `SELECT `+paymentRow+` FROM payments p WHERE p.id = ANY($1)`, ids)
}

func (g *group) showDeliveries(asks []*ask) {
	wanted, ids := show(asks, func(a *ask) int64 { return a.id })
	query(g, scanDelivery, func(l *locked[gateway.Delivery]) {
		for _, a := range wanted[l.row.ID] {
			a.delivery = l
		}
	}, selectDeliveries+` WHERE id = ANY($1)`, ids)
}

func (g *group) showEndpoints(asks []*ask) {
	wanted, keys := show(asks, func(a *ask) partnerKey { return a.key })
	partners, urls := make([]string, len(keys)), make([]string, len(keys))
	for i, k := range keys {
		partners[i], urls[i] = text(k.partner), text(k.key)
	}
	query(g, scanEndpoint, func(e gateway.Endpoint) {
		for _, a := range wanted[partnerKey{e.Partner, e.URL}] {
			a.endpoint = &e
		}
	}, someEndpoints, partners, urls)
}

const someEndpoints = `SELECT e.partner, e.url, e.disabled_at, e.paused_until, e.reason FROM unnest($1::text[], $2::text[]) k (partner, url)
	JOIN endpoints e ON e.partner = k.partner AND e.url = k.url`

func (g *group) showAPIKeys(asks []*ask) {
	wanted, ids := show(asks, func(a *ask) string { return text(a.token) })
	query(g, scanKey, func(k gateway.Key) {
		for _, a := range wanted[text(k.ID)] {
			a.apiKey = &k
		}
	}, `SELECT `+keyColumns+` FROM api_keys WHERE id = ANY($1)`, ids)
}

func (g *group) showSecrets(asks []*ask) {
	wanted, partners := show(asks, func(a *ask) string { return text(a.key.partner) })
	query(g, scanSecret, func(s gateway.Secret) {
		for _, a := range wanted[text(s.Partner)] {
			a.secrets = append(a.secrets, s)
		}
	}, `SELECT id, partner, sealed, created_at, expires_at FROM webhook_secrets WHERE partner = ANY($1) ORDER BY id DESC`, partners)
}

func (g *group) showQueries(asks []*ask) {
	for _, a := range asks {
		a.served = true
		g.session.put(a.query)
	}
}
