package scenario

import (
	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/product/all"
	"github.com/darajabox/darajabox/simulator/product/oauth"
	"github.com/darajabox/darajabox/simulator/product/stk"
)

// The language with all products, for tests.

func Parse(file string, src []byte) (*Scenario, error) {
	return For(TwoProducts()).Parse(file, src, nil)
}

func ParseWith(file string, src []byte, load Loader) (*Scenario, error) {
	return For(TwoProducts()).Parse(file, src, load)
}

func Check(file string, src []byte, load Loader) []*Error {
	return For(TwoProducts()).Check(file, src, load)
}

func Warnings(file string, src []byte, load Loader) []*Error {
	return For(TwoProducts()).Warnings(file, src, load)
}

func ParseThen(src []byte) (simulator.Outcome, error) { return For(TwoProducts()).ParseThen(src) }

func Schema() []byte { return For(all.Catalogue()).Schema() }

func Reference(ready []Ready) []byte { return For(all.Catalogue()).Reference(ready) }

// TwoProducts have the words that the tests of the language use.
func TwoProducts() *simulator.Catalogue {
	c, err := simulator.NewCatalogue(oauth.Product(), stk.Product())
	if err != nil {
		panic(err)
	}
	return c
}
