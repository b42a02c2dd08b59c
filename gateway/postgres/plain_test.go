package postgres_test

import (
	"testing"

	"github.com/darajabox/darajabox/gateway/postgres"
)

func TestConnectionsThatCanBeRead(t *testing.T) {
	t.Setenv("PGSSLMODE", "")
	for url, want := range map[string]bool{
		"postgres://u:p@db.example/pay?sslmode=disable":             true,
		"postgres://u:p@10.0.0.5:5433/pay?sslmode=disable":          true,
		"postgres://u:p@db.example/pay":                             true, // prefer
		"postgresql://u:p@db.example/pay?sslmode=prefer":            true,
		"PostgreSQL://u:p@db.example/pay?sslmode=prefer":            true,
		"postgres://u:p@db.example/pay?sslmode=allow":               true,
		"postgres://u:p@db.example/pay?sslmode=require":             false,
		"postgres://u:p@db.example/pay?sslmode=verify-full":         false,
		"postgres://u:p@localhost/pay?sslmode=disable":              false,
		"postgres://u:p@127.0.0.1/pay?sslmode=disable":              false,
		"postgres://u:p@[::1]/pay":                                  false,
		"postgres:///pay?host=/run/postgresql":                      false,
		"postgres://u:p@localhost,db.example/pay?sslmode=disable":   true,
		"postgres://u:p@127.0.0.1:5432,[::1]:1/pay?sslmode=disable": false,
		"postgres://u:p@127.0.0.1.example/pay?sslmode=disable":      true,
		"postgres://u:p@:wrong/":                                    false,
	} {
		if got := postgres.InPlain(url); got != want {
			t.Errorf("%s: %t", url, got)
		}
	}
}
