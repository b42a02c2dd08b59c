//go:build !unix

package pgtest

import (
	"errors"
	"testing"
)

// Cluster is a server of PostgreSQL; there is none to be had here.
type Cluster struct{}

func startCluster(Options) (*Cluster, error) {
	return nil, errors.New("a cluster can be started on Unix only")
}

// URL returns the connection string of a database of the cluster.
func (c *Cluster) URL(string) string { return "" }

// Database makes a database that is gone with the cluster.
func (c *Cluster) Database(testing.TB) string { return "" }

// Start starts the server, which must be down.
func (c *Cluster) Start() error { return errors.ErrUnsupported }

// Kill takes the server down at once.
func (c *Cluster) Kill() {}

// Hang stops the server in its tracks.
func (c *Cluster) Hang() (goOn func()) { return func() {} }

// PID is the process of the server, 0 when it is down.
func (c *Cluster) PID() int { return 0 }

// Stop takes the server down and removes the cluster.
func (c *Cluster) Stop() {}
