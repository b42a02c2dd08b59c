package app

import (
	"context"
	"errors"
	"path/filepath"

	"github.com/darajabox/darajabox/gateway"
	"github.com/darajabox/darajabox/gateway/postgres"
	"github.com/darajabox/darajabox/gateway/sqlite"
)

// DatabaseFile is the database's name in its folder.
const DatabaseFile = "gateway.db"

// folder is where the SQLite database is: Database names the folder, or the file in
// it.
func (cfg Config) folder() string {
	switch {
	case cfg.Database == "":
		return cfg.Data
	case filepath.Base(cfg.Database) == DatabaseFile:
		return filepath.Dir(cfg.Database)
	default:
		return cfg.Database
	}
}

// databasePlace says where the database is, without a password.
func (cfg Config) databasePlace() string {
	if onPostgres(cfg.Database) {
		return "PostgreSQL"
	}
	return filepath.Join(cfg.folder(), DatabaseFile)
}

// secretsFolder is where a gateway keeps what it made at its first start: beside its
// own database, or in Data, "" when there is none, where the database is elsewhere.
func (cfg Config) secretsFolder() string {
	if onPostgres(cfg.Database) {
		return cfg.Data
	}
	return cfg.folder()
}

// openStore opens the database that cfg names, unless it is empty where another one was
// before. The errors don't show a password.
func (cfg Config) openStore(ctx context.Context) (gateway.Store, error) {
	cfg.tightenFiles()
	before, err := cfg.findEarlier()
	if err != nil {
		return nil, err
	}
	begins := false
	store, err := cfg.openEither(ctx, func(found string) error {
		err := cfg.mayBegin(before, found)
		begins = err == nil
		return err
	})
	if err != nil {
		return nil, err
	}
	if begins {
		cfg.Log.Info("new database in " + cfg.databasePlace())
	}
	if err := cfg.checkLedger(ctx, before, store); err != nil {
		return nil, errors.Join(err, store.Close())
	}
	return store, nil
}

// database is a store that knows its ledger's id.
type database interface {
	gateway.Store
	ledger
}

func (cfg Config) openEither(ctx context.Context, mayBegin func(string) error) (database, error) {
	if onPostgres(cfg.Database) {
		s, err := postgres.Open(ctx, postgres.Config{URL: cfg.Database, Clock: cfg.Clock, Log: cfg.Log, IDs: cfg.IDs, JobWithin: cfg.LostAfter, MayBegin: mayBegin})
		if err != nil {
			return nil, err // a nil *Store in an interface would not be nil
		}
		return s, nil
	}
	s, err := sqlite.Open(ctx, sqlite.Config{Dir: cfg.folder(), Clock: cfg.Clock, Log: cfg.Log, IDs: cfg.IDs, MayBegin: mayBegin})
	if err != nil {
		return nil, err
	}
	return s, nil
}
