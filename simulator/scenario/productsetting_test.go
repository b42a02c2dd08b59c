package scenario_test

import (
	"strings"
	"testing"
	"time"

	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/product/oauth"
	"github.com/darajabox/darajabox/simulator/product/stk"
	"github.com/darajabox/darajabox/simulator/scenario"
)

// A product's own settings may be numbers and durations, as the kernel's are.
func TestSettingsOfAProduct(t *testing.T) {
	product := stk.Product()
	product.Settings = append(product.Settings,
		simulator.Setting{Name: "slow_queries", Default: "2", Doc: "how many queries are slow"}.Number(0, 9),
		simulator.Setting{Name: "slow_query", Default: "1m30s", Doc: "how slow they are"}.Duration(0, 2*time.Hour))
	products, err := simulator.NewCatalogue(oauth.Product(), product)
	if err != nil {
		t.Fatal(err)
	}
	language := scenario.For(products)
	for src, want := range map[string]string{
		"slow_queries: 9":   "",
		"slow_query: 2h":    "",
		"slow_queries: 10":  `s:1:34: slow_queries cannot be "10"; expected a number from 0 to 9`,
		"slow_query: 3":     `s:1:32: slow_query cannot be "3"; expected a duration from 0s to 2h; did you mean 3s?`,
		"slow_query: 2h1s":  `s:1:32: slow_query cannot be "2h1s"; expected a duration from 0s to 2h`,
		"slow_querys: 1":    `s:1:20: unknown key "slow_querys" in settings`,
		"slow_query: [1s]":  `s:1:32: slow_query is a list; expected a duration from 0s to 2h`,
		"slow_queries: few": `s:1:34: slow_queries cannot be "few"; expected a number from 0 to 9`,
	} {
		_, err := language.Parse("s", []byte("world: {settings: {"+src+"}}\n"), nil)
		if got := ""; err != nil || want != "" {
			if err != nil {
				got = err.Error()
			}
			if !strings.HasPrefix(got, want) || want == "" {
				t.Errorf("%s: got %q, want %q", src, got, want)
			}
		}
	}
	if schema := string(language.Schema()); !strings.Contains(schema, `"title": "a duration from 0s to 2h"`) {
		t.Error("the schema does not know the setting")
	}
}
