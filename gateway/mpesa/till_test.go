package mpesa_test

import (
	"testing"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/gateway/mpesa"
)

const (
	storeNumber = "600100"
	tillNumber  = "600101"
)

func ofTill(cfg *mpesa.Config) { cfg.Shortcode, cfg.Till = storeNumber, tillNumber }

// The till gets the money; the store number is the shortcode of the password.
func TestPushForATill(t *testing.T) {
	f := newFake(t)
	if _, err := f.client(t, ofTill).Push(t.Context(), order()); err != nil {
		t.Fatal(err)
	}
	got := decode[daraja.STKPush](t, f.bodies[0])
	for _, field := range []struct {
		name      string
		got, want daraja.Text
	}{
		{"BusinessShortCode", got.BusinessShortCode, storeNumber},
		{"PartyB", got.PartyB, tillNumber},
		{"TransactionType", got.TransactionType, daraja.CustomerBuyGoodsOnline},
		{"Password", got.Password, daraja.Text(daraja.Password(storeNumber, passkey, "20250522114705"))},
	} {
		if field.got != field.want {
			t.Errorf("%s is %s, want %s", field.name, field.got, field.want)
		}
	}
}

// A query of a till's prompt names the store number, as the push did.
func TestQueryForATill(t *testing.T) {
	f := newFake(t)
	var asked daraja.STKQuery
	f.onQuery = func(body []byte) answer {
		asked = decode[daraja.STKQuery](t, body)
		return answer{500, `{"requestId":"1","errorCode":"500.001.1001","errorMessage":"The transaction is being processed"}`}
	}
	if _, err := f.client(t, ofTill).Query(t.Context(), "shop", "ws_CO_1"); err != nil {
		t.Fatal(err)
	}
	if asked.BusinessShortCode != storeNumber || asked.Password != daraja.Text(daraja.Password(storeNumber, passkey, "20250522114705")) {
		t.Errorf("asked %+v", asked)
	}
}
