package postgres

import "github.com/darajabox/darajabox/gateway"

const tokenColumns = `app, sealed, renew_at, ends_at, lease_until`

func scanToken(r row) (a gateway.AccessToken, err error) {
	err = r.Scan(to(&a.App), &a.Sealed, intoTime{&a.RenewAt}, intoTime{&a.EndsAt}, intoTime{&a.LeaseUntil})
	return a, err
}

// AccessToken implements gateway.Tx. In an update it takes the app's lock, which holds to
// the end, also while there is no row that could be locked.
func (t *tx) AccessToken(app string) (gateway.AccessToken, error) {
	const what = "access token"
	if t.writes {
		const lock = `SELECT pg_advisory_xact_lock(hashtextextended('access token ' || $1, 0))::text`
		if err := t.put("locking an access token", lock, app); err != nil {
			return gateway.AccessToken{}, err
		}
	}
	return one(t, what, scanToken, `SELECT `+tokenColumns+` FROM access_tokens WHERE app = $1`, text(app))
}

// SaveAccessToken implements gateway.Tx.
func (t *tx) SaveAccessToken(a gateway.AccessToken) error {
	return t.put("saving an access token", `INSERT INTO access_tokens (`+tokenColumns+`) VALUES ($1,$2,$3,$4,$5)
		ON CONFLICT (app) DO UPDATE SET (sealed, renew_at, ends_at, lease_until) =
			(excluded.sealed, excluded.renew_at, excluded.ends_at, excluded.lease_until)`,
		text(a.App), blob(a.Sealed), instant(a.RenewAt), instant(a.EndsAt), instant(a.LeaseUntil))
}
