package sqlite

import (
	"fmt"

	"github.com/darajabox/darajabox/gateway"
)

func scanPartner(r row) (p gateway.Partner, err error) {
	err = r.Scan(&p.Name, &p.ReviewWebhooks, intoTime{&p.CreatedAt})
	return p, err
}

// InsertPartner implements gateway.Tx.
func (t *tx) InsertPartner(p gateway.Partner) error {
	what := fmt.Sprintf("inserting partner %q", p.Name)
	_, err := t.exec(what, `INSERT INTO partners (name, review_webhooks, created_at) VALUES (?,?,?)`, p.Name, p.ReviewWebhooks, instant(p.CreatedAt))
	return existing(what, err)
}

// SavePartner implements gateway.Tx.
func (t *tx) SavePartner(p gateway.Partner) error {
	return t.update(fmt.Sprintf("saving partner %q", p.Name),
		`UPDATE partners SET (review_webhooks, created_at) = (?,?) WHERE name = ?`, p.ReviewWebhooks, instant(p.CreatedAt), p.Name)
}

// existing says gateway.ErrExists of a row whose like is there already.
func existing(what string, err error) error {
	if isDuplicate(err) {
		return fmt.Errorf("%s: %w", what, gateway.ErrExists)
	}
	return err
}

// Partner implements gateway.Tx.
func (t *tx) Partner(name string) (gateway.Partner, error) {
	return one(t, fmt.Sprintf("partner %q", name), scanPartner, `SELECT name, review_webhooks, created_at FROM partners WHERE name = ?`, name)
}

// Partners implements gateway.Tx.
func (t *tx) Partners() ([]gateway.Partner, error) {
	return list(t, "partners", scanPartner, `SELECT name, review_webhooks, created_at FROM partners ORDER BY name`)
}

const keyColumns = `id, partner, digest, scopes, note, created_at, expires_at, revoked_at, used_at`

func keyValues(k gateway.Key) []any {
	return []any{
		k.ID, k.Partner, blob(k.Digest), string(k.Scopes), k.Note,
		instant(k.CreatedAt), instant(k.ExpiresAt), instant(k.RevokedAt), instant(k.UsedAt),
	}
}

func scanKey(r row) (k gateway.Key, err error) {
	err = r.Scan(&k.ID, &k.Partner, &k.Digest, &k.Scopes, &k.Note,
		intoTime{&k.CreatedAt}, intoTime{&k.ExpiresAt}, intoTime{&k.RevokedAt}, intoTime{&k.UsedAt})
	return k, err
}

// InsertKey implements gateway.Tx.
func (t *tx) InsertKey(k gateway.Key) error {
	what := fmt.Sprintf("inserting key %s", k.ID)
	_, err := t.exec(what, `INSERT INTO api_keys (`+keyColumns+`) VALUES (?,?,?,?,?,?,?,?,?)`, keyValues(k)...)
	return existing(what, err)
}

// SaveKey implements gateway.Tx. It writes every field.
func (t *tx) SaveKey(k gateway.Key) error {
	return t.update(fmt.Sprintf("saving key %s", k.ID),
		`UPDATE api_keys SET (`+keyColumns+`) = (?,?,?,?,?,?,?,?,?) WHERE id = ?`, append(keyValues(k), k.ID)...)
}

// Key implements gateway.Tx.
func (t *tx) Key(id string) (gateway.Key, error) {
	return one(t, "key by its id", scanKey, `SELECT `+keyColumns+` FROM api_keys WHERE id = ?`, id)
}

// KeysOf implements gateway.Tx.
func (t *tx) KeysOf(partner string) ([]gateway.Key, error) {
	return list(t, fmt.Sprintf("keys of %q", partner), scanKey,
		`SELECT `+keyColumns+` FROM api_keys WHERE partner = ? ORDER BY created_at, id`, partner)
}

func scanSecret(r row) (s gateway.Secret, err error) {
	err = r.Scan(&s.ID, &s.Partner, &s.Sealed, intoTime{&s.CreatedAt}, intoTime{&s.ExpiresAt})
	return s, err
}

// InsertSecret implements gateway.Tx.
func (t *tx) InsertSecret(s *gateway.Secret) (err error) {
	s.ID, err = t.insert(fmt.Sprintf("inserting a webhook secret of %q", s.Partner),
		`INSERT INTO webhook_secrets (partner, sealed, created_at, expires_at) VALUES (?,?,?,?)`,
		s.Partner, blob(s.Sealed), instant(s.CreatedAt), instant(s.ExpiresAt))
	return err
}

// SaveSecret implements gateway.Tx. It writes every field.
func (t *tx) SaveSecret(s gateway.Secret) error {
	return t.update(fmt.Sprintf("saving webhook secret %d", s.ID),
		`UPDATE webhook_secrets SET (partner, sealed, created_at, expires_at) = (?,?,?,?) WHERE id = ?`,
		s.Partner, blob(s.Sealed), instant(s.CreatedAt), instant(s.ExpiresAt), s.ID)
}

// SecretsOf implements gateway.Tx.
func (t *tx) SecretsOf(partner string) ([]gateway.Secret, error) {
	return list(t, fmt.Sprintf("webhook secrets of %q", partner), scanSecret,
		`SELECT id, partner, sealed, created_at, expires_at FROM webhook_secrets WHERE partner = ? ORDER BY id DESC`, partner)
}

// SaveEndpoint implements gateway.Tx.
func (t *tx) SaveEndpoint(e gateway.Endpoint) error {
	_, err := t.exec("saving an endpoint", `INSERT INTO endpoints (partner, url, disabled_at, paused_until, reason) VALUES (?,?,?,?,?)
		ON CONFLICT (partner, url) DO UPDATE SET disabled_at = excluded.disabled_at, paused_until = excluded.paused_until, reason = excluded.reason`,
		e.Partner, e.URL, instant(e.DisabledAt), instant(e.PausedUntil), e.Reason)
	if err != nil {
		return err
	}
	cutTimes(&e.DisabledAt, &e.PausedUntil)
	to := target{e.Partner, e.URL}
	t.memory.endpoints.put(to, e)
	t.memory.savedEndpoints = append(t.memory.savedEndpoints, to)
	return nil
}

// Endpoint implements gateway.Tx.
func (t *tx) Endpoint(partner, url string) (gateway.Endpoint, error) {
	return one(t, "endpoint", scanEndpoint,
		`SELECT partner, url, disabled_at, paused_until, reason FROM endpoints WHERE partner = ? AND url = ?`, partner, url)
}

func scanEndpoint(r row) (e gateway.Endpoint, err error) {
	err = r.Scan(&e.Partner, &e.URL, intoTime{&e.DisabledAt}, intoTime{&e.PausedUntil}, &e.Reason)
	return e, err
}
