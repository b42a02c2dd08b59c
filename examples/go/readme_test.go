package shop_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/darajabox/darajabox/darajatest"
	shop "github.com/darajabox/darajabox/examples/go"
)

// newApp stands for the app of README's reader.
func newApp(t *testing.T, url, key, secret string) *shop.Shop {
	t.Helper()
	s := &shop.Shop{
		BaseURL: url, Key: key, Secret: secret, Shortcode: "174379",
		Passkey: "bfb279f9aa9bdbcf158e97dd71a467cd2e0c893059b10f78e6b72ada1ed2c919",
		Client:  http.DefaultClient, Now: time.Now,
	}
	callbacks := httptest.NewServer(s)
	t.Cleanup(callbacks.Close)
	s.CallbackURL = callbacks.URL
	return s
}

// README shows this test; a test of the docs compares the two.
func TestCancelledByTheCustomer(t *testing.T) {
	sim := darajatest.Start(t, darajatest.Scenario("cancelled"))
	app := newApp(t, sim.URL, sim.ConsumerKey, sim.ConsumerSecret) // your code
	if _, err := app.Order("254708374149", 150, "INV-1"); err != nil {
		t.Fatal(err)
	}
	sim.Clock.Advance(time.Minute)
	sim.Verify(darajatest.Match{
		Kind: "callback", Body: map[string]any{"Body.stkCallback.ResultCode": 1032},
	}, darajatest.Exactly(1))
}
