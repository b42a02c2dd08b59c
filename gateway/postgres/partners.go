package postgres

import (
	"fmt"
	"time"

	"github.com/darajabox/darajabox/gateway"
)

func scanPartner(r row) (p gateway.Partner, err error) {
	err = r.Scan(to(&p.Name), &p.ReviewWebhooks, intoTime{&p.CreatedAt})
	return p, err
}

// insertOnce runs an INSERT that leaves a row alone which is there already, and says
// gateway.ErrExists then.
func (t *tx) insertOnce(what, sql string, args ...any) error {
	_, inserted, err := write(t, what, scanCount, sql+` ON CONFLICT DO NOTHING RETURNING 1`, args...)
	if err == nil && !inserted {
		err = fmt.Errorf("%s: %w", what, gateway.ErrExists)
	}
	return err
}

// InsertPartner implements gateway.Tx.
func (t *tx) InsertPartner(p gateway.Partner) error {
	return t.insertOnce(fmt.Sprintf("inserting partner %q", p.Name),
		`INSERT INTO partners (name, review_webhooks, created_at) VALUES ($1,$2,$3)`, text(p.Name), p.ReviewWebhooks, instant(p.CreatedAt))
}

// SavePartner implements gateway.Tx.
func (t *tx) SavePartner(p gateway.Partner) error {
	return t.update(fmt.Sprintf("saving partner %q", p.Name),
		`UPDATE partners SET (review_webhooks, created_at) = ($1,$2) WHERE name = $3`, p.ReviewWebhooks, instant(p.CreatedAt), text(p.Name))
}

// Partner implements gateway.Tx.
func (t *tx) Partner(name string) (gateway.Partner, error) {
	return one(t, fmt.Sprintf("partner %q", name), scanPartner,
		`SELECT name, review_webhooks, created_at FROM partners WHERE name = $1`+t.forUpdate(), text(name))
}

// Partners implements gateway.Tx. The order is that of the bytes, in every locale.
func (t *tx) Partners() ([]gateway.Partner, error) {
	return list(t, "partners", scanPartner, `SELECT name, review_webhooks, created_at FROM partners ORDER BY name COLLATE "C"`+t.forUpdate())
}

const keyColumns = `id, partner, digest, scopes, note, created_at, expires_at, revoked_at, used_at`

func keyValues(k gateway.Key) []any {
	return []any{
		text(k.ID), text(k.Partner), blob(k.Digest), text(k.Scopes), text(k.Note),
		instant(k.CreatedAt), instant(k.ExpiresAt), instant(k.RevokedAt), instant(k.UsedAt),
	}
}

func scanKey(r row) (k gateway.Key, err error) {
	err = r.Scan(to(&k.ID), to(&k.Partner), &k.Digest, to(&k.Scopes), to(&k.Note),
		intoTime{&k.CreatedAt}, intoTime{&k.ExpiresAt}, intoTime{&k.RevokedAt}, intoTime{&k.UsedAt})
	return k, err
}

// InsertKey implements gateway.Tx.
func (t *tx) InsertKey(k gateway.Key) error {
	return t.insertOnce(fmt.Sprintf("inserting key %q", k.ID),
		`INSERT INTO api_keys (`+keyColumns+`) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9)`, keyValues(k)...)
}

// SaveKey implements gateway.Tx. It writes every field.
func (t *tx) SaveKey(k gateway.Key) error {
	return t.update(fmt.Sprintf("saving key %q", k.ID),
		`UPDATE api_keys SET (`+keyColumns+`) = ($1,$2,$3,$4,$5,$6,$7,$8,$9) WHERE id = $1`, keyValues(k)...)
}

// Key implements gateway.Tx.
func (t *tx) Key(id string) (gateway.Key, error) {
	if a := (&ask{kind: askAPIKey, token: id}); t.look(a) {
		return found("key by its id", a.apiKey)
	}
	return one(t, "key by its id", scanKey, `SELECT `+keyColumns+` FROM api_keys WHERE id = $1`+t.forUpdate(), text(id))
}

// KeysOf implements gateway.Tx.
func (t *tx) KeysOf(partner string) ([]gateway.Key, error) {
	return list(t, fmt.Sprintf("keys of %q", partner), scanKey,
		`SELECT `+keyColumns+` FROM api_keys WHERE partner = $1 ORDER BY created_at, id COLLATE "C"`+t.forUpdate(), text(partner))
}

func scanSecret(r row) (s gateway.Secret, err error) {
	err = r.Scan(&s.ID, to(&s.Partner), &s.Sealed, intoTime{&s.CreatedAt}, intoTime{&s.ExpiresAt})
	return s, err
}

// InsertSecret implements gateway.Tx.
func (t *tx) InsertSecret(s *gateway.Secret) error {
	id, _, err := write(t, fmt.Sprintf("inserting a webhook secret of %q", s.Partner), scanID,
		`INSERT INTO webhook_secrets (partner, sealed, created_at, expires_at) VALUES ($1,$2,$3,$4) RETURNING id`,
		text(s.Partner), blob(s.Sealed), instant(s.CreatedAt), instant(s.ExpiresAt))
	if err == nil {
		s.ID = id
	}
	return err
}

// SaveSecret implements gateway.Tx. It writes every field.
func (t *tx) SaveSecret(s gateway.Secret) error {
	return t.update(fmt.Sprintf("saving webhook secret %d", s.ID),
		`UPDATE webhook_secrets SET (partner, sealed, created_at, expires_at) = ($1,$2,$3,$4) WHERE id = $5`,
		text(s.Partner), blob(s.Sealed), instant(s.CreatedAt), instant(s.ExpiresAt), s.ID)
}

// SecretsOf implements gateway.Tx.
func (t *tx) SecretsOf(partner string) ([]gateway.Secret, error) {
	if a := (&ask{kind: askSecrets, key: partnerKey{partner: partner}}); t.look(a) {
		return a.secrets, nil
	}
	return list(t, fmt.Sprintf("webhook secrets of %q", partner), scanSecret,
		`SELECT id, partner, sealed, created_at, expires_at FROM webhook_secrets WHERE partner = $1 ORDER BY id DESC`+t.forUpdate(),
		text(partner))
}

// SaveEndpoint implements gateway.Tx.
func (t *tx) SaveEndpoint(e gateway.Endpoint) error {
	const what = "saving an endpoint"
	if err := t.ready(what, true); err != nil {
		return err
	}
	if m := t.member; m != nil {
		m.endpoints, m.tied = append(m.endpoints, e), true
		return nil
	}
	return t.put(what, saveEndpoint, endpointValues(e)...)
}

const saveEndpoint = `INSERT INTO endpoints (partner, url, disabled_at, paused_until, reason) VALUES ($1,$2,$3,$4,$5)
	ON CONFLICT (partner, url) DO UPDATE SET disabled_at = excluded.disabled_at, paused_until = excluded.paused_until, reason = excluded.reason`

func endpointValues(e gateway.Endpoint) []any {
	return []any{text(e.Partner), text(e.URL), instant(e.DisabledAt), instant(e.PausedUntil), text(e.Reason)}
}

// Endpoint implements gateway.Tx.
func (t *tx) Endpoint(partner, url string) (gateway.Endpoint, error) {
	if a := (&ask{kind: askEndpoint, key: partnerKey{partner, url}}); t.look(a) {
		return found("endpoint", a.endpoint)
	}
	return one(t, "endpoint", scanEndpoint, `SELECT partner, url, disabled_at, paused_until, reason FROM endpoints
		WHERE partner = $1 AND url = $2`+t.forUpdate(), text(partner), text(url))
}

// found is what a group has looked up.
func found[T any](what string, v *T) (T, error) {
	if v == nil {
		var none T
		return none, fmt.Errorf("%s: %w", what, gateway.ErrNotFound)
	}
	return *v, nil
}

func scanEndpoint(r row) (e gateway.Endpoint, err error) {
	err = r.Scan(to(&e.Partner), to(&e.URL), intoTime{&e.DisabledAt}, intoTime{&e.PausedUntil}, to(&e.Reason))
	return e, err
}

// Backlog implements gateway.Tx. What is queued and what waits are found by an index
// each.
func (t *tx) Backlog(now time.Time) (gateway.Backlog, error) {
	const of = `SELECT count(*) AS n, min(due_at) AS oldest FROM (
		SELECT due_at FROM %[1]s WHERE due_at IS NOT NULL AND run_at IS NULL AND due_at <= $1
		UNION ALL SELECT due_at FROM %[1]s WHERE run_at IS NOT NULL AND due_at <= $1) %[1]s`
	return one(t, "what is due", scanBacklog, `SELECT p.n, d.n, least(p.oldest, d.oldest),
		(SELECT count(*) FROM deliveries WHERE state = 'due' AND reason <> '' AND due_at > $1)
		FROM (`+fmt.Sprintf(of, "payments")+`) p, (`+fmt.Sprintf(of, "deliveries")+`) d`, now)
}

func scanBacklog(r row) (b gateway.Backlog, err error) {
	err = r.Scan(&b.Payments, &b.Deliveries, intoTime{&b.Oldest}, &b.Waiting)
	return b, err
}
