package app

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"

	"github.com/darajabox/darajabox/gateway"
	"github.com/darajabox/darajabox/gateway/postgres"
	"github.com/darajabox/darajabox/gateway/sqlite"
)

// Audit is the audit log of a gateway, opened from outside for reading. The gateway
// may run meanwhile.
type Audit struct {
	log    gateway.AuditLog
	closer io.Closer
}

// OpenAudit opens the audit log of a database, named as Config.Database names it. The
// errors don't show a password.
func OpenAudit(ctx context.Context, database string) (*Audit, error) {
	if err := checkDatabase(database); err != nil {
		return nil, fmt.Errorf("reading the audit log: %w", err)
	}
	if onPostgres(database) {
		r, err := postgres.OpenReader(ctx, database)
		if err != nil {
			return nil, fmt.Errorf("reading the audit log: %w", err)
		}
		return &Audit{log: r, closer: r}, nil
	}
	r, err := sqlite.OpenReader(ctx, Config{Database: database}.folder())
	if err != nil {
		return nil, fmt.Errorf("reading the audit log: %w", err)
	}
	return &Audit{log: r, closer: r}, nil
}

// Verify checks every link of the log, and that it holds what was noted of it.
func (a *Audit) Verify(ctx context.Context, head []byte, rows int64) (gateway.Audit, error) {
	return gateway.VerifyLog(ctx, a.log, gateway.Expected{Head: head, Rows: rows})
}

// Digests lists the SHA-256 of each body in the log, in order.
func (a *Audit) Digests(ctx context.Context) (all [][sha256.Size]byte, err error) {
	err = gateway.WalkLog(ctx, a.log, func(c *gateway.Callback) {
		all = append(all, sha256.Sum256(c.Body))
	})
	if err != nil {
		return nil, fmt.Errorf("listing the audit log: %w", err)
	}
	return all, nil
}

// Close ends the reading.
func (a *Audit) Close() error { return a.closer.Close() }
