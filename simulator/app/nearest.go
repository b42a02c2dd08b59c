package app

import "github.com/darajabox/darajabox/simulator"

// Nearest is the word that was probably meant by a misspelt one; "" when none is near.
func Nearest(word string, words []string) string { return simulator.Nearest(word, words) }
