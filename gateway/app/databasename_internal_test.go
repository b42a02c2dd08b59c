package app

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What is neither a URL of PostgreSQL nor a path would be the name of a folder with an
// empty ledger in it.
func TestDatabaseIsAURLOrAPath(t *testing.T) {
	for name, tt := range map[string]struct {
		database string
		refused  bool
	}{
		"none":                                {"", false},
		"a URL":                               {"postgres://u:sekret@127.0.0.1:1/x", false},
		"the long scheme":                     {"postgresql://u:sekret@127.0.0.1:1/x", false},
		"a scheme with a capital":             {"Postgres://u:sekret@127.0.0.1:1/x", false},
		"a scheme in capitals":                {"POSTGRESQL://u:sekret@127.0.0.1:1/x", false},
		"a folder":                            {"data", false},
		"a folder from the root":              {"/srv/data", false},
		"a file":                              {"./data/gateway.db", false},
		"a folder with a colon":               {"./data:2", false},
		"a folder with an equals sign":        {"/srv/env=prod/data", false},
		"a folder with an at sign":            {"/srv/box@home", false},
		"a Windows drive":                     {`C:\data\gateway.db`, false},
		"a Windows drive and slashes":         {"c:/data", false},
		"a scheme that is misspelt":           {"postgress://u:sekret@h/x", true},
		"a blank before the scheme":           {" postgres://u:sekret@h/x", true},
		"a line end before the scheme":        {"\npostgres://u:sekret@h/x", true},
		"quotes around the URL":               {`"postgres://u:sekret@h/x"`, true},
		"a scheme without slashes":            {"postgres:u:sekret@h/x", true},
		"a scheme with one slash":             {"postgres:/u:sekret@h/x", true},
		"slashes without a colon":             {"postgres//u:sekret@h/x", true},
		"no scheme":                           {"u:sekret@h/x", true},
		"two slashes alone":                   {"//u:sekret@h/x", true},
		"a host and its port":                 {"db.example:5432/x", true},
		"JDBC":                                {"jdbc:postgresql://h/x?password=sekret", true},
		"MySQL":                               {"mysql://u:sekret@h/x", true},
		"SQLite":                              {"sqlite:///srv/gateway.db", true},
		"a file's URL":                        {"file:/srv/data/gateway.db", true},
		"a database in memory":                {":memory:", true},
		"words":                               {"host=127.0.0.1 password=sekret", true},
		"one word":                            {"dbname=x", true},
		"words with blanks":                   {"  user = u  password = sekret", true},
		"a password behind what is no word":   {"127.0.0.1 PASSWORD=sekret", true},
		"a URL behind a variable's name":      {"DARAJABOX_DATABASE=postgres://u:sekret@h/x", true},
		"a drive's letter without a path":     {"c:sekret", true},
		"a scheme of one letter, with a host": {"u://sekret@h/x", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			cfg := fit()
			cfg.Data, cfg.Database, cfg.Production = "data", tt.database, false
			_, err := New(cfg)
			if refused := err != nil; refused != tt.refused {
				t.Fatalf("got %v", err)
			}
			if !tt.refused {
				return
			}
			if _, err := OpenAudit(t.Context(), tt.database); err == nil || !strings.Contains(err.Error(), "--database") {
				t.Errorf("audit: %v", err)
			}
			if text := err.Error(); strings.Contains(text, "sekret") || !strings.Contains(text, "postgres://USER:PASSWORD@HOST/NAME") || !strings.Contains(text, "gateway.db") {
				t.Errorf("got %v", err)
			}
			if made, err := filepath.Glob("*"); err != nil || len(made) > 0 {
				t.Errorf("it made %v, %v", made, err)
			}
		})
	}
}

// A URL given by --data would be a folder of that name.
func TestDataIsNoURL(t *testing.T) {
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for data, refused := range map[string]bool{
		filepath.Join(here, "postgres://u:sekret@h/x"): true, // as the command line completes it
		"postgres://u:sekret@h/x":                      true,
		filepath.Join(here, "mysql://h/x"):             true,
		filepath.Join(here, "data:2"):                  false,
		filepath.Join(here, "data"):                    false,
		`C:\data`:                                      false,
	} {
		cfg := fit()
		cfg.Data, cfg.Production = data, false
		_, err := New(cfg)
		if (err != nil) != refused || refused && (strings.Contains(err.Error(), "sekret") || !strings.Contains(err.Error(), "--database")) {
			t.Errorf("%s: %v", data, err)
		}
	}
}

// A scheme in capitals is the same scheme to all that reads the URL.
func TestSchemeInCapitals(t *testing.T) {
	cfg := onServer(fit(), "db.example/pay?sslmode=disable")
	cfg.Database = strings.Replace(cfg.Database, "postgres", "Postgres", 1)
	if got := checkProduction(cfg); len(got) != 1 || !strings.Contains(got[0], "sslmode=verify-full") {
		t.Errorf("got %q", got)
	}
}
