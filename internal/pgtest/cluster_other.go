//go:build !unix

package pgtest

import (
	"errors"
	"testing"
)

// Cluster is a PostgreSQL server. There is none on this system: startCluster fails.
type Cluster struct{ server }

type server interface {
	URL(database string) string
	Database(tb testing.TB) string
	Start() error
	Kill()
	Suspend() (resume func())
	PID() int
	Stop()
}

func startCluster(...string) (*Cluster, error) {
	return nil, errors.New("a cluster can be started on Unix only")
}
