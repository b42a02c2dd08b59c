package sqlite

import "github.com/darajabox/darajabox/gateway"

const tokenColumns = `app, sealed, renew_at, ends_at, lease_until`

func scanToken(r row) (a gateway.AccessToken, err error) {
	err = r.Scan(&a.App, &a.Sealed, intoTime{&a.RenewAt}, intoTime{&a.EndsAt}, intoTime{&a.LeaseUntil})
	return a, err
}

// AccessToken implements gateway.Tx. There is one writer, so no lock is needed.
func (t *tx) AccessToken(app string) (gateway.AccessToken, error) {
	return one(t, "access token", scanToken, `SELECT `+tokenColumns+` FROM access_tokens WHERE app = ?`, app)
}

// SaveAccessToken implements gateway.Tx.
func (t *tx) SaveAccessToken(a gateway.AccessToken) error {
	_, err := t.exec("saving an access token", `INSERT INTO access_tokens (`+tokenColumns+`) VALUES (?,?,?,?,?)
		ON CONFLICT (app) DO UPDATE SET (sealed, renew_at, ends_at, lease_until) =
			(excluded.sealed, excluded.renew_at, excluded.ends_at, excluded.lease_until)`,
		a.App, blob(a.Sealed), instant(a.RenewAt), instant(a.EndsAt), instant(a.LeaseUntil))
	return err
}
