package gateway_test

import (
	"testing"

	"github.com/darajabox/darajabox/gateway"
)

func TestLatestWebhook(t *testing.T) {
	webhook := func(id int64, body string) *gateway.Delivery { return &gateway.Delivery{ID: id, Body: []byte(body)} }
	over := webhook(4, `{"status":"failed"}`)
	over.State, over.Reason = gateway.DeliveryExhausted, "superseded by a later result"
	failed, paid, erased := webhook(2, `{"status":"failed"}`), webhook(1, `{"status":"successful"}`), webhook(3, "")
	for name, tt := range map[string]struct {
		state gateway.State
		list  []*gateway.Delivery
		want  *gateway.Delivery
	}{
		"none":     {gateway.Paid, nil, nil},
		"the last": {gateway.Paid, []*gateway.Delivery{failed, paid}, paid},
		"made by a gateway whose clock is behind":                 {gateway.Paid, []*gateway.Delivery{paid, failed}, paid},
		"of two with one status, the one that was not superseded": {gateway.Failed, []*gateway.Delivery{failed, over}, failed},
		"superseded, and no other of its status":                  {gateway.Failed, []*gateway.Delivery{over, paid}, over},
		"erased":                                                  {gateway.Paid, []*gateway.Delivery{failed, erased}, erased},
		"in review, of which there is no webhook":                 {gateway.Review, []*gateway.Delivery{failed}, failed},
	} {
		if got := gateway.LatestWebhook(&gateway.Payment{State: tt.state}, tt.list); got != tt.want {
			t.Errorf("%s: %+v", name, got)
		}
	}
}
