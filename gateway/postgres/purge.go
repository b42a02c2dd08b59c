package postgres

import "context"

// leftInFiles is what a gateway cannot do on PostgreSQL: the files belong to the server.
const leftInFiles = "PostgreSQL keeps earlier versions of rows in its files until VACUUM (FULL) payments, pushes, callbacks, deliveries, attempts, endpoints has run, " +
	"and in its write-ahead log and backups until they are removed"

// Purge implements gateway.Purger. It changes nothing.
func (*Store) Purge(context.Context) (left string, err error) { return leftInFiles, nil }
