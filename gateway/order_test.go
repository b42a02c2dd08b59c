package gateway

import (
	"strings"
	"testing"
	"time"
)

func goodOrder() Order {
	return Order{Phone: "254708374149", Amount: "150", Reference: "INV-1", CallbackURL: "https://partner.example/hook?x=1", IdempotencyKey: "k-1"}
}

func TestOrders(t *testing.T) {
	tests := []struct {
		name   string
		change func(*Order)
		fault  string // "" when it is right
	}{
		{"as it should be", func(*Order) {}, ""},
		{"07", func(o *Order) { o.Phone = "0708374149" }, ""},
		{"01", func(o *Order) { o.Phone = "0110000000" }, ""},
		{"+254", func(o *Order) { o.Phone = "+254708374149" }, ""},
		{"no phone", func(o *Order) { o.Phone = "" }, "phone is required"},
		{"short phone", func(o *Order) { o.Phone = "25470837414" }, "phone"},
		{"landline", func(o *Order) { o.Phone = "254208374149" }, "phone"},
		{"no amount", func(o *Order) { o.Amount = "" }, "amount is required"},
		{"least", func(o *Order) { o.Amount = "1" }, ""},
		{"most", func(o *Order) { o.Amount = "250000" }, ""},
		{"nothing", func(o *Order) { o.Amount = "0" }, "amount"},
		{"negative", func(o *Order) { o.Amount = "-1" }, "amount"},
		{"too much", func(o *Order) { o.Amount = "250001" }, "amount"},
		{"cents", func(o *Order) { o.Amount = "1.50" }, "amount"},
		{"words", func(o *Order) { o.Amount = "ten" }, "amount"},
		{"no reference", func(o *Order) { o.Reference = "" }, ""},
		{"long reference", func(o *Order) { o.Reference = strings.Repeat("a", 65) }, "reference"},
		{"markup in reference", func(o *Order) { o.Reference = "a<b>" }, "reference"},
		{"newline in reference", func(o *Order) { o.Reference = "a\nb" }, "reference"},
		{"no callback_url", func(o *Order) { o.CallbackURL = "" }, "callback_url is required"},
		{"relative", func(o *Order) { o.CallbackURL = "/hook" }, "callback_url"},
		{"no host", func(o *Order) { o.CallbackURL = "http:///hook" }, "callback_url"},
		{"port, no host", func(o *Order) { o.CallbackURL = "http://:80/hook" }, "callback_url"},
		{"other scheme", func(o *Order) { o.CallbackURL = "ftp://partner.example/" }, "callback_url"},
		{"credentials in URL", func(o *Order) { o.CallbackURL = "https://a:b@partner.example/" }, "callback_url"},
		{"long URL", func(o *Order) { o.CallbackURL = "https://partner.example/" + strings.Repeat("a", 2048) }, "callback_url"},
		{"no key", func(o *Order) { o.IdempotencyKey = "" }, ""},
		{"longest key", func(o *Order) { o.IdempotencyKey = strings.Repeat("k", 255) }, ""},
		{"long key", func(o *Order) { o.IdempotencyKey = strings.Repeat("k", 256) }, "X-Idempotency-Key"},
		{"space in key", func(o *Order) { o.IdempotencyKey = "a b" }, "X-Idempotency-Key"},
		{"key of other letters", func(o *Order) { o.IdempotencyKey = "ключ" }, "X-Idempotency-Key"},
	}
	for _, tt := range tests {
		o := goodOrder()
		tt.change(&o)
		_, err := o.check(Targets{})
		switch {
		case tt.fault == "" && err != nil:
			t.Errorf("%s: %v", tt.name, err)
		case tt.fault != "" && (CodeOf(err) != CodeInvalid || !strings.Contains(err.Error(), tt.fault)):
			t.Errorf("%s: %v, want a fault that names %s", tt.name, err, tt.fault)
		}
	}
}

func TestFingerprintIsOfWhatIsAsked(t *testing.T) {
	for name, v := range map[string]*Vault{"without a key": nil, "with one": newVault(t, 1)} {
		t.Run(name, func(t *testing.T) { testFingerprints(t, v) })
	}
}

func testFingerprints(t *testing.T, v *Vault) {
	t.Helper()
	fingerprint := func(change func(*Order)) string {
		o := goodOrder()
		change(&o)
		p, err := o.check(Targets{})
		if err != nil {
			t.Fatal(err)
		}
		return v.fingerprint(p)
	}
	same := fingerprint(func(*Order) {})
	for name, change := range map[string]func(*Order){
		"phone in another form":  func(o *Order) { o.Phone = "0708 374 149" },
		"amount in another form": func(o *Order) { o.Amount = "150.00" },
		"another key":            func(o *Order) { o.IdempotencyKey = "k-2" },
	} {
		if fingerprint(change) != same {
			t.Errorf("%s: another fingerprint", name)
		}
	}
	for name, change := range map[string]func(*Order){
		"phone":     func(o *Order) { o.Phone = "254708374140" },
		"amount":    func(o *Order) { o.Amount = "151" },
		"reference": func(o *Order) { o.Reference = "INV-2" },
		"URL":       func(o *Order) { o.CallbackURL += "&y=2" },
	} {
		if fingerprint(change) == same {
			t.Errorf("another %s has the same fingerprint", name)
		}
	}
}

func TestPartners(t *testing.T) {
	var p Partners
	for name, key := range map[string]string{"duka": "key-duka", "soko": "key-soko"} {
		if err := p.Add(name, key); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := p.ByKey("key-soko"); err != nil || got.Name != "soko" {
		t.Errorf("got %+v, %v", got, err)
	}
	for _, key := range []string{"", "key", "key-soko ", "KEY-SOKO", strings.Repeat("k", 10_000)} {
		if got, err := p.ByKey(key); CodeOf(err) != CodeUnauthorized {
			t.Errorf("a wrong key is %+v, %v", got, err)
		}
	}
	for _, bad := range [][2]string{{"", "k"}, {"n", ""}, {"other", "key-duka"}, {"n", strings.Repeat("k", 300)}} {
		if err := p.Add(bad[0], bad[1]); err == nil {
			t.Errorf("partner %q was added", bad[0])
		}
	}
}

func TestWaitsDivide(t *testing.T) {
	w := StandardWaits().Divide(60)
	if w.Callback != 500*time.Millisecond || w.Query[1] != time.Second || w.Webhook[1] != 5*time.Second || w.scale(time.Minute) != time.Second {
		t.Errorf("got %+v", w)
	}
	if w.Lost != StandardWaits().Lost {
		t.Errorf("the time that a push may take was divided: %s", w.Lost)
	}
	var total time.Duration
	for _, d := range StandardWaits().Webhook {
		total += d
	}
	if total != 75*time.Hour+35*time.Minute+5*time.Second {
		t.Errorf("webhooks are tried for %s", total)
	}
	if StandardWaits().Webhook[1] != 5*time.Minute {
		t.Error("dividing changed the standard")
	}
	if one := StandardWaits().Divide(0); one.Callback != 30*time.Second || one.scale(time.Second) != time.Second {
		t.Errorf("speed 0 gives %+v", one)
	}
}
