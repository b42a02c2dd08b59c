package shop_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/darajabox/darajabox/darajatest"
	shop "github.com/darajabox/darajabox/examples/go"
)

const phone = "254708374149"

// open is a shop and a simulator of its own, in which the clock stands still.
func open(t *testing.T, opts ...darajatest.Option) (*shop.Shop, *darajatest.Simulator) {
	t.Helper()
	sim := darajatest.Start(t, opts...)
	s := &shop.Shop{
		BaseURL: sim.URL, Key: sim.ConsumerKey, Secret: sim.ConsumerSecret, Shortcode: sim.Shortcode, Passkey: sim.Passkey,
		Client: http.DefaultClient, Now: time.Now,
	}
	callbacks := httptest.NewServer(s)
	t.Cleanup(callbacks.Close)
	s.CallbackURL = callbacks.URL
	return s, sim
}

func order(t *testing.T, s *shop.Shop) string {
	t.Helper()
	id, err := s.Order(phone, 150, "INV-1")
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func TestCustomerPays(t *testing.T) {
	s, sim := open(t)
	id := order(t, s)
	sim.Phone(phone).Approve()
	sim.Clock.Advance(10 * time.Second)
	if got := s.State(id); got != "paid" {
		t.Errorf("the order is %s", got)
	}
	sim.Verify(darajatest.Match{Kind: "callback", Phone: phone, Status: 200}, darajatest.Exactly(1))
}

func TestCustomerCancels(t *testing.T) {
	s, sim := open(t)
	id := order(t, s)
	sim.Phone(phone).Cancel()
	sim.Clock.Advance(10 * time.Second)
	if got := s.State(id); got != "failed" {
		t.Errorf("the order is %s", got)
	}
}

func TestNoAnswerFor90Seconds(t *testing.T) {
	s, sim := open(t)
	id := order(t, s)
	sim.Phone(phone).Ignore()
	if got := s.State(id); got != "pending" {
		t.Errorf("the order is %s", got)
	}
	sim.Clock.Advance(90 * time.Second) // takes milliseconds
	if got := s.State(id); got != "failed" {
		t.Errorf("the order is %s", got)
	}
}

func TestCallbackComesTwice(t *testing.T) {
	s, sim := open(t, darajatest.Scenario("doubled-callback"))
	id := order(t, s)
	sim.Clock.Advance(time.Minute)
	sim.Verify(darajatest.Match{Kind: "callback"}, darajatest.Exactly(2))
	if got := s.State(id); got != "paid" {
		t.Errorf("the order is %s", got)
	}
	if got := s.Credited(); got != 150 {
		t.Errorf("%d shillings are credited", got)
	}
}

func TestCallbackHasAWrongAmount(t *testing.T) {
	s, sim := open(t, darajatest.Scenario("wrong-amount"))
	id := order(t, s)
	sim.Clock.Advance(time.Minute)
	if got := s.State(id); got != "review" {
		t.Errorf("the order is %s", got)
	}
	if got := s.Credited(); got != 0 {
		t.Errorf("%d shillings are credited", got)
	}
}
