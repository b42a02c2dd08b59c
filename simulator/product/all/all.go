// Package all lists the products of the simulator.
package all

import "github.com/darajabox/darajabox/simulator"

//go:generate go run ./generate

// Catalogue is the products of the simulator.
func Catalogue() *simulator.Catalogue {
	c, err := simulator.NewCatalogue(Products()...)
	if err != nil {
		panic(err) // a mistake in a product, which its tests find
	}
	return c
}
