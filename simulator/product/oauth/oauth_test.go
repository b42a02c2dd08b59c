package oauth_test

import (
	"testing"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator/product/oauth"
	"github.com/darajabox/darajabox/simulator/product/producttest"
)

func TestProduct(t *testing.T) {
	example := producttest.Example{
		API: oauth.API, Fields: producttest.Values{"grant_type": daraja.GrantType}, Authorization: "Basic c2FuZGJveDpzYW5kYm94",
	}
	producttest.Run(t, oauth.Product, example)
	producttest.Cases(t, oauth.Product, example)
}
