package hakikisha_test

import (
	"testing"

	"github.com/darajabox/darajabox/simulator/product/hakikisha"
	"github.com/darajabox/darajabox/simulator/product/producttest"
)

func TestProduct(t *testing.T) {
	example := producttest.Example{API: hakikisha.API, Fields: producttest.Values{
		"header.requestID": "8aeefeea-8713-4a4d-b1b4-7b8c143b7ec1", "header.timestamp": "1748933384", "body.msisdn": "254708374149", "body.shortcode": "600984",
	}}
	producttest.Run(t, hakikisha.Product, example)
	producttest.Cases(t, hakikisha.Product, example)
}
