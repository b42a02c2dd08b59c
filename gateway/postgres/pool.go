package postgres

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// The connections of one replica. Three replicas fit into PostgreSQL's default of
// 100. pool_max_conns in the connection string replaces the first.
const (
	storeConns     = 20
	riverConns     = 6
	groupConns     = 2 // one for updates, one for views
	migrationConns = 3
)

// connectWithin bounds the making of a connection.
const connectWithin = 5 * time.Second

// parse reads a connection string. Its errors don't show it, for the password's sake.
func parse(url string) (*pgxpool.Config, error) {
	if scheme, rest, isURL := strings.Cut(url, "://"); isURL {
		url = strings.ToLower(scheme) + "://" + rest // the library compares it with capitals
	}
	cfg, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, errors.New("the database's connection string is malformed")
	}
	if !strings.Contains(url, "pool_max_conns") {
		cfg.MaxConns = storeConns
	}
	if cfg.ConnConfig.ConnectTimeout == 0 {
		cfg.ConnConfig.ConnectTimeout = connectWithin
	}
	cfg.ConnConfig.RuntimeParams["application_name"] = "darajabox"
	cfg.MaxConnIdleTime = 5 * time.Minute
	cfg.HealthCheckPeriod = 15 * time.Second
	cfg.PingTimeout = 2 * time.Second
	return cfg, nil
}

// serving gives the connections of a store in service limits, so that a replica that
// hangs in a transaction can't hold up the others for good. A pool that multiplexes
// connections between (PgBouncer) is not supported: statements are prepared.
func serving(cfg *pgxpool.Config) *pgxpool.Config {
	cfg = cfg.Copy()
	for name, value := range map[string]string{
		"lock_timeout":                        "10s",
		"statement_timeout":                   "30s",
		"idle_in_transaction_session_timeout": "15s",
		"plan_cache_mode":                     "force_generic_plan", // look-ups are by an index, and planning some costs more than running them; lists have planAnew
		"jit":                                 "off",                // for statements a thousand times as long
	} {
		if _, set := cfg.ConnConfig.RuntimeParams[name]; !set {
			cfg.ConnConfig.RuntimeParams[name] = value
		}
	}
	return cfg
}

// grouping gives the groups' connections their settings. Their statements join a few
// values with a table by its index, whatever the planner thinks of a table that was
// empty when it planned.
func grouping(cfg *pgxpool.Config) *pgxpool.Config {
	cfg = cfg.Copy()
	for name, value := range map[string]string{
		"lock_timeout": groupWaits, "enable_seqscan": "off", "enable_hashjoin": "off", "enable_mergejoin": "off",
	} {
		cfg.ConnConfig.RuntimeParams[name] = value
	}
	return cfg
}

// connect makes a pool of at most n connections.
func connect(ctx context.Context, cfg *pgxpool.Config, n int32) (*pgxpool.Pool, error) {
	cfg = cfg.Copy()
	cfg.MaxConns = n
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("making the pool of connections: %w", plain(err))
	}
	return pool, nil
}

// lost reports an error of the connection, not of a statement: the server does not
// answer, is going down or coming up.
func lost(err error) bool {
	var refused *pgconn.PgError
	if errors.As(err, &refused) {
		return strings.HasPrefix(refused.Code, "57P") || strings.HasPrefix(refused.Code, "08") || refused.Severity == "FATAL"
	}
	var network net.Error
	var connecting *pgconn.ConnectError
	return errors.As(err, &network) || errors.As(err, &connecting) || err != nil
}

// plain makes an error of pgx fit for a log: pgx quotes the server, the database and
// the user in what it says of connecting, and never the password; a PostgreSQL that
// refuses a row quotes its values in the detail, which Error leaves out.
func plain(err error) error {
	var connecting *pgconn.ConnectError
	if errors.As(err, &connecting) {
		if inner := connecting.Unwrap(); inner != nil {
			return fmt.Errorf("connecting to the database: %w", inner)
		}
	}
	return err
}
